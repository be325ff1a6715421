"""TLS contexts for servers: TLS 1.2 and up, forward secrecy and authenticated encryption alone (RFC 9325 4.2)."""

import os
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Final

from gateway.certificates.pair import BadCertificate, Pair
from gateway.certificates.self_signed import self_signed

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; all of TLS 1.3's are good."""


def bare_context() -> ssl.SSLContext:
    """Without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def context_with(pair: Pair, client_ca: str | None = None) -> ssl.SSLContext:
    """Shows a certificate. `client_ca`: PEM of the authorities whose certificates clients may show us.

    Raises BadCertificate.
    """
    context = bare_context()
    try:
        load(context, pair.key + pair.chain)
        if client_ca is not None:
            context.load_verify_locations(cadata=client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{', '.join(pair.names)}: {error}") from error
    return context


if sys.platform == "linux":

    def load(context: ssl.SSLContext, pem: bytes) -> None:
        """Take key and certificates over from memory; the library only reads files. Raises OSError."""
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, pem)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)

else:

    def load(context: ssl.SSLContext, pem: bytes) -> None:
        """Take key and certificates over by a file that only we can read. Raises OSError."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(file.name)


def self_signed_context(hostname: str) -> ssl.SSLContext:
    """A server's context with a certificate that nobody else has, kept nowhere."""
    context = bare_context()
    certificate, key = self_signed(hostname)
    load(context, key + certificate)
    return context


def check_authorities(path: Path, pem: bytes) -> str:
    """The text of a file with certificate authorities. Raises BadCertificate."""
    try:
        text = pem.decode("ascii")
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=text)
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{path}: no certificates of authorities: {error}") from error
    return text
