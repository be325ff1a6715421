"""kill -9 during changes of accounts: what was acknowledged is there whole, and nothing is half done."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

import gateway.accounts.control
import gateway.storage
from gateway.accounts.control.first import first_admin
from gateway.accounts.control.opening import open_registrar, prepare
from gateway.accounts.model import Disabled, WhileDisabled
from gateway.accounts.protocol import NotPossible
from gateway.auth.passwords import verify
from tests.contract.accounts_support import NOW, Accounts, Place, Uses, address, control, setup_of

if TYPE_CHECKING:
    from _typeshed import TraceFunction

KILLS = 40
PACKAGES = tuple(str(Path(each.__path__[0])) for each in (gateway.accounts.control, gateway.storage))
ADMIN = address("admin@home.example")
OFF = Disabled("on leave", WhileDisabled.REFUSE, NOW)

Promise = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """All there is to see of one account."""

    addresses: tuple[str, ...] = ()
    passwords: tuple[str, ...] = ()
    disabled: bool = False
    alias: tuple[str, ...] = ()


GONE = Seen()


def steps(number: int) -> list[Seen]:
    """What there is after each of the steps that `change` takes."""
    one, more = f"u{number}@home.example", f"v{number}@home.example"
    return [
        GONE,
        Seen((one,), ("",)),
        Seen((one, more), ("",)),
        Seen((one, more), ("", "phone")),
        Seen((one, more), ("", "phone"), disabled=True),
        Seen((one, more), ("", "phone"), disabled=True),
        Seen((one, more), ("", "phone"), disabled=True, alias=(one, more)),
        Seen(alias=(one, more)),
        GONE,
    ]


def change(accounts: Accounts, number: int, promise: Promise) -> None:
    """The life of one account; each step is promised when it is done. Every other account stays as it is then."""
    registrar = accounts.registrar
    one, more, alias = (address(f"{letter}{number}@home.example") for letter in "uva")
    promise(f"{number} 1 {registrar.add_account(one)}")
    registrar.add_address(one, more)
    promise(f"{number} 2")
    registrar.add_app_password(one, "phone", frozenset())
    promise(f"{number} 3")
    registrar.disable(one, OFF)
    promise(f"{number} 4")
    promise(f"{number} 5 {registrar.generate_password(one)}")
    registrar.set_alias(alias, [one, more])
    promise(f"{number} 6")
    if number % 2:
        registrar.remove_account(more)
        promise(f"{number} 7")
        registrar.remove_alias(alias)
        promise(f"{number} 8")


def look(accounts: Accounts, number: int) -> Seen:
    found = {str(entry.address): tuple(map(str, entry.targets)) for entry in accounts.registrar.aliases()}
    alias = found.get(f"a{number}@home.example", ())
    one = address(f"u{number}@home.example")
    try:
        account = accounts.registrar.find(one)
    except NotPossible:
        return Seen(alias=alias)
    names = tuple(each.name for each in accounts.registrar.credentials(one))
    return Seen(tuple(map(str, account.addresses)), names, account.disabled is not None, alias)


def run_child(work: Callable[[Promise], None], kill: Callable[[int], None]) -> list[str]:
    """Fork, work, be killed. Returns what was promised."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        work(lambda text: void(os.write(writer, f"{text}\n".encode())))
        os._exit(0)
    os.close(writer)
    kill(child)
    with os.fdopen(reader) as pipe:
        said = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return said


def void(_count: int) -> None:
    """A promise returns nothing."""


@pytest.mark.timeout(300)
def test_what_was_acknowledged_is_there_and_nothing_is_half_done(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    dice = random.Random(5802)
    done: dict[int, int] = {}
    passwords: dict[int, str] = {}
    for round_ in range(KILLS):
        first = round_ * 1000

        def work(promise: Promise, first: int = first) -> None:
            accounts = control(Place(tmp_path, Uses()))
            for number in range(first, first + 1000):
                change(accounts, number, promise)

        def kill(child: int) -> None:
            time.sleep(dice.uniform(0.02, 0.25))
            os.kill(child, signal.SIGKILL)

        said = [line.split() for line in run_child(work, kill)]
        for number, step, *password in said:
            done[int(number)] = int(step)
            passwords |= {int(number): text for text in password}
        under_way = next((number for number in range(first, first + 1000) if number not in done), first)
        done[under_way] = 0
        check(tmp_path, {number: step for number, step in done.items() if number >= first}, passwords)
    record_property("changes acknowledged", sum(done.values()))
    assert sum(done.values()) > KILLS, "hardly anything was tried"
    check(tmp_path, done, passwords)


def check(folder: Path, done: dict[int, int], passwords: dict[int, str]) -> None:
    accounts = control(Place(folder, Uses()))
    connection = open_registrar(folder, setup_of(Place(folder, Uses())))._file._connection
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT count(*) FROM account").fetchone()[0] == len(accounts.registrar.accounts())
    for number, step in done.items():
        possible = steps(number)[step : step + 2]
        assert look(accounts, number) in possible, f"account {number} after step {step}"
        holder = accounts.vault.holder(address(f"u{number}@home.example"))
        if holder is not None and step not in (0, 4):
            assert verify(passwords[number], holder.passwords[0].sha256)
    connection.close()
    accounts.close()


def test_a_first_start_that_is_killed_at_any_line(tmp_path: Path) -> None:
    """An account that is there has had its password shown, and the next start is as good as the first."""
    outcomes = []
    for kill_at in range(1, 2000, 3):
        folder = tmp_path / str(kill_at)
        folder.mkdir()
        shown = run_child(partial(_first_start, folder, kill_at), _let_live)
        made = _check_first(folder, shown)
        if shown[-1:] == ["whole"]:
            break
        outcomes.append((bool(shown), made))
    else:
        pytest.fail("the first start never came to its end")
    assert len(outcomes) > 20
    assert set(outcomes) == {(False, False), (True, False), (True, True)}


def _let_live(_child: int) -> None:
    """It kills itself."""


def _check_first(folder: Path, shown: list[str]) -> bool:
    """Whether the account is there. Then its password was shown; else the next start makes it."""
    accounts = control(Place(folder, Uses()))
    made = bool(accounts.registrar.accounts())
    holder = accounts.vault.holder(ADMIN)
    assert made == (holder is not None)
    if holder is not None:
        assert verify(shown[0], holder.passwords[0].sha256)
    accounts.close()
    again: list[str] = []
    registrar = open_registrar(folder, setup_of(Place(folder, Uses())))
    first_admin(registrar, ADMIN, NOW, lambda _who, password: again.append(password))
    assert len(again) == (not made)
    assert len(registrar.accounts()) == 1
    registrar.close()
    return made


def _first_start(folder: Path, kill_at: int, promise: Promise) -> None:
    lines = 0

    def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
        nonlocal lines
        if not frame.f_code.co_filename.startswith(PACKAGES):
            return None
        lines += event == "line"
        if lines == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    prepare(folder)
    registrar = open_registrar(folder, setup_of(Place(folder, Uses())))
    first_admin(registrar, ADMIN, NOW, lambda _who, password: promise(password))
    sys.settrace(None)
    promise("whole")
