"""Clients of IMAP that want to harm: before the log-in, and against other accounts."""

import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.support.gateway_process import Config, Gateway
from tests.support.imap_wire import Gone, Wire
from tests.support.patience import wait_for

AL, BO = "al@home.example", "bo@home.example"
HOME: Final[Config] = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "all", "deliver": "mailbox"}],
    "workers": 2,
}
LETTER: Final = b"Subject: secret\r\n\r\nsecret\r\n"
ALL: Final = "lrswipkxtea"
BOX: Final = b'"Other Users/al@home.example/Box"'
SUB: Final = b'"Other Users/al@home.example/Box/Sub"'
NEW: Final = b'"Other Users/al@home.example/Box/New"'
URL: Final = b"imap://bo%%40home.example@gw.example/Other%%20Users/al%%40home.example/Box/;UID=1%b"

NEEDS: Final = [
    (b"SELECT " + BOX, "r"),
    (b"EXAMINE " + BOX, "r"),
    (b"STATUS " + BOX + b" (MESSAGES HIGHESTMODSEQ)", "r"),
    (b"GETQUOTAROOT " + BOX, "r"),
    (b"RESETKEY " + BOX, "r"),
    (b'GENURLAUTH "' + URL % b";urlauth=authuser" + b'" INTERNAL', "r"),
    (b'APPEND Mine CATENATE (URL "/Other%20Users/al%40home.example/Box/;UID=1")', "r"),
    (b"GETMETADATA " + BOX + b" /shared/comment", "l"),
    (b"SETMETADATA " + BOX + b' (/shared/comment "bo was here")', "l"),
    (b"APPEND " + BOX + b" {%d+}\r\n%b" % (len(LETTER), LETTER), "i"),
    (b"CREATE " + NEW, "k"),
    (b"RENAME " + SUB + b" " + NEW, "k"),
    (b"RENAME " + SUB + b" " + NEW, "x"),
    (b"DELETE " + SUB, "x"),
    (b"GETACL " + BOX, "a"),
    (b"SETACL " + BOX + b" anyone lr", "a"),
    (b"DELETEACL " + BOX + b" anyone", "a"),
    (b"LISTRIGHTS " + BOX + b" anyone", "a"),
]
"""Commands, and a right without which each is refused."""
NEEDS_SELECTED: Final = [
    (rb"STORE 1 +FLAGS (\Seen)", "s"),
    (rb"STORE 1 +FLAGS (\Flagged)", "w"),
    (rb"STORE 1 +FLAGS (word)", "w"),
    (rb"STORE 1 +FLAGS (\Deleted)", "t"),
    (b"MOVE 1 Mine", "t"),
    (b"MOVE 1 Mine", "e"),
    (b"EXPUNGE", "e"),
    (b"COPY 1 " + BOX, "i"),
    (b"REPLACE 1 Mine {%d+}\r\n%b" % (len(LETTER), LETTER), "e"),
]
"""Likewise, in Box."""


@dataclass(frozen=True)
class House:
    """A gateway with two accounts; one shares Box with the other."""

    gateway: Gateway
    passwords: dict[str, str]
    stack: contextlib.ExitStack

    def enter(self, address: str) -> Wire:
        wire = Wire(self.gateway.imap_port, address, self.passwords[address])
        self.stack.callback(wire.close)
        return wire


@pytest.fixture
def house(gateway: Callable[..., Gateway]) -> Iterator[House]:
    running = gateway(**HOME)
    with contextlib.ExitStack() as stack:
        yield House(running, {address: running.account(address) for address in (AL, BO)}, stack)


def put(wire: Wire, mailbox: bytes) -> None:
    wire.ok(b"APPEND %b {%d+}\r\n%b" % (mailbox, len(LETTER), LETTER))


def shared(house: House) -> Wire:
    """The owner's session."""
    owner = house.enter(AL)
    owner.ok(b"CREATE Box")
    owner.ok(b"CREATE Box/Sub")
    put(owner, b"Box")
    return owner


def state(owner: Wire) -> tuple[bytes, ...]:
    """All of it that others could have changed."""
    asked = (b"STATUS Box (MESSAGES UIDNEXT HIGHESTMODSEQ)", b"GETACL Box", b"GETMETADATA Box /shared/comment")
    names, *rest = owner.ok(b'LIST "" Box*'), *(owner.ok(each) for each in asked)
    return names, *rest


def test_no_command_does_without_the_right_that_it_needs(house: House) -> None:
    owner, guest = shared(house), house.enter(BO)
    guest.ok(b"CREATE Mine")
    for name, needs in ((b"", NEEDS), (b"SELECT " + BOX, NEEDS_SELECTED)):
        for command, right in needs:
            for mailbox in (b"Box", b"Box/Sub"):
                owner.ok(b"SETACL %b %b %b" % (mailbox, BO.encode(), ALL.replace(right, "").encode()))
            before = state(owner)
            if name:
                guest.ok(name)
            answer = guest.ask(command)[-1]
            assert answer.startswith((b"NO [", b"BAD [NONEXISTENT] the mailbox in the URL")), (command, right, answer)
            assert state(owner) == before, (command, right)
            if name:
                guest.ok(b"UNSELECT")


