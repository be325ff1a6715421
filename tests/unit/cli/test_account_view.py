"""What reaches terminals and programs: whole addresses, and nothing that a terminal would obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gateway.accounts.model import Account, Disabled, LoginRecord, Role, WhileDisabled
from gateway.auth.authenticator import AccountId, Service, Why
from gateway.cli.account_view import account_object, account_table, login_object, login_table
from gateway.cli.shown import ago, rows
from gateway.mail.address import parse_address
from gateway.mail.units import Timestamp

ADDRESS = "a-rather-long-localpart.of-somebody@department.of.a-large-company.example"
NOW = Timestamp(1e9)
HOSTILE = "\x1b]0;owned\x07\x1b[2Jroot\r\nok\x9b31m\u202egnp.exe\ud800"


def record(name: str) -> LoginRecord:
    why = Why.BAD_CREDENTIALS
    times = (NOW, NOW)
    return LoginRecord(*times, 3, None, name, Service.SMTP, name, "192.0.2.1", name, why)


def account(name: str, reason: str) -> Account:
    address = parse_address(ADDRESS)
    disabled = Disabled(reason, WhileDisabled.REFUSE, NOW)
    return Account(AccountId(1), address, (address,), name, Role.USER, NOW, disabled)


def shown(renderable: object, width: int = 200) -> str:
    """As on a terminal, without colours."""
    console = Console(width=width, force_terminal=True, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def obeyed(text: str) -> list[str]:
    """Characters that a terminal would obey; line ends are ours."""
    return [c for c in text if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize("width", [20, 40, 80])
def test_an_address_is_folded_never_cut(width: int) -> None:
    lines = shown(rows(("Address",), [(ADDRESS,)]), width).splitlines()
    assert all(len(line) <= width for line in lines)
    assert "".join(line.strip() for line in lines).endswith(ADDRESS)


@pytest.mark.parametrize("width", [80, 132])
def test_an_address_beside_other_columns(width: int) -> None:
    lines = shown(account_table([account("Al", "left")], NOW), width).splitlines()
    heading = next(number for number, line in enumerate(lines) if "Address" in line)
    end = lines[heading].index("Name")
    assert ADDRESS in "".join(line[:end].strip() for line in lines[heading + 1 :])


def test_hostile_names_are_made_safe() -> None:
    text = shown(login_table([record(HOSTILE)], NOW))
    assert obeyed(text) == []
    assert "root" in text
    for value in login_object(record(HOSTILE)).values():
        assert not isinstance(value, str) or obeyed(value) == []
    assert "\\u" not in json.dumps(login_object(record(HOSTILE)), ensure_ascii=False)


def test_markup_and_emoji_codes_are_only_text() -> None:
    text = shown(login_table([record("[bold red]al[/] :bomb: [link=http://x]y")], NOW))
    assert "[bold red]al[/] :bomb: [link=http://x]y" in text


@given(st.text(max_size=60))
def test_any_name_is_made_safe(name: str) -> None:
    assert obeyed(shown(login_table([record(name)], NOW))) == []
    assert obeyed(shown(account_table([account(name, name)], NOW))) == []
    found = account_object(account(name, name))
    disabled = found["disabled"]
    assert isinstance(disabled, dict)
    assert obeyed(f"{found['name']}{disabled['reason']}") == []


def test_when() -> None:
    assert ago(None, NOW) == "never"
    assert ago(Timestamp(1e9 - 86400 * 3), NOW) == "3d ago"
