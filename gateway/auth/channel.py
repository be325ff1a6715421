"""What certificates say to SASL: the binding of ours (RFC 5929 4), and the addresses in a client's."""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from gateway.mail.address import Address, BadAddress, parse_address

_SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
"""id-on-SmtpUTF8Mailbox (RFC 9598 3)."""
_UTF8_STRING: Final = 0x0C
_UNREADABLE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_TOO_WEAK: Final = frozenset({"md5", "sha1"})


def server_end_point(certificate: bytes) -> bytes:
    """`tls-server-end-point` of a certificate in DER: its hash, by the hash of its signature (RFC 5929 4.1).

    SHA-256 where the signature uses MD5 or SHA-1, and where it uses none of its own (Ed25519).
    """
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    weak = algorithm is None or algorithm.name in _TOO_WEAK
    return hashlib.new("sha256" if weak or algorithm is None else algorithm.name, certificate).digest()


def certificate_addresses(certificate: bytes) -> tuple[Address, ...]:
    """The addresses that a client's certificate (DER) is for: its rfc822Name and SmtpUTF8Mailbox (RFC 9598 3).

    What is no address is passed over, and so is a certificate that cannot be read: then there are none.
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except _UNREADABLE:
        return ()
    texts = [*names.get_values_for_type(x509.RFC822Name), *map(_mailbox, names.get_values_for_type(x509.OtherName))]
    return tuple(dict.fromkeys(address for address in map(_address, texts) if address is not None))


def _mailbox(name: x509.OtherName) -> str:
    """The text of a SmtpUTF8Mailbox; empty for any other kind. DER: a tag, a length of one to three octets, UTF-8."""
    value = name.value
    if name.type_id != _SMTP_UTF8_MAILBOX or len(value) < 2 or value[0] != _UTF8_STRING:
        return ""
    more = value[1] & 0x7F if value[1] & 0x80 else 0
    start = 2 + more
    length = int.from_bytes(value[2:start], "big") if more else value[1]
    if more > 2 or length != len(value) - start:
        return ""
    return value[start:].decode("utf-8", "replace")


def _address(text: str) -> Address | None:
    try:
        return parse_address(text) if "\ufffd" not in text else None
    except BadAddress:
        return None
