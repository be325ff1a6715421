"""The strict reader that transcripts and tests listen with takes what the RFCs show, and nothing near it."""

import pytest

from tests.support.imap_grammar import BadResponse
from tests.support.imap_response import read_response

GOOD = [
    "* OK IMAP4rev2 Service Ready",
    "a OK [APPENDUID 38505 3955,3957:3958] done",
    "a OK [COPYUID 38505 304,319:320 3956:3958] done",
    "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] limited",
    "* NO [METADATA LONGENTRIES 2199] done",
    '* OK [INPROGRESS ("A001" 454 1000)] still',
    "+ ",
    "+ idling",
    "* 172 EXISTS",
    "* FLAGS (\\Answered $Forwarded)",
    "* FLAGS ()",
    '* LIST (\\Marked \\NoInferiors) "/" INBOX',
    '* LIST () "/" "Entw&APw-rfe" ("CHILDINFO" ("SUBSCRIBED"))',
    '* LIST () NIL {5}\r\na"b\\c ("OLDNAME" ("x"))',
    "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292 MAILBOXID (F2-1) APPENDLIMIT NIL)",
    "* SEARCH",
    "* SEARCH 2 5 6 (MODSEQ 917162500)",
    '* ESEARCH (TAG "A282") MIN 2 COUNT 3',
    '* ESEARCH (TAG "A285") UID ALL 43,101:105 MODSEQ 12 PARTIAL (-1:-100 NIL)',
    '* ESEARCH (TAG "t1" MAILBOX "folder 1" UIDVALIDITY 1) UID ALL 4001',
    '* ESEARCH (TAG "B01") UID ADDTO (0 32768:32769 1 7)',
    "* THREAD (2)(3 6 (4 23)(44 7 96))((1)(2))",
    "* VANISHED (EARLIER) 41,43:116",
    '* NAMESPACE (("" "/")) (("Other Users/" "/")) NIL',
    '* ID ("name" "gateway" "version" NIL)',
    '* QUOTA "" (STORAGE 10 512 MESSAGE 0 5)',
    '* QUOTAROOT INBOX ""',
    "* ACL INBOX Fred rwipslda test lrs",
    "* LISTRIGHTS ~/Mail/saved smith la r swicdkxte",
    '* METADATA "" (/shared/comment "x" /private/y NIL)',
    '* METADATA "INBOX" /shared/comment',
    "* 22 EXPUNGE",
    '* 12 FETCH (FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 4286 MODSEQ (65402))',
    '* 12 FETCH (BODY[HEADER.FIELDS (DATE "x y")]<0> {3}\r\nabc UID 5)',
    "* 12 FETCH (BODY[1.2.MIME] NIL BINARY[1] ~{3}\r\na\0b BINARY.SIZE[1] 3 EMAILID (M1) THREADID NIL SAVEDATE NIL)",
    '* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3028 92))',
    "* 25996 UIDFETCH (FLAGS ())",
    "* BYE [UNAVAILABLE] later",
]
BAD = [
    "*  OK two spaces",
    "* OK",
    "* OK [NOSUCHCODE] text",
    "* OK [UIDNEXT 0] text",
    "a BYE tagged",
    "a 1 EXISTS",
    "* 0 EXPUNGE",
    "* 01 EXISTS",
    "* EXISTS",
    "* 1 FLAGS ()",
    "* 1 FETCH ()",
    "* 1 FETCH (UID 0)",
    "* 1 FETCH (UID 1 UID 1)",
    "* 1 FETCH (FLAGS (\\Seen ))",
    "* 1 FETCH (flags ())",
    "* 1 FETCH (BODY[] {4}\r\na\0b!)",
    "* 1 FETCH (BODY[] ~{3}\r\nabc)",
    '* 1 FETCH (INTERNALDATE "7-Jul-1996 02:44:25 -0700")',
    "* 1 FETCH (MODSEQ 5)",
    "* 1 FETCH (MODSEQ (0))",
    "* 1 FETCH (ENVELOPE (NIL))",
    '* LIST () "/" two words',
    '* LIST () "//" x',
    "* LIST () \"/\" \"Entwürfe\"",
    "* SEARCH 0",
    "* SEARCH 1 ",
    "* THREAD ((1))",
    "* ESEARCH UID ALL 1 ALL 2",
    "* ESEARCH ALL *",
    "a OK [COPYUID 1 1:3 4:5] done",
    "* NAMESPACE NIL NIL",
    "* XYZZY",
    "+",
    "* CAPABILITY  X",
]  # fmt: skip


@pytest.mark.parametrize("line", GOOD)
def test_takes(line: str) -> None:
    octets = line.encode() + b"\r\n"
    assert read_response(octets).octets == octets


@pytest.mark.parametrize("line", BAD)
def test_refuses(line: str) -> None:
    with pytest.raises(BadResponse):
        read_response(line.encode() + b"\r\n")


def test_utf8_only_to_who_enabled_it() -> None:
    line = '* LIST () "/" "Entwürfe"\r\n'.encode()
    assert read_response(line, utf8=True).name == "LIST"
    with pytest.raises(BadResponse):
        read_response('* LIST () "/" {9}\r\nEntwürfe\r\n'.encode())
    with pytest.raises(BadResponse):
        read_response(b'* LIST () "/" "Entw\xfcrfe"\r\n', utf8=True)
