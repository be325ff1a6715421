"""Certificates on the shelf: which one a client gets, and what becomes of files that change."""

import hashlib
import os
import ssl
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.certificates.config import AcmeConfig, CertificateFiles, CertificateName, TlsConfig
from gateway.certificates.pair import BadCertificate, Pair
from gateway.certificates.self_signed import CERTIFICATE, KEY
from gateway.certificates.shelf import Shelf
from gateway.certificates.sources import acme_file, read_early
from gateway.certificates.stock import Place
from gateway.certificates.tally import Observer
from tests.unit.certificates.authority import Authority, Files, meet, trusting

HOST = "mail.home.example"


class Told(Observer):
    """What the shelf said."""

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = []
        self.files: list[str] = []

    @override
    def shown(self, pairs: Iterable[Pair]) -> None:
        self.names = [pair.names for pair in pairs]

    @override
    def unusable(self, file: str, why: str) -> None:
        self.files.append(Path(file).name)


@pytest.fixture
def authority() -> Authority:
    return Authority()


def config(first: Files, *more: Files, client_ca: Path | None = None) -> TlsConfig:
    others = tuple(CertificateFiles(certificate=each.certificate, key=each.key) for each in more)
    return TlsConfig(first.certificate, first.key, others, client_ca=client_ca)


def shown(shelf: Shelf, name: str | None) -> tuple[str, ...]:
    return meet(shelf.context(), trusting(), name).names


def test_the_first_start_makes_one(tmp_path: Path) -> None:
    shelf = Shelf(TlsConfig(), Place(tmp_path, HOST))
    made = (tmp_path / CERTIFICATE).read_bytes()
    assert shown(shelf, None) == (HOST,)
    assert shown(Shelf(TlsConfig(), Place(tmp_path, HOST)), "other.example") == (HOST,)
    assert (tmp_path / CERTIFICATE).read_bytes() == made
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600


def test_none_is_made_where_one_is_configured(tmp_path: Path, authority: Authority) -> None:
    Shelf(config(authority.write(tmp_path, "a", HOST)), Place(tmp_path / "data", HOST))
    assert not (tmp_path / "data").exists()


def test_a_client_gets_the_name_that_it_asks_for(tmp_path: Path, authority: Authority) -> None:
    first = authority.write(tmp_path, "a", "a.example")
    wild = authority.write(tmp_path, "b", "*.b.example", "b.example")
    exact = authority.write(tmp_path, "c", "mx.b.example")
    own = authority.write(tmp_path, "d", HOST)
    shelf = Shelf(config(first, wild, exact, own), Place(tmp_path, HOST))
    client = trusting(authority)
    for name in ("a.example", "x.b.example", "b.example", "mx.b.example", HOST, "MX.b.Example"):
        meet(shelf.context(), client, name)
    assert shown(shelf, "mx.b.example") == ("mx.b.example",)
    for unknown in (None, "x.y.b.example", "nobody.example"):
        assert shown(shelf, unknown) == (HOST,)


def test_without_the_hosts_own_the_first_is_shown(tmp_path: Path, authority: Authority) -> None:
    files = [authority.write(tmp_path, label, f"{label}.example") for label in "ab"]
    assert shown(Shelf(config(*files), Place(tmp_path, HOST)), None) == ("a.example",)


def test_the_channel_binding_is_that_of_the_certificate_shown(tmp_path: Path, authority: Authority) -> None:
    files = [authority.write(tmp_path, label, f"{label}.example") for label in "ab"]
    shelf = Shelf(config(*files), Place(tmp_path, HOST))
    for name in ("a.example", "b.example"):
        met = meet(shelf.context(), trusting(), name)
        der = met.client.getpeercert(binary_form=True)
        assert der is not None
        assert shelf.end_point(met.server.context) == hashlib.sha256(der).digest()
    assert shelf.end_point(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) is None


def test_a_renewed_file_is_noticed_and_an_open_connection_keeps_its_binding(
    tmp_path: Path, authority: Authority
) -> None:
    files = authority.write(tmp_path, "a", HOST)
    shelf = Shelf(config(files), Place(tmp_path, HOST))
    listener = shelf.context()
    before = meet(listener, trusting(), HOST)
    binding = shelf.end_point(before.server.context)
    authority.write(tmp_path, "a", HOST, "new.example")
    shelf.look()
    assert meet(listener, trusting(), HOST).names == (HOST, "new.example")
    assert shelf.end_point(before.server.context) == binding


def test_a_bad_new_file_is_told_of_once_and_the_old_one_stays(tmp_path: Path, authority: Authority) -> None:
    told = Told()
    files = authority.write(tmp_path, "a", HOST)
    shelf = Shelf(config(files), Place(tmp_path, HOST), observer=told)
    other = authority.issue("other.example")
    files.certificate.write_bytes(other[0])
    for _ in range(3):
        shelf.look()
    assert told.files == ["a.pem"]
    assert shown(shelf, HOST) == (HOST,)
    files.key.write_bytes(other[1])
    shelf.look()
    assert shown(shelf, HOST) == ("other.example",)
    files.certificate.unlink()
    shelf.look()
    assert told.files == ["a.pem"] * 2
    assert shown(shelf, HOST) == ("other.example",)


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_reload_that_fails_changes_nothing(tmp_path: Path, authority: Authority, content: bytes | None) -> None:
    shelf = Shelf(config(authority.write(tmp_path, "a", HOST)), Place(tmp_path, HOST))
    bad = Files(tmp_path / "bad.pem", tmp_path / "a.key")
    if content is not None:
        bad.certificate.write_bytes(content)
    with pytest.raises(BadCertificate, match=r"bad\.pem"):
        shelf.reload(config(bad))
    with pytest.raises(BadCertificate, match=r"bad\.pem"):
        Shelf(config(bad), Place(tmp_path, HOST))
    shelf.look()
    assert shown(shelf, HOST) == (HOST,)


