"""The end of DATA and its dots (RFC 5321 4.5.2), for any chunking of the octets."""

import re
from typing import Final

BARE: Final = re.compile(rb"\r(?=[^\n])|(?<!\r)\n|\x00")
"""A CR or LF that does not stand beside the other, or a NUL."""

_END = b"\r\n.\r\n"


class DotReader:
    """Takes octets of DATA; gives the message's. `rest` is not None once the end was seen: what follows it."""

    def __init__(self) -> None:
        self.rest: bytes | None = None
        self._held = b"\r\n"
        self._skip = 2

    def feed(self, data: bytes) -> bytes:
        """The octets of the message that are certain by now."""
        text = self._held + data
        end = text.find(_END)
        if end >= 0:
            self.rest = text[end + 5 :]
            return self._unstuffed(text[: end + 2])
        hold = next((n for n in (4, 3, 2, 1) if text.endswith(_END[:n])), 0)
        self._held = text[len(text) - hold :]
        return self._unstuffed(text[: len(text) - hold])

    def _unstuffed(self, text: bytes) -> bytes:
        plain = text.replace(b"\r\n.", b"\r\n")
        skipped = plain[self._skip :]
        self._skip = max(0, self._skip - len(plain))
        return skipped
