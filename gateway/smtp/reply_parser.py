r"""Replies of a remote server, read from octets as they arrive (RFC 5321 4.2).

ABNF, as read here::

    Reply       = *( code "-" [ text ] EOL ) code [ SP [ text ] ] EOL
    code        = %x32-35 2DIGIT
    text        = [ enhanced SP ] *OCTET            ; enhanced: RFC 2034, of the same class as the code
    EOL         = [ CR ] LF                         ; a bare LF is forgiven: nothing can be smuggled in a reply

The enhanced code is taken from the first line and cut from every line that repeats it. Where the lines of a reply
disagree about the code, the last one holds, for it is the one that ends the reply.
"""

import functools
from typing import Final

from gateway.mail.codes import EnhancedCode
from gateway.mail.reply import Reply
from gateway.smtp.errors import ProtocolError

MAX_LINE: Final = 2048
"""Octets kept of a line; RFC 5321 4.5.3.1.5 has 512. What is beyond is dropped."""

MAX_LINES: Final = 100
"""Lines of one reply; more are a ProtocolError."""

_PROTOCOL_STATUS = EnhancedCode(4, 5, 0)


class ReplyParser:
    """Feed it what the socket gives; it returns the replies that are complete, at any chunking the same."""

    __slots__ = ("_lines", "_overlong", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._overlong = False
        self._lines: list[bytes] = []

    @property
    def pending(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._tail or self._lines or self._overlong)

    def feed(self, data: bytes) -> list[Reply]:
        """Read more octets. Raises ProtocolError for what is no reply; the parser is of no use after that."""
        if self._overlong or len(self._tail) + len(data) > MAX_LINE:
            lines = self._bounded_lines(data)
        else:
            *lines, self._tail = (self._tail + data).split(b"\n")
        replies: list[Reply] = []
        for line in lines:
            self._line(line, replies)
        return replies

    def _bounded_lines(self, data: bytes) -> list[bytes]:
        """The complete lines, none longer than MAX_LINE; the state of a line that goes on is kept in two fields."""
        lines: list[bytes] = []
        *ended, tail = data.split(b"\n")
        for piece in ended:
            lines.append((self._tail + piece)[:MAX_LINE])
            self._tail = b""
            self._overlong = False
        self._tail = (self._tail + tail[:MAX_LINE])[:MAX_LINE]
        self._overlong = len(self._tail) == MAX_LINE
        return lines

    def _line(self, line: bytes, replies: list[Reply]) -> None:
        line = line.removesuffix(b"\r")
        if line[3:4] == b"-":
            if len(self._lines) >= MAX_LINES - 1:
                raise _malformed(f"a reply of more than {MAX_LINES} lines")
            self._lines.append(line)
        elif self._lines:
            replies.append(_reply((*self._lines, line)))
            self._lines.clear()
        else:
            replies.append(_short(line) if len(line) < 64 else _reply((line,)))


def _malformed(what: str) -> ProtocolError:
    return ProtocolError(Reply(451, _PROTOCOL_STATUS, (f"the server does not speak SMTP: {what}",)))


@functools.lru_cache(maxsize=512)
def _short(line: bytes) -> Reply:
    """One-line replies: a busy session hears the same few again and again."""
    return _reply((line,))


def _reply(raw: tuple[bytes, ...]) -> Reply:
    code = [_code(line) for line in raw][-1]
    texts = [line[4:].decode("utf-8", "replace") for line in raw]
    status = _enhanced(texts[0], code)
    if status is None:
        return Reply(code, None, tuple(texts))
    written = texts[0].partition(" ")[0]
    return Reply(code, status, tuple(_without(written, text) for text in texts))


def _code(line: bytes) -> int:
    digits = line[:3]
    if len(digits) < 3 or not digits.isdigit() or line[:1] not in b"2345" or line[3:4] not in (b"", b" ", b"-"):
        raise _malformed(f"{line[:80].decode('ascii', 'backslashreplace')!r} is no reply")
    return int(digits)


def _enhanced(text: str, code: int) -> EnhancedCode | None:
    word = text.partition(" ")[0]
    status = EnhancedCode.parse(word) if len(word) <= 11 else None
    return status if status is not None and status.klass == code // 100 else None


def _without(status: str, text: str) -> str:
    if text == status:
        return ""
    return text[len(status) + 1 :] if text.startswith(f"{status} ") else text
