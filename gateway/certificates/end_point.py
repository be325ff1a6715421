"""The channel binding `tls-server-end-point` (RFC 5929 4.1): a digest of the certificate that a server shows.

The digest is that of the certificate's signature; SHA-256 in place of MD5 and SHA-1, and where the signature has none.
"""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_WEAK: Final = ("md5", "sha1")


def server_end_point(der: bytes) -> bytes:
    """The binding of a certificate."""
    try:
        algorithm = x509.load_der_x509_certificate(der).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    name = algorithm.name if algorithm is not None else "sha256"
    return hashlib.new("sha256" if name in _WEAK else name, der).digest()
