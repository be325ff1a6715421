"""Asking issuers over HTTP: bounded in size, in time and in number, off the event loop."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus

import requests

from gateway.auth.config import Introspection
from gateway.auth.threads import BoundedThreads, Busy

THREADS: Final = 4
MAX_LINE: Final = 32
"""Questions that wait for a thread."""
MAX_OCTETS: Final = 256 * 1024
PATIENCE: Final = 5.0
"""Seconds for a connection, for each read, and for an answer as a whole."""


class Unreachable(Exception):
    """The issuer did not answer, or not as it should; the message says which, and holds no secret."""


class Web:
    """The threads that wait for issuers."""

    def __init__(self) -> None:
        self._threads = BoundedThreads(THREADS, MAX_LINE, "oauth")

    def close(self) -> None:
        """Questions under way are left alone."""
        self._threads.close(leave=True)

    async def document(self, place: str | Path) -> object:
        """JSON from a URL or a file. Raises Unreachable."""
        if isinstance(place, Path):
            return await self._ask(lambda: _from_file(place))
        return await self._ask(lambda: _asked("GET", place))

    async def introspect(self, at: Introspection, token: str) -> object:
        """What the issuer says about a token (RFC 7662 2.1, who we are by RFC 6749 2.3.1). Raises Unreachable."""
        form = {"token": token, "token_type_hint": "access_token"}
        who = (quote_plus(at.client), quote_plus(at.secret.value))
        return await self._ask(lambda: _asked("POST", at.url, form, who))

    async def _ask(self, question: Callable[[], object]) -> object:
        try:
            return await self._threads.run(question)
        except Busy:
            raise Unreachable("too many questions wait for an answer") from None


def _from_file(path: Path) -> object:
    try:
        with path.open("rb") as file:
            return _parsed(file.read(MAX_OCTETS + 1))
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}") from error


def _asked(method: str, url: str, form: Mapping[str, str] | None = None, who: tuple[str, str] | None = None) -> object:
    """Redirections are not followed: they could lead to where nothing protects the answer."""
    until = time.monotonic() + PATIENCE
    try:
        with requests.request(
            method, url, data=form, auth=who, timeout=PATIENCE, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != 200:
                raise Unreachable(f"{url} answers {response.status_code}")
            return _parsed(_body(response, until))
    except requests.RequestException as error:
        raise Unreachable(f"{url}: {type(error).__name__}") from None


def _body(response: requests.Response, until: float) -> bytes:
    body = bytearray()
    for piece in response.iter_content(16 * 1024):
        body += piece
        if len(body) > MAX_OCTETS or time.monotonic() > until:
            raise Unreachable("the answer is too long, or takes too long")
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body) if len(body) <= MAX_OCTETS else None
    except (ValueError, RecursionError):
        raise Unreachable("the answer is no JSON") from None
