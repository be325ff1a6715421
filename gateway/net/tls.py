"""TLS contexts (RFC 3207, RFC 8314 4.1: TLS 1.2 or better), and the certificate that is made when there is none."""

import datetime
import ipaddress
import os
import ssl
import tempfile
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.mail.nexthop import TlsPolicy
from gateway.net.config import TlsConfig

CERTIFICATE: Final = "tls/certificate.pem"
KEY: Final = "tls/key.pem"
_YEARS: Final = datetime.timedelta(days=3650)
_EPOCH: Final = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


class BadCertificate(Exception):
    """Certificate or key cannot be used; the message names the file and says why."""


def client_context(policy: TlsPolicy, ca_file: Path | None = None) -> ssl.SSLContext | None:
    """What a client demands under a policy; None: no TLS.

    `opportunistic` and `encrypt` take any certificate (RFC 7435): the name is still sent, for servers with several.
    `ca_file` adds authorities to the system's.
    """
    match policy:
        case TlsPolicy.NONE:
            return None
        case TlsPolicy.OPPORTUNISTIC | TlsPolicy.ENCRYPT:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        case TlsPolicy.VERIFY:
            context = ssl.create_default_context()
            if ca_file is not None:
                context.load_verify_locations(ca_file)
            return context


def server_context(config: TlsConfig, data: Path, hostname: str) -> ssl.SSLContext:
    """A listener's context. Without a certificate in the configuration one is made in `data` at the first start.

    Raises BadCertificate.
    """
    certificate, key = config.certificate, config.key or config.certificate
    if certificate is None or key is None:
        certificate, key = data / CERTIFICATE, data / KEY
        if not (certificate.exists() and key.exists()):
            _write(certificate, key, hostname)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load(context, certificate, key)
    return context


def load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Put a certificate into a context, also one in use: new connections see the new one. Raises BadCertificate."""
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadCertificate(f"{certificate}, {key}: {error}") from error


def reload(context: ssl.SSLContext, config: TlsConfig, data: Path) -> None:
    """Read the certificate again, for a renewed one. Raises BadCertificate; the old one then stays in use."""
    certificate = config.certificate or data / CERTIFICATE
    load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate, config.key or _key_beside(config, data))
    load(context, certificate, config.key or _key_beside(config, data))


def _key_beside(config: TlsConfig, data: Path) -> Path:
    return config.certificate or data / KEY


def self_signed_context(hostname: str) -> ssl.SSLContext:
    """A server's context with a certificate that nobody else has, kept nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        return server_context(TlsConfig(), Path(folder), hostname)


def self_signed(hostname: str) -> tuple[bytes, bytes]:
    """A certificate and its key for a host name or an IP address, both PEM: EC P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_EPOCH)
        .not_valid_after(_EPOCH + 2 * _YEARS)
        .add_extension(x509.SubjectAlternativeName([_general_name(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _general_name(hostname: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(hostname))
    except ValueError:
        return x509.DNSName(hostname)


def _write(certificate: Path, key: Path, hostname: str) -> None:
    """Both files, the key first: readers take them for there only when the certificate is."""
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate_pem, key_pem = self_signed(hostname)
    _write_new(key, key_pem)
    _write_new(certificate, certificate_pem)


def _write_new(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
