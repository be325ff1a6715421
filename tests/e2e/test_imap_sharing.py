"""Mailboxes shared between accounts of a running gateway (RFC 4314, RFC 2342), over two workers."""

import contextlib
import imaplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.post import post
from tests.support.receiver import any_server_context

AL, BO, INFO = "al@home.example", "bo@home.example", "info@home.example"
AL_INBOX = '"Other Users/al@home.example/INBOX"'
HOME: dict[str, Any] = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "all", "deliver": "mailbox"}],
    "workers": 2,
    "imap": {"shared": [INFO]},
}


@dataclass(frozen=True)
class House:
    """A gateway with three accounts."""

    gateway: Gateway
    passwords: dict[str, str]
    stack: contextlib.ExitStack

    def enter(self, address: str) -> imaplib.IMAP4:
        """A session of its own."""
        client = imaplib.IMAP4_SSL("127.0.0.1", self.gateway.imaps_port, ssl_context=any_server_context(), timeout=30)
        self.stack.callback(client.shutdown)
        client.login(address, self.passwords[address])
        return client


@pytest.fixture
def house(gateway: Callable[..., Gateway]) -> Iterator[House]:
    running = gateway(**HOME)
    passwords = {address: running.account(address) for address in (AL, BO, INFO)}
    with contextlib.ExitStack() as stack:
        yield House(running, passwords, stack)


def done(answer: tuple[str, Any]) -> Any:
    """The data of a command that has to succeed."""
    assert answer[0] == "OK", answer
    return answer[1]


def names(client: imaplib.IMAP4, pattern: str = "*") -> list[str]:
    """What LIST shows."""
    return [line.decode().partition('"/" ')[2] for line in done(client.list('""', pattern)) if line is not None]


def counted(client: imaplib.IMAP4) -> int:
    """Of the selected mailbox, as the session knows now."""
    done(client.noop())
    told = client.response("EXISTS")[1]
    return int(told[-1]) if told[-1] is not None else 0


def test_two_accounts_in_one_mailbox(house: House) -> None:
    owner, guest = house.enter(AL), house.enter(BO)
    post(house.gateway, AL)
    done(owner.select())
    wait_for(lambda: counted(owner) == 1, what="the first message")
    done(owner.setacl("INBOX", BO, "lrs"))
    assert names(guest, '"Other Users/*"') == [AL_INBOX]
    assert done(guest.select(AL_INBOX)) == [b"1"]
    [(_, octets), _] = done(guest.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    assert octets.startswith(b"Subject:")
    done(guest.store("1", "+FLAGS", r"(\Seen)"))
    done(owner.noop())
    *_, seen = done(owner.fetch("1", "(FLAGS)"))
    assert b"\\Seen" in seen
    assert guest.store("1", "+FLAGS", r"(\Deleted)")[0] == "NO"
    post(house.gateway, AL)
    wait_for(lambda: counted(guest) == 2, what="the second message for the guest")
    done(owner.deleteacl("INBOX", BO))
    with pytest.raises(imaplib.IMAP4.abort, match="read"):
        guest.search(None, "ALL")
    again = house.enter(BO)
    assert again.select(AL_INBOX)[0] == "NO"
    assert names(again, '"Other Users/*"') == []


def test_what_belongs_to_nobody(house: House) -> None:
    keeper = house.enter(INFO)
    done(keeper.create("Requests"))
    done(keeper.setacl("Requests", "anyone", "lrswi"))
    guest = house.enter(AL)
    assert names(guest, '"Shared/*"') == ['"Shared/info@home.example/Requests"']
    done(guest.append('"Shared/info@home.example/Requests"', "", "", b"Subject: please\r\n\r\nnow\r\n"))
    [status] = done(keeper.status("Requests", "(MESSAGES)"))
    assert status.endswith(b"(MESSAGES 1)")


def test_who_is_removed_shares_nothing(house: House) -> None:
    done(house.enter(AL).setacl("INBOX", "anyone", "lr"))
    guest = house.enter(BO)
    assert names(guest, '"Other Users/*"') == [AL_INBOX]
    house.gateway.cli("account", "remove", AL, "--yes")
    wait_for(lambda: names(guest, '"Other Users/*"') == [], what="the end of the namespace")
