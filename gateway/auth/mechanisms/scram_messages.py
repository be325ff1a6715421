r"""The messages of SCRAM and what is computed over them (RFC 5802 3 and 7). Pure.

ABNF, as read here::

    client-first = gs2-header bare
    gs2-header   = ( "n" / "y" / "p=" cb-name ) "," [ "a=" [ saslname ] ] ","    ; GNU SASL gives an empty one
    bare         = "n=" saslname "," "r=" printable *( "," extension )    ; "m=" in front: refused, as it has to be
    client-final = "c=" base64 "," "r=" printable *( "," extension ) "," "p=" base64
    saslname     = 1*( %x01-2B / %x2D-3C / %x3E-7F / UTF8-non-ascii / "=2C" / "=3D" )
    printable    = 1*( %x21-2B / %x2D-7E )
    extension    = ALPHA "=" 1*( any but NUL and "," )                    ; not "p="
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import ScramVerifier

_NAME: Final = r"(?:[^\0=,]|=2C|=3D)+"
_NONCE: Final = r"[\x21-\x2b\x2d-\x7e]+"
_EXTENSIONS: Final = r"(?:,[A-Za-oq-z]=[^\0,]+)*"
_BASE64: Final = r"[A-Za-z0-9+/]*={0,2}"
_GS2: Final = re.compile(rf"(?P<flag>[ny]|p=(?P<binding>[A-Za-z0-9.-]+)),(?:a=(?P<identity>(?:{_NAME})?))?,")
_BARE: Final = re.compile(rf"n=(?P<name>{_NAME}),r=(?P<nonce>{_NONCE}){_EXTENSIONS}")
_FINAL: Final = re.compile(
    rf"(?P<unproven>c=(?P<binding>{_BASE64}),r=(?P<nonce>{_NONCE}){_EXTENSIONS}),p=(?P<proof>{_BASE64})"
)


@dataclass(frozen=True, slots=True)
class Gs2Header:
    """The gs2-header (RFC 5801 4), which OAUTHBEARER has too (RFC 7628 3.1)."""

    text: str
    """As written, both commas included."""
    flag: str
    """`n`: no channel binding; `y`: the client could, and thinks that we cannot; `p`: with channel binding."""
    binding: str
    """The type of the channel binding; empty but for `p`."""
    identity: str
    """The authzid; empty where the client gives none."""


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """What the client says first. `bare`: its message without the header."""

    header: Gs2Header
    bare: str
    name: str
    nonce: str


@dataclass(frozen=True, slots=True)
class ClientFinal:
    """What the client says last. `unproven`: its message without the proof."""

    unproven: str
    binding: bytes
    nonce: str
    proof: bytes


def read_header(text: str) -> Gs2Header | None:
    """The header at the beginning of the text; None: there is none."""
    found = _GS2.match(text)
    if found is None:
        return None
    return Gs2Header(found[0], found["flag"][0], found["binding"] or "", _plain(found["identity"] or ""))


def read_first(text: str) -> ClientFirst | None:
    """None where the text is no such message."""
    header = read_header(text)
    bare = _BARE.fullmatch(text, len(header.text)) if header else None
    if header is None or bare is None:
        return None
    return ClientFirst(header, bare[0], _plain(bare["name"]), bare["nonce"])


def read_final(text: str) -> ClientFinal | None:
    """None where the text is no such message."""
    found = _FINAL.fullmatch(text)
    if found is None:
        return None
    try:
        binding, proof = (base64.b64decode(found[name], validate=True) for name in ("binding", "proof"))
    except binascii.Error:
        return None
    return ClientFinal(found["unproven"], binding, found["nonce"], proof)


def server_first(nonce: str, verifier: ScramVerifier) -> str:
    """`nonce`: the client's and our own."""
    return f"r={nonce},s={_encoded(verifier.salt)},i={verifier.iterations}"


def server_final(verifier: ScramVerifier, transcript: bytes) -> bytes:
    """What proves to the client that we know its password's verifier."""
    return b"v=" + _encoded(hmac.digest(verifier.server_key, transcript, verifier.hash.value)).encode()


def proven(candidates: Sequence[ScramVerifier], transcript: bytes, proof: bytes) -> ScramVerifier | None:
    """The candidate that the proof is of. All are tried, so that the time does not tell which."""
    found = [one for one in candidates if _proves(one, transcript, proof)]
    return found[0] if found else None


def _proves(verifier: ScramVerifier, transcript: bytes, proof: bytes) -> bool:
    """H(proof XOR HMAC(StoredKey, AuthMessage)) = StoredKey (RFC 5802 3)."""
    signature = hmac.digest(verifier.stored_key, transcript, verifier.hash.value)
    if len(proof) != len(signature):
        return False
    client_key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
    return hmac.compare_digest(hashlib.new(verifier.hash.value, client_key).digest(), verifier.stored_key)


def _plain(saslname: str) -> str:
    return saslname.replace("=2C", ",").replace("=3D", "=")


def _encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