def test_a_reload_shows_the_new_configuration(tmp_path: Path, authority: Authority) -> None:
    told = Told()
    shelf = Shelf(TlsConfig(), Place(tmp_path, HOST), observer=told)
    listener = shelf.context()
    shelf.reload(config(authority.write(tmp_path, "a", "a.example")))
    assert meet(listener, trusting(authority), "a.example").names == ("a.example",)
    assert told.names == [("a.example",)]


def test_an_acme_certificate_takes_the_self_signed_ones_place(tmp_path: Path, authority: Authority) -> None:
    acme = AcmeConfig(directory="https://ca.example/dir", names=(CertificateName(HOST),), terms_agreed=True)
    shelf = Shelf(TlsConfig(acme=acme), Place(tmp_path, HOST))
    with pytest.raises(ssl.SSLCertVerificationError):
        meet(shelf.context(), trusting(authority), HOST)
    path = acme_file(acme, tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(reversed(authority.issue(HOST))))
    shelf.look()
    meet(shelf.context(), trusting(authority), HOST)


def test_clients_may_show_a_certificate_where_they_are_asked(tmp_path: Path, authority: Authority) -> None:
    people = Authority("people")
    (tmp_path / "people.pem").write_bytes(people.pem)
    files = authority.write(tmp_path, "a", HOST)
    shelf = Shelf(config(files, client_ca=tmp_path / "people.pem"), Place(tmp_path, HOST))
    al = people.write(tmp_path, "al", emails=("al@home.example",))
    client = trusting(authority)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert meet(shelf.asking_context(), client, HOST).server.getpeercert() is None
    client.load_cert_chain(al.certificate, al.key)
    shown_to_us = meet(shelf.asking_context(), client, HOST).server.getpeercert()
    assert shown_to_us is not None
    assert ("email", "al@home.example") in shown_to_us["subjectAltName"]
    assert not meet(shelf.context(), client, HOST).server.getpeercert()
    stranger = authority.write(tmp_path, "eve", emails=("al@home.example",))
    client.load_cert_chain(stranger.certificate, stranger.key)
    with pytest.raises(ssl.SSLError):
        meet(shelf.asking_context(), client, HOST)


def test_nobody_is_asked_without_authorities(tmp_path: Path) -> None:
    shelf = Shelf(TlsConfig(), Place(tmp_path, HOST))
    assert shelf.asking_context() is shelf.context()


def test_authorities_that_are_none(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "people.pem").write_text("nobody")
    files = authority.write(tmp_path, "a", HOST)
    with pytest.raises(BadCertificate, match=r"people\.pem"):
        Shelf(config(files, client_ca=tmp_path / "people.pem"), Place(tmp_path, HOST))


def test_old_protocols_and_ciphers_are_not_spoken(tmp_path: Path) -> None:
    context = Shelf(TlsConfig(), Place(tmp_path, HOST)).context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    client = trusting()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("ECDHE+AES+SHA256:ECDHE+SHA1:kRSA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        meet(context, client, HOST)


def test_a_key_that_is_closed_to_us_now_is_taken_as_it_was(tmp_path: Path, authority: Authority) -> None:
    """Read as root; after that the gateway is another user."""
    files = authority.write(tmp_path, "a", HOST)
    tls = config(files)
    kept = read_early(tls)
    files.key.chmod(0)
    assert _as_nobody(lambda: shown(Shelf(tls, Place(tmp_path, HOST), kept=kept), HOST) == (HOST,))


def test_a_key_that_was_never_open_to_us_is_named_with_what_to_do(tmp_path: Path, authority: Authority) -> None:
    files = authority.write(tmp_path, "a", HOST)
    files.key.chmod(0)
    tls = config(files)

    def refused() -> bool:
        with pytest.raises(BadCertificate, match=r"a\.(pem|key).*restart the gateway"):
            Shelf(tls, Place(tmp_path, HOST))
        return True

    assert _as_nobody(refused)


def test_a_new_certificate_whose_key_is_closed_to_us_is_refused_with_what_to_do(authority: Authority) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        files = authority.write(folder, "a", HOST)
        files.certificate.chmod(0o644)
        kept = read_early(config(files))
        files.certificate.write_bytes(authority.issue(HOST)[0])
        files.key.chmod(0)

        def refused() -> bool:
            with pytest.raises(BadCertificate, match=r"belongs to another.*restart the gateway"):
                Shelf(config(files), Place(folder, HOST), kept=kept)
            return True

        assert _as_nobody(refused)


def _as_nobody(check: Callable[[], bool]) -> bool:
    """In a process that may read nothing here: root becomes another, for others the files are closed by hand."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            status = 0 if check() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
