"""The pages of an HTTP listener: answers to http-01 challenges (RFC 8555 8.3). Webmail is not among them yet."""

from collections.abc import Callable
from typing import Final

from gateway.web.request import Request
from gateway.web.response import Response

PREFIX: Final = "/.well-known/acme-challenge/"

_NOT_HERE: Final = b"Nothing to see here yet: this mail gateway has no webmail so far.\n"


class HttpPages:
    """`challenge` knows what to answer about a token; None: nothing."""

    def __init__(self, challenge: Callable[[str], bytes | None]) -> None:
        self._challenge = challenge

    async def answer(self, request: Request) -> Response:
        """The response to a request."""
        if request.method not in ("GET", "HEAD"):
            return Response(405, b"only GET and HEAD\n")
        if request.path.startswith(PREFIX):
            found = self._challenge(request.path.removeprefix(PREFIX))
            if found is not None:
                return Response(200, found, "application/octet-stream")
        return Response(404, _NOT_HERE)
