"""The certificate that is made when there is none: EC P-256, for the gateway's own name."""

import datetime
import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.storage.files import locked, replace

CERTIFICATE: Final = "tls/certificate.pem"
KEY: Final = "tls/key.pem"
_LIFETIME: Final = datetime.timedelta(days=7300)
_EPOCH: Final = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def ensure(data: Path, hostname: str) -> tuple[Path, Path]:
    """Certificate and key in the data folder, made where they are missing. Raises OSError."""
    certificate, key = data / CERTIFICATE, data / KEY
    if not (certificate.exists() and key.exists()):
        with locked(data / "tls/lock"):
            _make(certificate, key, hostname)
    return certificate, key


def _make(certificate: Path, key: Path, hostname: str) -> None:
    """Both files, the key first: readers take them for there only when the certificate is."""
    if certificate.exists() and key.exists():
        return
    certificate_pem, key_pem = self_signed(hostname)
    certificate.unlink(missing_ok=True)
    replace(key, key_pem)
    replace(certificate, certificate_pem)


def self_signed(hostname: str) -> tuple[bytes, bytes]:
    """A certificate and its key for a host name or an IP address, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_EPOCH)
        .not_valid_after(_EPOCH + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem(key)


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as it is kept."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _general_name(hostname: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(hostname))
    except ValueError:
        return x509.DNSName(hostname)
