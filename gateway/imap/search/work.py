"""Searches for a client that waits: they have a limit of time, it is told that they go on (INPROGRESS, RFC 9585), and
they end when it is gone. What took long is explained in the log, at debug alone: there are users' words in it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from gateway.imap.search.ground import Ground
from gateway.imap.session import Session
from gateway.imap.wire.completion import refused
from gateway.imap.wire.search_responses import in_progress
from gateway.mail.units import Seconds
from gateway.mailbox.reading import SummaryReading
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.run import Result, explained, search
from gateway.mailbox.search.scope import Scope

_LOOK: Final = 1.0
"""Seconds between looks whether the client is still there."""
TELL: Final = 10
"""Looks from one INPROGRESS to the next."""
_UNLIMITED: Final = Seconds(7 * 24 * 3600)
"""The command has a limit, its searches have none of their own."""

log = logging.getLogger(__name__)


class Waiting:
    """Of one command. Made by `waiting`."""

    def __init__(self, session: Session, mailboxes: int) -> None:
        config = session.service.config
        loop = asyncio.get_running_loop()
        self._session = session
        self._mailboxes = mailboxes
        self._scopes: list[Scope] = []
        self._limit = config.search
        self._slow = config.slow_search
        self._clock = loop.time
        self._begun = loop.time()
        self._working = False
        self._task = asyncio.current_task()
        self._looks = 0
        self._timer = loop.call_later(_LOOK, self._look)

    def scope(self, ground: Ground) -> Scope:
        """All that the session counts of one more mailbox."""
        scope = Scope(ground.mail, ground.view.view, ground.view.upto, SummaryReading())
        self._scopes.append(scope)
        return scope

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Around work that writes nothing. Raises Refusal (NO [LIMIT]) when the time of the command is over."""
        self._working = True
        try:
            async with asyncio.timeout_at(self._begun + self._limit):
                yield
        except TimeoutError as error:
            text = f"the search took longer than {self._limit:g} s: narrow it down, by dates or flags"
            raise refused(text, b"LIMIT") from error
        finally:
            self._working = False

    def end(self) -> None:
        """Nobody waits any more."""
        self._timer.cancel()
        took = self._clock() - self._begun
        if took > self._slow and log.isEnabledFor(logging.DEBUG):
            for scope in self._scopes:
                log.debug("of a search that took %.1f s: %s", took, explained(scope.steps))

    def _look(self) -> None:
        if self._session.closing and self._task is not None:
            self._task.cancel()
            return
        self._looks += 1
        if self._looks >= TELL and self._working:
            self._looks = 0
            self._session.output.untagged(in_progress(self._session.tag, *self._progress))
            self._session.output.flush()
        self._timer = asyncio.get_running_loop().call_later(_LOOK, self._look)

    @property
    def _progress(self) -> tuple[int, int]:
        if self._mailboxes > 1:
            return len(self._scopes) - 1, self._mailboxes
        return (self._scopes[0].looked_at, self._scopes[0].to_look_at) if self._scopes else (0, 0)


@contextmanager
def waiting(session: Session, mailboxes: int = 1) -> Iterator[Waiting]:
    """In a task: see `in_a_task`."""
    wait = Waiting(session, mailboxes)
    try:
        yield wait
    finally:
        wait.end()


async def found_by(scope: Scope, query: Query) -> Result:
    """To be called inside `view.pinned` and `Waiting.limited`. Raises StoreUnavailable."""
    return await search(scope, query, _UNLIMITED)


async def in_a_task() -> None:
    """What is awaited after this runs in a task (`gateway.listen.eager`), which limits of time need."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)
