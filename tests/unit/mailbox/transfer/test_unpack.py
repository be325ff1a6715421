import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from gateway.mailbox.transfer import unpack
from gateway.mailbox.transfer.model import Letter, Unreadable, Wanted
from gateway.mailbox.transfer.named import Named
from gateway.mailbox.transfer.unpack import Unpacking

MESSAGE = b"Subject: a\r\n\r\nb\r\n"


def tar(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(MESSAGE) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(MESSAGE))
    return path


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mtime = kind, link, 1_600_000_000
    return made


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def unpacked(archive: Path, into: Path, kind: str) -> list[str]:
    into.mkdir()
    return [each.why for each in Unpacking(archive, into).run(kind)]


def test_only_files_below_the_folder(tmp_path: Path) -> None:
    archive = tar(
        tmp_path / "a.tgz",
        info("in/a.eml"),
        info("../out.eml"),
        info("/abs.eml"),
        info("in/../../b.eml"),
        info("link", tarfile.SYMTYPE, "/etc"),
        info("link/passwd.eml"),
        info("hard.eml", tarfile.LNKTYPE, "in/a.eml"),
        info("fifo", tarfile.FIFOTYPE),
        info("in/a.eml"),
    )
    skipped = unpacked(archive, tmp_path / "x", "tar")
    assert files(tmp_path) == ["a.tgz", "x/in/a.eml", "x/link/passwd.eml"]
    assert len(skipped) == 7
    assert (tmp_path / "x/in/a.eml").stat().st_mtime == 1_600_000_000


def test_links_in_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("l.eml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../up.eml", MESSAGE)
        archive.writestr("ok.eml", MESSAGE)
    assert unpacked(tmp_path / "a.zip", tmp_path / "x", "zip") == [
        "a link or a device",
        "its name leads out of the archive, or is none",
    ]
    assert files(tmp_path / "x") == ["ok.eml"]


def test_an_archive_that_grows_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "_ALWAYS", 1024 * 1024)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.eml", bytes(50_000_000))
    with pytest.raises(Unreadable, match="100 times"):
        unpacked(tmp_path / "a.zip", tmp_path / "x", "zip")
    assert (tmp_path / "x/bomb.eml").stat().st_size < 10_000_000


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("cut", [10, 60, 100])
def test_a_damaged_archive(tmp_path: Path, kind: str, cut: int) -> None:
    whole = tar(tmp_path / "a", info("a.eml"), info("b.eml"))
    if kind == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("a.eml", MESSAGE)
    whole.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(Unreadable):
        unpacked(whole, tmp_path / "x", kind)


def test_links_in_a_folder_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"From x Sun Nov 22 08:00:00 2026\nSubject: secret\n\n")
    root = tmp_path / "root"
    (root / "cur").mkdir(parents=True)
    (root / "cur" / "1").write_bytes(MESSAGE)
    (root / "cur" / "2").symlink_to(tmp_path / "secret")
    (root / ".Sub").symlink_to(tmp_path)
    os.mkfifo(root / "cur" / "3")
    named = Named(tmp_path / "unpacked")
    (source,) = named.sources([root])
    pieces = list(source.pieces(Wanted()))
    assert [type(piece) is Letter for piece in pieces] == [True, False, False]
    assert [each.why for each in named.skipped] == ["a link"]


@pytest.mark.parametrize("moment", ["1e300", "inf", "-1e18"])
def test_a_date_that_no_file_can_have(tmp_path: Path, moment: str) -> None:
    member = info("a.eml")
    member.pax_headers = {"mtime": moment}
    assert unpacked(tar(tmp_path / "a.tgz", member), tmp_path / "into", "tar") == []
    assert files(tmp_path / "into") == ["a.eml"]


def test_a_name_that_no_file_can_have_keeps_nothing_else_out(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tgz", info("x" * 300), info("a.eml"))
    assert len(unpacked(archive, tmp_path / "into", "tar")) == 1
    assert files(tmp_path / "into") == ["a.eml"]


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_gigabytes_of_names_are_not_read(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("a")
    member.type, member.size = kind, 64 * 1024 * 1024
    (tmp_path / "a.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + b"x" * member.size)
    with pytest.raises(Unreadable, match="octets of names"):
        unpacked(tmp_path / "a.tar", tmp_path / "into", "tar")


def test_holes_without_number_are_not_counted(tmp_path: Path) -> None:
    member = info("a.eml")
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "5"}
    with pytest.raises(Unreadable, match="holes"):
        unpacked(tar(tmp_path / "a.tgz", member), tmp_path / "into", "tar")


def test_folders_count_and_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "_FILES", 10)
    archive = tar(tmp_path / "a.tgz", *(info(f"f{number}", tarfile.DIRTYPE) for number in range(11)))
    with pytest.raises(Unreadable, match="more than"):
        unpacked(archive, tmp_path / "into", "tar")


def test_a_damaged_archive_of_another_packing_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.eml", os.urandom(10_000))
    octets = bytearray(path.read_bytes())
    octets[60:70] = b"x" * 10
    path.write_bytes(octets)
    with pytest.raises(Unreadable):
        unpacked(path, tmp_path / "into", "zip")
