"""The first lines of an HTTP/1 request, as far as three pages without parameters need them (RFC 9112 3).

    request-line = method SP request-target SP HTTP-version CRLF

The connection is closed after each response, so nothing behind the header is ever read, and nothing can be smuggled.
"""

import re
from dataclasses import dataclass

MAX_HEAD = 8192
"""Octets of request line and header fields."""

_LINE = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.[01]\r?\n")


class BadRequest(ValueError):
    """It is not HTTP/1; the message is for the client."""


@dataclass(frozen=True, slots=True)
class Request:
    """Method and path; the query is left out."""

    method: str
    path: str


def parse_request(head: bytes) -> Request:
    """Read the request line. Raises BadRequest."""
    found = _LINE.match(head)
    if not found:
        raise BadRequest("this is an HTTP/1.1 server for GET requests")
    return Request(found[1].decode("ascii"), found[2].decode("ascii").partition("?")[0])
