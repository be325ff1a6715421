"""control.db as a file: who owns it, which schema it has, what happens where it cannot be read."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.accounts.config import PasswordConfig, Passwords
from gateway.accounts.control import upgrade
from gateway.accounts.control.clashes import clashes
from gateway.accounts.control.first import first_admin
from gateway.accounts.control.opening import open_directory, open_registrar, open_vault
from gateway.accounts.control.registrar import ControlRegistrar
from gateway.accounts.control.schema import MIGRATIONS
from gateway.accounts.control.setup import Configured, Setup
from gateway.accounts.model import DomainEntry, Role
from gateway.accounts.protocol import AccountsUnavailable, Known, Nobody, NotPossible
from gateway.mail.address import Address
from gateway.storage.migration import Migration, SchemaTooNew
from tests.contract.accounts_support import CONFIGURED, HOME, NOW, OTHER, Place, Uses, address, setup_of

AL = address("al@home.example")
ADMIN = address("admin@home.example")
NEWER = Migration(MIGRATIONS[-1].version + 1, ("ALTER TABLE account ADD COLUMN note TEXT",))

Opened = Callable[[], ControlRegistrar]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens a registrar over the test's folder."""
    registrars: list[ControlRegistrar] = []

    def open_() -> ControlRegistrar:
        registrars.append(open_registrar(tmp_path, setup_of(Place(tmp_path, Uses()))))
        return registrars[-1]

    yield open_
    for one in registrars:
        one.close()


def set_version(data: Path, version: int) -> None:
    connection = sqlite3.connect(data / "control.db")
    connection.execute(f"PRAGMA user_version = {version:d}")
    connection.close()


def add_many(registrar: ControlRegistrar, count: int) -> None:
    for number in range(count):
        registrar.add_account(address(f"u{number}@home.example"))


# Files


def test_only_the_owner_of_the_data_folder_can_read_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, 12_345, 12_346)
    registrar = open_registrar(data, setup_of(Place(data, Uses())))
    registrar.add_account(AL)
    files = list(data.iterdir())
    assert {one.name for one in files} == {"control.db", "control.db-wal", "control.db-shm", "control.lock"}
    for one in files:
        found, folder = one.stat(), data.stat()
        assert (found.st_uid, found.st_gid) == (folder.st_uid, folder.st_gid)
        assert stat.S_IMODE(found.st_mode) == 0o600
    registrar.close()


def test_a_link_in_the_place_of_the_database_is_not_followed(tmp_path: Path, opened: Opened) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    (tmp_path / "control.db").symlink_to(outside)
    with pytest.raises(AccountsUnavailable, match="cannot be opened"):
        opened()
    assert outside.read_bytes() == b""


def test_many_who_make_it_at_once(tmp_path: Path, opened: Opened) -> None:
    failures: list[Exception] = []

    def open_one() -> None:
        try:
            opened().accounts()
        except AccountsUnavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(open_vault(tmp_path).pepper) == 32


# The schema


def test_versions_count_from_one_without_a_gap() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path, opened: Opened) -> None:
    opened().add_account(AL)
    upgrade.refuse_newer(tmp_path)
    set_version(tmp_path, 99)
    for refuse in (opened, lambda: upgrade.refuse_newer(tmp_path), lambda: upgrade.upgrade_control(tmp_path)):
        with pytest.raises(SchemaTooNew, match=r"control\.db: its schema has version 99.*use a newer one"):
            refuse()


