"""Bodies without their content-transfer-encoding (RFC 2045 6.7 and 6.8). Never fails; a body may be cut anywhere."""

import binascii

from gateway.mime.encoded_word import base64_octets


def decoded_octets(body: bytes, encoding: str) -> bytes:
    """The octets that a body, or its beginning, stands for. An unknown encoding is none (RFC 2045 6.4)."""
    match encoding:
        case "quoted-printable":
            return binascii.a2b_qp(body)
        case "base64":
            return base64_octets(body)
        case _:
            return body
