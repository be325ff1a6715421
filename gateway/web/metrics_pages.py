"""The pages for programs that watch: `/metrics`, `/healthz`, `/readyz` (and `/`, which names them)."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway.telemetry.logs import get_logger
from gateway.telemetry.page import CONTENT_TYPE
from gateway.web.readiness import Check
from gateway.web.request import Request
from gateway.web.response import Response

log = get_logger("metrics-listener")


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
