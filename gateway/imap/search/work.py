"""Carries out a search for a session: in time, told of while it lasts, and ended where nobody waits for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from gateway.imap.search.ground import Ground
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal, refused
from gateway.imap.wire.search_responses import in_progress
from gateway.mail.units import Seconds
from gateway.mailbox.reading import SummaryReading
from gateway.mailbox.search.errors import SearchTookTooLong
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.run import Result, explained, search
from gateway.mailbox.search.scope import Scope

_LOOK: Final = 1.0
"""Seconds between looks whether the client is still there."""
TELL: Final = 10
"""Looks between two INPROGRESS: RFC 9585 wants no more of them."""

log = logging.getLogger(__name__)


def scope_of(ground: Ground) -> Scope:
    """All that the session counts."""
    return Scope(ground.mail, ground.view.view, ground.view.upto, SummaryReading())


async def found_by(session: Session, scope: Scope, query: Query) -> Result:
    """To be called inside `view.pinned`, in a task. Raises Refusal (NO [LIMIT]), StoreUnavailable."""
    config = session.service.config
    clock = asyncio.get_running_loop().time
    begun = clock()
    try:
        with watched(session, scope):
            result = await search(scope, query, config.search)
    except SearchTookTooLong as error:
        log.debug("%s", error)
        raise _too_long(config.search) from error
    took = clock() - begun
    if took > config.slow_search:
        log.debug("a search took %.1f s: %s", took, explained(result.steps))
    return result


@asynccontextmanager
async def limited(session: Session, scope: Scope) -> AsyncIterator[None]:
    """Around what is made of a result: the same time again. Raises Refusal (NO [LIMIT])."""
    limit = session.service.config.search
    with watched(session, scope):
        try:
            async with asyncio.timeout(limit):
                yield
        except TimeoutError as error:
            raise _too_long(limit) from error


def _too_long(limit: Seconds) -> Refusal:
    log.info("a search was ended after %g s", limit)
    return refused(f"the search took longer than {limit:g} s: narrow it down, by dates or flags", b"LIMIT")


@contextmanager
def watched(session: Session, scope: Scope) -> Iterator[None]:
    """Around work for a client that waits, which writes nothing itself. Its task is ended when the client is gone."""
    watch = _Watch(session, scope)
    try:
        yield
    finally:
        watch.end()


class _Watch:
    """Looks now and then."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._task = asyncio.current_task()
        self._looks = 0
        self._handle = asyncio.get_running_loop().call_later(_LOOK, self._look)

    def end(self) -> None:
        """Nobody waits any more."""
        self._handle.cancel()

    def _look(self) -> None:
        if self._session.closing and self._task is not None:
            self._task.cancel()
            return
        self._looks += 1
        if not self._looks % TELL:
            scope, output = self._scope, self._session.output
            output.untagged(in_progress(self._session.tag, scope.looked_at, scope.to_look_at))
            output.flush()
        self._handle = asyncio.get_running_loop().call_later(_LOOK, self._look)


async def in_a_task() -> None:
    """What is awaited after this runs in a task (`gateway.listen.eager`), which time limits need."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)
