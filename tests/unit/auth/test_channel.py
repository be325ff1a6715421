"""What certificates say to SASL: `tls-server-end-point` (RFC 5929 4.1) and the addresses of a client (RFC 9598)."""

import datetime
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from scramp.core import CBindData

from gateway.auth.channel import certificate_addresses, server_end_point

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()
MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
BY_SCRAMP: Callable[[bytes], Any] = CBindData.from_der


def _certificate(
    *names: x509.GeneralName, key: Any = EC, algorithm: Any = None, pss: padding.PSS | None = None
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "al")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, START, START + datetime.timedelta(days=1))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if pss is not None:
        return builder.sign(key, algorithm, rsa_padding=pss).public_bytes(Encoding.DER)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def _other(value: bytes, kind: x509.ObjectIdentifier = MAILBOX) -> x509.OtherName:
    return x509.OtherName(kind, value)


def _utf8(text: str) -> bytes:
    octets = text.encode()
    size = bytes([len(octets)]) if len(octets) < 128 else b"\x81" + bytes([len(octets)])
    return b"\x0c" + size + octets


@pytest.mark.parametrize(
    ("key", "algorithm", "expected"),
    [
        (EC, hashes.SHA256(), "sha256"),
        (EC, hashes.SHA384(), "sha384"),
        (RSA, hashes.SHA512(), "sha512"),
        (RSA, hashes.SHA224(), "sha224"),
    ],
)
def test_server_end_point(key, algorithm, expected):
    der = _certificate(key=key, algorithm=algorithm)
    assert server_end_point(der) == hashlib.new(expected, der).digest()
    assert server_end_point(der) == bytes(BY_SCRAMP(der))


def test_server_end_point_of_a_signature_with_parameters():
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
    der = _certificate(key=RSA, algorithm=hashes.SHA384(), pss=pss)
    assert server_end_point(der) == hashlib.sha384(der).digest()


def test_server_end_point_where_the_signature_has_no_hash():
    der = _certificate(key=ED)
    assert server_end_point(der) == hashlib.sha256(der).digest()


def _addresses(*names: x509.GeneralName) -> list[str]:
    return [str(address) for address in certificate_addresses(_certificate(*names, algorithm=hashes.SHA256()))]


def test_addresses_of_both_kinds():
    long = f"{'ü' * 60}@bücher.example"
    assert _addresses(
        x509.RFC822Name("al@home.example"),
        x509.DNSName("home.example"),
        _other(_utf8("jörg@xn--bcher-kva.example")),
        x509.RFC822Name("al@home.example"),
        _other(_utf8(long)),
    ) == ["al@home.example", "jörg@bücher.example", long]


@pytest.mark.parametrize(
    "name",
    [
        x509.RFC822Name("home.example"),
        x509.RFC822Name("al"),
        x509.DNSName("home.example"),
        _other(_utf8("jörg@bücher.example"), x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")),
        _other(b"\x16\x0fal@home.example"),
        _other(b"\x0c\x05a@b\xffc"),
        _other(_utf8("no address")),
        _other(b"\x0c\x00"),
    ],
)
def test_what_is_no_address_is_passed_over(name):
    assert _addresses(name, x509.RFC822Name("al@home.example")) == ["al@home.example"]


def test_a_certificate_without_addresses():
    assert _addresses() == []


@given(st.binary(max_size=300))
def test_what_is_no_certificate(der):
    assert certificate_addresses(der) == ()


WHOLE = _certificate(x509.RFC822Name("al@home.example"), _other(_utf8("ü@b.example")), algorithm=hashes.SHA256())


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=1000, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_certificate_with_a_changed_octet(place, octet):
    certificate_addresses(WHOLE[:place] + bytes([octet]) + WHOLE[place + 1 :])
