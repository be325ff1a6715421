"""A certificate authority of the test's own, and handshakes in memory."""

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.certificates.self_signed import key_pem

START = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Files:
    """Where a certificate and its key were written."""

    certificate: Path
    key: Path


class Authority:
    """Signs for any name."""

    def __init__(self, name: str = "test authority") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._build(self.key, self.name, ca=True).sign(self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, *names: str, days: float = 10_000, emails: tuple[str, ...] = ()) -> tuple[bytes, bytes]:
        """Chain and key, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (names or emails)[0][:64])])
        alternative = [*map(x509.DNSName, names), *map(x509.RFC822Name, emails)]
        certificate = (
            self._build(key, subject, ca=False, days=days)
            .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM) + self.pem, key_pem(key)

    def write(self, folder: Path, label: str, *names: str, emails: tuple[str, ...] = ()) -> Files:
        """Issue, into files."""
        files = Files(folder / f"{label}.pem", folder / f"{label}.key")
        for path, content in zip((files.certificate, files.key), self.issue(*names, emails=emails), strict=True):
            path.write_bytes(content)
            path.chmod(0o600)
        return files

    def _build(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, *, ca: bool, days: float = 10_000
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(START + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )


def trusting(*authorities: Authority) -> ssl.SSLContext:
    """A client's context that trusts these alone; without any, that trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authorities:
        context.load_verify_locations(cadata=b"".join(each.pem for each in authorities).decode())
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class Met:
    """A handshake that succeeded."""

    client: ssl.SSLObject
    server: ssl.SSLObject

    @property
    def names(self) -> tuple[str, ...]:
        """Of the certificate that the server showed."""
        der = self.client.getpeercert(binary_form=True)
        assert der is not None
        found = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return tuple(found.value.get_values_for_type(x509.DNSName))


def meet(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> Met:
    """A handshake through two pairs of buffers."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    waiting = [theirs, ours]
    for _ in range(10):
        for side in tuple(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    assert not waiting
    return Met(theirs, ours)