def test_an_older_schema_is_not_touched_but_by_the_upgrade(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().add_account(AL)
    monkeypatch.setattr("gateway.accounts.control.opening.MIGRATIONS", (*MIGRATIONS, NEWER))
    monkeypatch.setattr("gateway.accounts.control.upgrade.MIGRATIONS", (*MIGRATIONS, NEWER))
    with pytest.raises(AccountsUnavailable, match="gateway upgrade"):
        opened()
    assert upgrade.upgrade_control(tmp_path, (*MIGRATIONS, NEWER)) == MIGRATIONS[-1].version
    assert upgrade.upgrade_control(tmp_path, (*MIGRATIONS, NEWER)) == NEWER.version
    assert opened().find(AL).address == AL


def test_nothing_to_upgrade(tmp_path: Path) -> None:
    upgrade.refuse_newer(tmp_path)
    assert upgrade.upgrade_control(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


# Trouble


def test_what_is_not_there_yet_is_unavailable_and_then_found(tmp_path: Path, opened: Opened) -> None:
    directory, vault = open_directory(tmp_path, CONFIGURED), open_vault(tmp_path)
    assert directory.is_local(HOME)
    before = directory.version()
    for ask in (lambda: directory.resolve(AL), lambda: vault.holder(AL), lambda: directory.is_local(OTHER)):
        with pytest.raises(AccountsUnavailable, match="cannot be read now"):
            ask()
    assert list(tmp_path.iterdir()) == []
    opened().add_account(AL)
    assert isinstance(directory.resolve(AL), Known)
    assert vault.holder(AL) is not None
    assert directory.version() != before
    directory.close()
    vault.close()


def test_a_broken_database_is_unavailable(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "control.db").write_bytes(b"no database" * 1000)
    with pytest.raises(AccountsUnavailable, match="not a database"):
        opened()
    with pytest.raises(AccountsUnavailable, match="not a database"):
        open_directory(tmp_path, CONFIGURED).resolve(AL)


def test_readers_do_not_wait_for_a_writer(tmp_path: Path, opened: Opened) -> None:
    opened().add_account(AL)
    writer = sqlite3.connect(tmp_path / "control.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM account")
    directory = open_directory(tmp_path, CONFIGURED)
    assert isinstance(directory.resolve(AL), Known)
    writer.execute("ROLLBACK")
    writer.close()
    directory.close()


def test_what_another_process_does_is_seen_within_a_second(tmp_path: Path, opened: Opened) -> None:
    opened().add_account(AL)
    directory = open_directory(tmp_path, CONFIGURED)
    assert isinstance(directory.resolve(ADMIN), Nobody)
    before = directory.version()
    code = f"""
from tests.contract.accounts_support import *
control(Place(Path({str(tmp_path)!r}), Uses())).registrar.add_account(address("admin@home.example"))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    deadline = time.monotonic() + 1
    while not isinstance(directory.resolve(ADMIN), Known):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert directory.version() != before
    directory.close()


def test_a_full_disk_changes_nothing(opened: Opened) -> None:
    registrar = opened()
    registrar.add_account(AL)
    connection = registrar._file._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages:d}")
    with pytest.raises(AccountsUnavailable, match="full"):
        add_many(registrar, 1000)
    names = [str(one.address) for one in registrar.accounts()]
    connection.execute("PRAGMA max_page_count = 100000")
    registrar.add_account(ADMIN)
    assert [str(one.address) for one in registrar.accounts()] == sorted([*names, str(ADMIN)])


def test_a_registrar_is_for_many_threads(opened: Opened) -> None:
    registrar = opened()
    threads = [
        threading.Thread(target=registrar.add_account, args=(address(f"u{number}@home.example"),))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registrar.accounts()) == 16


def test_a_new_configuration_counts_at_once(tmp_path: Path, opened: Opened) -> None:
    opened().add_account(AL)
    directory = open_directory(tmp_path, CONFIGURED)
    assert isinstance(directory.resolve(address("al+x@home.example")), Known)
    before = directory.version()
    directory.reconfigure(Configured(CONFIGURED.domains, separators="-"))
    assert directory.version() != before
    assert isinstance(directory.resolve(address("al+x@home.example")), Nobody)
    assert isinstance(directory.resolve(address("al-x@home.example")), Known)
    directory.close()


def test_what_is_remembered_is_bounded(tmp_path: Path, opened: Opened) -> None:
    opened()
    directory = open_directory(tmp_path, CONFIGURED)
    for number in range(5000):
        directory.resolve(address(f"u{number}@home.example"))
    assert len(directory._memory.resolutions) <= 4096
    directory.close()


# Names in both


def test_names_in_file_and_database(opened: Opened) -> None:
    registrar = opened()
    registrar.add_domain(OTHER)
    registrar.set_alias(address("info@home.example"), [AL])
    registrar.add_account(AL)
    assert clashes(CONFIGURED, registrar) == []
    both = Configured(
        (*CONFIGURED.domains, DomainEntry(OTHER, configured=True)),
        (address("INFO@home.example"), address("AL@home.example"), address("cy@home.example")),
    )
    said = "\n".join(clashes(both, registrar))
    assert "domains: other.example is also in the control database: take it out here, or there" in said
    assert "aliases: info@home.example is also an alias" in said
    assert "aliases: AL@home.example is also an address of the account al@home.example" in said
    assert "cy@" not in said
    registrar.reconfigure(Setup(both, PasswordConfig(), Uses(), lambda: NOW))
    assert [one.name for one in registrar.domains()] == [one.name for one in both.domains]
    assert len(clashes(both, registrar)) == 3


# The first account


def test_a_first_start_makes_one_admin(opened: Opened) -> None:
    registrar = opened()
    shown: list[tuple[Address, str]] = []
    assert first_admin(registrar, ADMIN, NOW, lambda who, password: shown.append((who, password)))
    assert not first_admin(opened(), ADMIN, NOW, lambda who, password: shown.append((who, password)))
    ((who, password),) = shown
    assert who == ADMIN
    assert len(password) > 20
    (account,) = registrar.accounts()
    assert (account.address, account.role, account.created) == (ADMIN, Role.ADMIN, NOW)


def test_of_two_first_starts_one_shows_a_password(opened: Opened) -> None:
    shown: list[str] = []
    threads = [
        threading.Thread(target=first_admin, args=(one, ADMIN, NOW, lambda _who, password: shown.append(password)))
        for one in (opened(), opened(), opened(), opened())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shown) == 1


def test_an_account_whose_password_could_not_be_shown_is_not_made(opened: Opened) -> None:
    def broken(_who: Address, _password: str) -> None:
        raise BrokenPipeError("nobody reads")

    with pytest.raises(AccountsUnavailable, match="nobody reads"):
        first_admin(opened(), ADMIN, NOW, broken)
    assert opened().is_empty()
    assert first_admin(opened(), ADMIN, NOW, lambda _who, _password: None)


def test_the_first_account_needs_an_address_of_its_own(opened: Opened) -> None:
    shown: list[str] = []
    with pytest.raises(NotPossible, match="alias in the configuration file"):
        first_admin(opened(), address("ops@home.example"), NOW, lambda _who, password: shown.append(password))
    assert shown == []


# Chosen passwords


def test_a_list_of_common_passwords_of_ones_own(tmp_path: Path) -> None:
    listed = tmp_path / "common.txt"
    passwords = PasswordConfig(policy=Passwords.CUSTOM, common=listed)
    registrar = open_registrar(tmp_path, setup_of(Place(tmp_path, Uses(), passwords=passwords)))
    registrar.add_account(AL)
    with pytest.raises(NotPossible, match=r"common\.txt cannot be read.*mend `passwords`"):
        registrar.choose_password(AL, "Hausmeister Krause")
    listed.write_text("hausmeister krause\n")
    with pytest.raises(NotPossible, match="everybody tries first: choose another one"):
        registrar.choose_password(AL, "Hausmeister Krause")
    registrar.choose_password(AL, "Hausmeister Krause singt")
    registrar.close()
