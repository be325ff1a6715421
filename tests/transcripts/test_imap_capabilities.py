"""What is announced, to the word; and of each word there is a conversation that uses it, against the real server."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.imap.capability_names import CapabilityName
from tests.support.imap_client import ImapClient
from tests.support.imap_world import imap_world
from tests.support.receiver import authority, client_context
from tests.support.transcript import lines

BEFORE: Final = "IMAP4rev2 IMAP4rev1 APPENDLIMIT=52428800 ENABLE ID IDLE LANGUAGE LITERAL+ SASL-IR"
AFTER: Final = """
IMAP4rev2 IMAP4rev1 ID ENABLE IDLE NAMESPACE LITERAL+ UNSELECT CHILDREN UIDPLUS MOVE ESEARCH SEARCHRES SORT SORT=DISPLAY
ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS CONDSTORE QRESYNC SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED
LIST-STATUS LIST-METADATA LIST-MYRIGHTS METADATA METADATA-SERVER BINARY CATENATE URL-PARTIAL URLAUTH URLAUTH=BINARY
MULTIAPPEND REPLACE SAVEDATE OBJECTID STATUS=SIZE PREVIEW NOTIFY UIDONLY UIDBATCHES MULTISEARCH INPROGRESS PARTIAL
CONTEXT=SEARCH CONTEXT=SORT WITHIN FILTERS SEARCH=FUZZY QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX
QUOTASET ACL RIGHTS=texk COMPRESS=DEFLATE APPENDLIMIT=52428800 UTF8=ACCEPT LANGUAGE I18NLEVEL=1 I18NLEVEL=2
MESSAGELIMIT=1000000 SAVELIMIT=1000000 UNAUTHENTICATE SASL-IR
"""
IN_CLEAR: Final = "AUTH=PLAIN AUTH=LOGIN"
TOKENS: Final = "AUTH=OAUTHBEARER AUTH=XOAUTH2"
SCRAM: Final = "AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256"


async def announced(client: ImapClient) -> set[str]:
    """By CAPABILITY; nothing twice."""
    [told] = (await client.ok("CAPABILITY")).named("CAPABILITY")
    words = told.rest.decode().split()
    assert len(set(words)) == len(words)
    return set(words)


CASES: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "from this machine": ({}, f"{BEFORE} STARTTLS {IN_CLEAR} {SCRAM} {TOKENS}"),
    "without TLS": ({"listener": {"tls": "none"}}, f"{BEFORE} {IN_CLEAR} {SCRAM} {TOKENS}"),
    "under TLS": ({"listener": {"tls": "implicit"}}, f"{BEFORE} {IN_CLEAR} {SCRAM} {TOKENS}"),
    "LITERAL-": ({"imap": {"literals": "minus"}}, f"{BEFORE.replace('+', '-')} STARTTLS {IN_CLEAR} {SCRAM} {TOKENS}"),
}


@pytest.mark.parametrize("case", CASES)
def test_before_the_log_in(case: str, tmp_path: Path) -> None:
    keys, wanted = CASES[case]

    async def look() -> None:
        async with imap_world(tmp_path, **keys) as world:
            tls = client_context() if case == "under TLS" else None
            client = await ImapClient.connect(world.port, tls)
            assert client.greeting is not None
            assert set(client.greeting.code.removeprefix("CAPABILITY ").split()) == set(wanted.split())
            assert await announced(client) == set(wanted.split())
            await client.close()

    asyncio.run(look())


def test_strangers_log_in_under_tls_alone(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"listener": {"proxy_protocol": True}, "trusted_networks": ["127.0.0.1/32"]}

    async def look() -> None:
        async with imap_world(tmp_path, **keys) as world:
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 143\r\n")
            greeting = await reader.readuntil(b"]")
            assert set(greeting.decode()[:-1].split()[3:]) == {*BEFORE.split(), "STARTTLS", "LOGINDISABLED"}
            writer.close()

    asyncio.run(look())


def test_who_shows_a_certificate_can_log_in_with_it(tmp_path: Path) -> None:
    """SCRAM-…-PLUS wants the server's own certificate: tests/e2e/test_imap_sessions.py."""

    async def look() -> None:
        tls = authority().server_context()
        async with imap_world(tmp_path, listener={"tls": "implicit"}, tls=tls) as world:
            client = await ImapClient.connect(world.port, authority().client_context("al@home.example"))
            assert "AUTH=EXTERNAL" in await announced(client)
            await client.close()

    asyncio.run(look())


def test_behind_the_log_in(tmp_path: Path) -> None:
    async def look() -> None:
        async with imap_world(tmp_path) as world:
            client = await world.client()
            assert await announced(client) == set(AFTER.split())
            await client.ok("ENABLE IMAP4rev2 UTF8=ACCEPT QRESYNC")
            await client.ok("SELECT INBOX")
            assert await announced(client) == set(AFTER.split())
            await client.ok("COMPRESS DEFLATE")
            client.channel.compress()
            assert await announced(client) == set(AFTER.split()) - {"COMPRESS=DEFLATE"}
            await client.close()

    asyncio.run(look())


