"""The pages for programs that watch: `/metrics`, `/healthz`, `/readyz` (and `/`, which names them)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from gateway.telemetry.logs import get_logger
from gateway.telemetry.page import CONTENT_TYPE
from gateway.web.readiness import Check
from gateway.web.request import Request

_TEXT: Final = "text/plain; charset=utf-8"
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}

log = get_logger("metrics-listener")


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


class MetricsPages:
    """`collect` gives the metrics page and runs in a thread; `check` is asked by `/readyz`."""

    def __init__(self, collect: Callable[[], bytes], check: Check) -> None:
        self._collect = collect
        self._check = check
        self._pages: dict[str, Callable[[], Awaitable[Response]]] = {
            "/": self._index,
            "/metrics": self._metrics,
            "/healthz": self._health,
            "/readyz": self._readiness,
        }

    async def answer(self, request: Request) -> Response:
        """The response to a request."""
        if request.method not in ("GET", "HEAD"):
            return Response(405, b"only GET and HEAD\n")
        found = self._pages.get(request.path)
        return await found() if found else Response(404, b"there are /metrics, /healthz and /readyz\n")

    async def _index(self) -> Response:
        return Response(200, b"/metrics\n/healthz\n/readyz\n")

    async def _health(self) -> Response:
        return Response(200, b"ok\n")

    async def _readiness(self) -> Response:
        state = await self._check()
        if state.ready:
            return Response(200, b"ready\n")
        return Response(503, "".join(f"{trouble}\n" for trouble in state.trouble).encode())

    async def _metrics(self) -> Response:
        try:
            return Response(200, await asyncio.to_thread(self._collect), CONTENT_TYPE)
        except (OSError, ValueError, RuntimeError) as error:
            log.warning("metrics cannot be read", error=str(error))
            return Response(503, b"the metrics cannot be read now\n")
