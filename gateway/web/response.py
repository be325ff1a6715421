"""What an HTTP/1.1 client is answered (RFC 9112 4)."""

from dataclasses import dataclass
from typing import Final

_TEXT: Final = "text/plain; charset=utf-8"
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Response:
    """A status, a body, and its type."""

    status: int
    body: bytes
    content_type: str = _TEXT

    def wire(self, *, with_body: bool = True) -> bytes:
        """As sent; HEAD gets no body."""
        allow = "Allow: GET, HEAD\r\n" if self.status == 405 else ""
        head = (
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\nCache-Control: no-store\r\n{allow}Connection: close\r\n\r\n"
        )
        return head.encode("ascii") + (self.body if with_body else b"")
