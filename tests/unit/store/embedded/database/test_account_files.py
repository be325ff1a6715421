"""Files of accounts: few are open, however many accounts there are, and none after the end."""

import asyncio
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.store.config import MailboxConfig, QuotaConfig
from gateway.store.embedded.database.account_files import AccountFiles
from tests.unit.store.embedded.engine_support import AL, NOW, append, opened, stored


def descriptors(data: Path) -> int:
    """Open files below the folder."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(link.readlink()))
        except FileNotFoundError:
            continue
    return sum(link.startswith(str(data)) and "/mail/" in link for link in links)


async def test_idle_accounts_cost_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, MailboxConfig(open_accounts=4)) as store:
        mails = [store.mail(AccountId(number)) for number in range(1, 41)]
        await asyncio.gather(*(append(mail) for mail in mails))
        assert len(store._files._open) == 4
        assert descriptors(tmp_path) <= 4 * (3 + 1 + 3 * 4)
        assert set(await asyncio.gather(*(stored(mail) for mail in mails))) == {1}
        assert len(store._files._open) == 4
    assert descriptors(tmp_path) == 0


async def test_files_that_are_used_stay_open(tmp_path: Path) -> None:
    files = AccountFiles(tmp_path, MailboxConfig(open_accounts=1), lambda: NOW)
    with files.use(AL) as first, first.reading(NOW) as connection:
        with files.use(AccountId(8)) as second, second.reading(NOW):
            pass
        files.close(AL)
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (1,)
        with files.use(AL) as same:
            assert same is first
    assert list(files._open) == [AL]
    files.close()
    assert descriptors(tmp_path) == 0


async def test_a_snapshot_stays_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await append(mail)
        with store._files.use(AL) as file, file.reading(NOW) as connection:
            assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)
            await append(mail)
            assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)
        assert await stored(mail) == 2


async def test_a_new_configuration_holds_for_open_accounts(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await append(store.mail(AL))
        store.reconfigure(MailboxConfig(quota=QuotaConfig(messages=1)))
        found = await store.mail(AL)._runner.write(lambda transaction: transaction.config.quota.messages)
        assert found == 1