def test_who_has_no_right_learns_nothing(house: House) -> None:
    owner, guest = shared(house), house.enter(BO)
    guest.ok(b"CREATE Mine")
    there = [guest.ask(command)[-1] for command, _ in NEEDS]
    owner.ok(b"RENAME Box Gone")
    assert [guest.ask(command)[-1] for command, _ in NEEDS] == there
    assert b"al@home" not in guest.ok(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" *') + guest.ok(b'LIST "" *')
    assert b"COUNT" not in guest.ok(b"ESEARCH IN (mailboxes " + BOX + b") RETURN (COUNT) TEXT secret")
    assert guest.ok(b'URLFETCH "' + URL % b";urlauth=authuser:internal:00" + b'"').endswith(b" NIL\r\nOK fetched\r\n")


def test_a_right_that_goes_ends_what_it_allowed(house: House) -> None:
    owner, guest, watcher = shared(house), house.enter(BO), house.enter(BO)
    owner.ok(b"SETACL Box %b lrs" % BO.encode())
    watcher.ok(b"NOTIFY SET (mailboxes " + BOX + b" (MessageNew MessageExpunge))")
    guest.ok(b"SELECT " + BOX)
    owner.ok(b"DELETEACL Box %b" % BO.encode())
    put(owner, b"Box")
    with pytest.raises(Gone):
        told_until_its_end(guest)
    assert b"MESSAGES" not in watcher.ok(b"NOOP")


def test_nothing_that_clients_say_reaches_a_terminal_as_it_is(house: House) -> None:
    evil = "al\x1b]0;x\x07\x1b[2J\u202e\u009b31m".encode()
    with socket.create_connection(("127.0.0.1", house.gateway.imap_port), timeout=20) as client:
        reader = client.makefile("rb")
        reader.readline()
        client.sendall(b'a ID ("name" {%d+}\r\n%b "version" "\x1bc")\r\n' % (len(evil), evil))
        client.sendall(b"b LOGIN {%d+}\r\n%b wrong\r\n" % (len(evil), evil))
        client.sendall(b'c LOGIN %b "%b"\r\n' % (AL.encode(), house.passwords[AL].encode()))
        client.sendall(b"d LOGOUT\r\n")
        said = reader.read()
        reader.close()
    assert b"\x1b" not in said
    house.gateway.wait_log("IMAP session ended")
    told = house.gateway.output.read_text() + house.gateway.cli("account", "logins")
    assert not {"\x1b", "\x07", "\u202e", "\u009b"} & set(told)


def test_a_thousand_that_idle_are_told_of_deliveries_and_of_their_end(gateway: Callable[..., Gateway]) -> None:
    running = gateway(**HOME, limits={"connections_per_client": 500})
    password = running.account(AL)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(contextlib.closing(Wire(running.imap_port, AL, password))) for _ in range(300)]
        for wire in wires:
            wire.ok(b"SELECT INBOX")
        idlers = [stack.enter_context(idling(running, password)) for _ in range(200)]
        put(wires[0], b"INBOX")
        for idler in idlers:
            assert until(idler, b"EXISTS").startswith(b"* 1 EXISTS")
        running.cli("account", "disable", AL)
        for idler in idlers:
            assert b"no longer valid" in until(idler, b"* BYE")
    assert not [each for each in running.log() if each["level"] in {"error", "critical"}]


def test_clients_that_never_read_do_not_keep_it_from_stopping(gateway: Callable[..., Gateway]) -> None:
    running = gateway(**HOME, limits={"shutdown": "2s"})
    password = running.account(AL)
    large = b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 500_000
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(contextlib.closing(Wire(running.imap_port, AL, password)))
        wire.ok(b"APPEND INBOX {%d+}\r\n%b" % (len(large), large))
        for _ in range(10):
            deaf = stack.enter_context(socket.create_connection(("127.0.0.1", running.imap_port), timeout=20))
            login = b'a LOGIN %b "%b"\r\nb SELECT INBOX\r\n' % (AL.encode(), password.encode())
            deaf.sendall(login + b"c FETCH 1 BODY[]\r\n" * 100)
        wait_for(lambda: len(json.loads(running.cli("session", "list", "--json"))) == 11, what="the sessions")
        wire.ok(b"NOOP")
        os.kill(running.pid, signal.SIGTERM)
        running.stop()


def told_until_its_end(wire: Wire) -> None:
    """Nothing of the mailbox is shown in between. Raises Gone."""
    for command in (b"FETCH 1 BODY[]", b"NOOP"):
        assert b"secret" not in b"".join(wire.ask(command))


@contextlib.contextmanager
def idling(running: Gateway, password: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", running.imap_port), timeout=20) as client:
        client.sendall(b'a LOGIN %b "%b"\r\nb SELECT INBOX\r\nc IDLE\r\n' % (AL.encode(), password.encode()))
        until(client, b"+ idling")
        yield client


def until(client: socket.socket, wanted: bytes) -> bytes:
    """The line with this; nothing behind it may have been sent."""
    heard = b""
    while not any(wanted in line for line in heard.splitlines(keepends=True) if line.endswith(b"\n")):
        octets = client.recv(65536)
        assert octets, heard
        heard += octets
    return next(line for line in heard.splitlines() if wanted in line)
