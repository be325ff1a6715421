"""A certificate with its key, read and found to belong together (RFC 7468 has their form)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from gateway.mail.units import Timestamp

_KEY_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_MOST_OCTETS: Final = 1 << 20
_SIGNING = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


class BadCertificate(Exception):
    """Certificate or key cannot be used; the message names the file and says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, those of its issuers, and its private key."""

    chain: bytes
    """PEM."""
    key: bytes = field(repr=False)
    """PEM."""
    der: bytes = field(repr=False)
    """The certificate itself."""
    names: tuple[str, ...]
    """In lower case, A-labels; `*.domain` as it stands there."""
    not_before: Timestamp
    not_after: Timestamp


Kept = Mapping[Path, bytes]
"""Files that were read as root, before the gateway became another user."""


def read_pair(certificate: Path, key: Path, kept: Kept) -> Pair:
    """Read both files, which may be one. Raises BadCertificate."""
    chain, secret = read_file(certificate, kept), read_file(key, kept)
    try:
        return pair_of(chain, secret)
    except ValueError as error:
        hint = "" if readable(key) else f"; {key} is closed to us now: {ADVICE}"
        raise BadCertificate(f"{certificate}, {key}: {error}{hint}") from error


ADVICE: Final = "restart the gateway, which then reads it as root, or let its user read the file"


def readable(path: Path) -> bool:
    """Whether we may read it now."""
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def read_file(path: Path, kept: Kept) -> bytes:
    """A file, or what was in it while we were allowed to read it. Raises BadCertificate."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_OCTETS)
    except PermissionError as error:
        if path in kept:
            return kept[path]
        raise BadCertificate(f"{path}: {error.strerror}; {ADVICE}") from error
    except OSError as error:
        raise BadCertificate(f"{path}: {error.strerror or error}") from error


def pair_of(chain: bytes, secret: bytes) -> Pair:
    """From PEM. Raises ValueError; nothing of the key is in its message."""
    found = _KEY_BLOCK.search(secret)
    if found is None:
        raise ValueError("there is no private key")
    try:
        certificate = x509.load_pem_x509_certificates(chain)[0]
    except ValueError:
        raise ValueError("there is no certificate, or a broken one") from None
    if _public(_load_key(found[0])) != certificate.public_key().public_bytes(Encoding.DER, _FORMAT):
        raise ValueError("the key belongs to another certificate")
    return Pair(
        chain,
        found[0] + b"\n",
        certificate.public_bytes(Encoding.DER),
        names_of(certificate),
        Timestamp(certificate.not_valid_before_utc.timestamp()),
        Timestamp(certificate.not_valid_after_utc.timestamp()),
    )


_FORMAT: Final = PublicFormat.SubjectPublicKeyInfo


def _load_key(pem: bytes) -> _SIGNING:
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError("the key is encrypted; keep it without a password, readable for the gateway alone") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"the key is broken ({type(error).__name__})") from None
    if isinstance(key, _SIGNING):
        return key
    raise ValueError("the key is of a kind that TLS has no use for")


def _public(key: _SIGNING) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, _FORMAT)


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names that it is good for: its alternative names; its common name where it has none."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(each.value).lower() for each in common)
    addresses = map(str, alternative.get_values_for_type(x509.IPAddress))
    return (*(name.lower() for name in alternative.get_values_for_type(x509.DNSName)), *addresses)
