"""Encoded-words as text (RFC 2047; the language of RFC 2231 5). Never fails, in linear time.

ABNF, as read here::

    encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
    encoded-text = *( any octet but CR and LF; neither "?=" nor the beginning of another word )

Looser than the RFC, as readers are: words may stand beside other text, may hold blanks and `?`, and a character may be
cut between two words of the same charset. What cannot be decoded is text as it stands.
"""

import binascii
import re

from gateway.mime.charset import decode

_WORD = re.compile(r"=\?([^?*\s=]{1,64})(?:\*[^?\s]{0,64})?\?([bBqQ])\?((?:(?!\?=|=\?[^=?])[^\r\n])*+)\?=")
_BLANK = re.compile(r"\s*")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def decode_words(text: str) -> str:
    """Text with its encoded-words decoded; blanks between two words are dropped."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    run = _Run(pieces)
    at = 0
    for word in _WORD.finditer(text):
        between = text[at : word.start()]
        if not run.octets or not _BLANK.fullmatch(between):
            run.end()
            pieces.append(between)
        run.add(word[1].lower(), _octets(word[2], word[3]))
        at = word.end()
    run.end()
    pieces.append(text[at:])
    return "".join(pieces)


class _Run:
    """Neighbouring words of one charset: decoded together, since a character may lie in two of them."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._charset = ""
        self.octets: list[bytes] = []

    def add(self, charset: str, octets: bytes) -> None:
        if charset != self._charset:
            self.end()
            self._charset = charset
        self.octets.append(octets)

    def end(self) -> None:
        if self.octets:
            self._pieces.append(decode(b"".join(self.octets), self._charset))
            self.octets = []


def _octets(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return binascii.a2b_qp(raw, header=True) if encoding in "qQ" else base64_octets(raw)


def base64_octets(raw: bytes) -> bytes:
    """Base64, of which all is read that can be: other octets are skipped, padding may stand anywhere or lack."""
    clean = raw.translate(None, _NOT_BASE64).rstrip(b"=")
    if b"=" not in clean:
        return _run(clean)
    return b"".join([_run(run) for run in clean.split(b"=") if run])


def _run(run: bytes) -> bytes:
    whole = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
