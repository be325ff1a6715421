"""Contexts of clients."""

import ssl
from pathlib import Path

import pytest

from gateway.certificates.self_signed import self_signed
from gateway.mail.nexthop import ClientCertificate, TlsPolicy
from gateway.net.tls import BadClientCertificate, client_context


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


def test_a_certificate_of_our_own(tmp_path: Path) -> None:
    files = ClientCertificate(tmp_path / "c.pem", tmp_path / "k.pem")
    with pytest.raises(BadClientCertificate, match=r"c\.pem.*No such file"):
        client_context(TlsPolicy.ENCRYPT, certificate=files)
    for path, content in zip((files.certificate, files.key), self_signed("gw.example"), strict=True):
        path.write_bytes(content)
    assert client_context(TlsPolicy.VERIFY, certificate=files) is not None
    files.key.write_bytes(self_signed("gw.example")[1])
    with pytest.raises(BadClientCertificate, match="KEY_VALUES_MISMATCH"):
        client_context(TlsPolicy.VERIFY, certificate=files)
