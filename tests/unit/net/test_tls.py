"""Certificates that are made, and contexts."""

import ipaddress
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from gateway.mail.nexthop import TlsPolicy
from gateway.net.config import TlsConfig
from gateway.net.tls import CERTIFICATE, KEY, BadCertificate, client_context, reload, self_signed, server_context


def test_a_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    server_context(TlsConfig(), tmp_path, "mail.home.example")
    made = (tmp_path / CERTIFICATE).read_bytes()
    server_context(TlsConfig(), tmp_path, "mail.home.example")
    assert (tmp_path / CERTIFICATE).read_bytes() == made
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["mail.home.example", "127.0.0.1", "x" * 60 + ".long.example"])
def test_the_certificate_bears_the_name(name: str) -> None:
    certificate = x509.load_pem_x509_certificate(self_signed(name)[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if name[0].isdigit():
        assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(name)]
    else:
        assert names.get_values_for_type(x509.DNSName) == [name]


def test_a_configured_certificate(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    for path, content in zip((certificate, key), self_signed("mail.example"), strict=True):
        path.write_bytes(content)
    context = server_context(TlsConfig(certificate, key), tmp_path / "data", "mail.example")
    assert not (tmp_path / "data").exists()
    reload(context, TlsConfig(certificate, key), tmp_path / "data")


@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_a_certificate_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "c.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadCertificate, match=r"c\.pem"):
        server_context(TlsConfig(path, path), tmp_path, "mail.example")


def test_a_failed_reload_keeps_the_old_one(tmp_path: Path) -> None:
    context = server_context(TlsConfig(), tmp_path, "mail.example")
    reload(context, TlsConfig(), tmp_path)
    (tmp_path / KEY).write_text("nonsense")
    with pytest.raises(BadCertificate):
        reload(context, TlsConfig(), tmp_path)


@pytest.mark.parametrize(
    ("policy", "mode", "checks"),
    [
        (TlsPolicy.OPPORTUNISTIC, ssl.CERT_NONE, False),
        (TlsPolicy.ENCRYPT, ssl.CERT_NONE, False),
        (TlsPolicy.VERIFY, ssl.CERT_REQUIRED, True),
    ],
)
def test_client_contexts(policy: TlsPolicy, mode: ssl.VerifyMode, checks: bool) -> None:
    context = client_context(policy)
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (mode, checks)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_no_tls() -> None:
    assert client_context(TlsPolicy.NONE) is None