USED: Final[Mapping[str, str]] = {
    "ACL": " SETACL ",
    "APPENDLIMIT": r" STATUS .*APPENDLIMIT",
    "BINARY": r"BINARY(\.PEEK|\.SIZE)?\[",
    "CATENATE": r" CATENATE \(",
    "CHILDREN": r"\\HasChildren",
    "COMPRESS=DEFLATE": r" COMPRESS DEFLATE$",
    "CONDSTORE": r"\(UNCHANGEDSINCE ",
    "CONTEXT=SEARCH": r" SEARCH RETURN \(.*UPDATE",
    "CONTEXT=SORT": r" SORT RETURN \(.*UPDATE",
    "CREATE-SPECIAL-USE": r" CREATE .*\(USE ",
    "ENABLE": " ENABLE ",
    "ESEARCH": r" SEARCH RETURN \(",
    "ESORT": r" SORT RETURN \(",
    "FILTERS": " FILTER ",
    "I18NLEVEL=1": " COMPARATOR",
    "I18NLEVEL=2": " COMPARATOR ",
    "ID": r" ID (NIL|\()",
    "IDLE": " IDLE$",
    "IMAP4rev2": " ENABLE .*IMAP4rev2",
    "LANGUAGE": " LANGUAGE ",
    "LIST-EXTENDED": r" LIST \(.* RETURN \(",
    "LIST-METADATA": r" LIST .* RETURN \(.*METADATA",
    "LIST-MYRIGHTS": r" LIST .* RETURN \(.*MYRIGHTS",
    "LIST-STATUS": r" LIST .* RETURN \(.*STATUS \(",
    "LITERAL+": r"\{\d+\+\}$",
    "LITERAL-": "literals: minus",
    "MESSAGELIMIT": "message_limit: ",
    "METADATA": " SETMETADATA ",
    "METADATA-SERVER": ' SETMETADATA "" ',
    "MOVE": " MOVE ",
    "MULTIAPPEND": r"\{\d+\+?\}\n(.*\n)+?C\d?: .* \{\d+\+?\}$",
    "MULTISEARCH": r" ESEARCH IN \(",
    "NAMESPACE": " NAMESPACE$",
    "NOTIFY": " NOTIFY SET ",
    "OBJECTID": r"\(.*EMAILID",
    "PARTIAL": r"PARTIAL -?\d",
    "PREVIEW": r" FETCH .*PREVIEW",
    "QRESYNC": r" SELECT .*\(QRESYNC \(",
    "QUOTA": " GETQUOTAROOT ",
    "QUOTA=RES-MAILBOX": r"MAILBOX \d",
    "QUOTA=RES-MESSAGE": r"MESSAGE \d",
    "QUOTA=RES-STORAGE": r"STORAGE \d",
    "QUOTASET": " SETQUOTA ",
    "REPLACE": " REPLACE ",
    "RIGHTS": " LISTRIGHTS ",
    "SASL-IR": r" AUTHENTICATE \S+ \S",
    "SAVEDATE": r" FETCH .*SAVEDATE",
    "SAVELIMIT": "save_limit: ",
    "SEARCH=FUZZY": " FUZZY ",
    "SEARCHRES": r" RETURN \(.*SAVE",
    "SORT": r" SORT \(",
    "SORT=DISPLAY": r" SORT \(.*DISPLAY",
    "SPECIAL-USE": r" LIST \(SPECIAL-USE\)",
    "STATUS=SIZE": r" STATUS .*\bSIZE\b",
    "THREAD=ORDEREDSUBJECT": " THREAD ORDEREDSUBJECT ",
    "THREAD=REFERENCES": " THREAD REFERENCES ",
    "THREAD=REFS": " THREAD REFS ",
    "UIDBATCHES": " UIDBATCHES ",
    "UIDONLY": " ENABLE .*UIDONLY",
    "UIDPLUS": " UID EXPUNGE ",
    "UNAUTHENTICATE": " UNAUTHENTICATE$",
    "UNSELECT": " UNSELECT$",
    "URL-PARTIAL": ";partial=",
    "URLAUTH": " GENURLAUTH ",
    "URLAUTH=BINARY": r" URLFETCH \(",
    "UTF8=ACCEPT": " ENABLE .*UTF8=ACCEPT",
    "WITHIN": " (YOUNGER|OLDER) ",
}
"""What a client says, or the configuration, or the server of LIST and quotas, in at least one conversation."""
ELSEWHERE: Final = {"INPROGRESS": "tests/unit/imap/search/test_work.py"}
"""It depends on time."""
CONVERSATIONS: Final = tuple(
    "\n".join(line for _, line in lines(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parent / "imap").glob("**/*.txt"))
)


def test_each_name_is_looked_at_here():
    assert {*USED, *ELSEWHERE} == set(map(str, CapabilityName))


@pytest.mark.parametrize("name", sorted(USED))
def test_each_is_used_in_a_conversation(name: str) -> None:
    pattern = re.compile(USED[name], re.MULTILINE)
    assert any(pattern.search(text) for text in CONVERSATIONS)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_or_in_a_test_of_its_own(name: str) -> None:
    assert name in (Path(__file__).parents[2] / ELSEWHERE[name]).read_text(encoding="utf-8")
