"""Claims of sessions, within a process and between processes."""

import signal
import stat
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.holds import EVERYTHING, FOLDER, Holds
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq

AL, BO = AccountId(1), AccountId(2)

OTHER = """
import sys
from pathlib import Path
from gateway.store.embedded.holds import Holds
holds = Holds(Path(sys.argv[1]))
holds.take(1, 5)
print("held", flush=True)
sys.stdin.read()
"""


def files(data: Path) -> list[Path]:
    return sorted((data / "run" / FOLDER).iterdir())


def descriptors_below(folder: Path) -> list[str]:
    """Files that this process has open there; others come and go meanwhile."""
    links = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(number.readlink()))
    return [link for link in links if link.startswith(str(folder))]


def test_nobody_claims_anything(tmp_path: Path) -> None:
    assert Holds(tmp_path).horizon(AL) is None
    assert list(tmp_path.iterdir()) == []


def test_the_earliest_counts_until_it_moves_or_ends(tmp_path: Path) -> None:
    ours, theirs = Holds(tmp_path), Holds(tmp_path)
    first, second = ours.take(AL), theirs.take(AL, ModSeq(7))
    assert ours.horizon(AL) == EVERYTHING
    assert ours.horizon(BO) is None
    first.seen(ModSeq(4))
    first.seen(ModSeq(3))
    assert theirs.horizon(AL) == 4
    first.seen(ModSeq(9))
    assert theirs.horizon(AL) == 7
    second.release()
    second.seen(ModSeq(1))
    second.release()
    assert theirs.horizon(AL) == 9
    first.release()
    assert theirs.horizon(AL) is None


def test_a_slot_that_was_given_back_is_used_again(tmp_path: Path) -> None:
    holds = Holds(tmp_path)
    for at in range(3000):
        holds.take(AL, ModSeq(at)).release()
    held = [holds.take(BO, ModSeq(at + 1)) for at in range(3)]
    assert holds.horizon(AL) is None
    assert holds.horizon(BO) == 1
    assert files(tmp_path)[0].stat().st_size == 1024 * 32
    held[0].release()
    assert holds.horizon(BO) == 2


def test_ten_thousand_claims_need_one_descriptor(tmp_path: Path) -> None:
    holds = Holds(tmp_path)
    held = [holds.take(AccountId(10 + n), ModSeq(n)) for n in range(10_000)]
    assert len(descriptors_below(tmp_path)) == 1
    assert holds.horizon(AccountId(9_999)) == 9_989
    held[9_989].release()
    assert holds.horizon(AccountId(9_999)) is None


def test_the_claims_of_a_process_end_with_it(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", OTHER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    assert Holds(tmp_path).horizon(AL) == 5
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert Holds(tmp_path).horizon(AL) is None
    assert files(tmp_path) == []


def test_closing_ends_all_claims_for_good(tmp_path: Path) -> None:
    holds = Holds(tmp_path)
    old = holds.take(AL)
    holds.close()
    assert files(tmp_path) == []
    with pytest.raises(StoreUnavailable):
        holds.take(AL, ModSeq(3))
    old.seen(ModSeq(9))
    old.release()
    assert holds.horizon(AL) is None


@given(st.binary(min_size=16, max_size=16))
def test_a_slot_that_cannot_be_read_claims_everything(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    holds = Holds(tmp_path_factory.mktemp("data"))
    holds.take(AL, ModSeq(77))
    with next((holds._data / "run" / FOLDER).iterdir()).open("r+b") as file:
        torn = file.read(32)
        file.seek(8)
        file.write(octets)
    sound = octets == torn[8:24]
    assert holds.horizon(AL) == (77 if sound else EVERYTHING)
    holds.close()


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.sets(st.integers(0, 15)))
def test_a_mixture_of_two_moments_never_claims_less(
    tmp_path_factory: pytest.TempPathFactory, before: int, after: int, new: set[int]
) -> None:
    holds = Holds(tmp_path_factory.mktemp("data"))
    low, high = sorted((before, after))
    hold = holds.take(AL, ModSeq(low))
    path = next((holds._data / "run" / FOLDER).iterdir())
    old = path.read_bytes()[8:24]
    hold.seen(ModSeq(high))
    young = path.read_bytes()[8:24]
    with path.open("r+b") as file:
        file.seek(8)
        file.write(bytes(young[at] if at in new else old[at] for at in range(16)))
    claimed = holds.horizon(AL)
    assert claimed in (EVERYTHING, low, high)
    assert struct.unpack_from("<q", path.read_bytes())[0] == AL
    holds.close()


def test_files_are_ours_alone_and_links_are_not_followed(tmp_path: Path) -> None:
    Holds(tmp_path / "nowhere").horizon(AL)
    with pytest.raises(StoreUnavailable):
        Holds(tmp_path / "nowhere").take(AL)
    holds = Holds(tmp_path)
    holds.take(AL)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "run").symlink_to(tmp_path / "run")
    with pytest.raises(StoreUnavailable):
        Holds(linked).take(AL)


def test_a_file_that_is_being_made_may_be_removed_by_who_looks(tmp_path: Path) -> None:
    Holds(tmp_path).take(BO)
    folder = tmp_path / "run" / FOLDER
    (folder / "1-half.holds.new").touch()
    holds = Holds(tmp_path)
    assert holds.horizon(AL) is None
    assert not (folder / "1-half.holds.new").exists()
