"""Reads messages to see what they say, a few at a time in a thread."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from gateway.mail.octets import OctetSource
from gateway.mailbox import masks
from gateway.mailbox.bench import at_bench
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.search.words import Test
from gateway.store.errors import StoreUnavailable

AT_A_TIME: Final = 16
"""Messages of which the octets are in memory at one time."""


async def look_at(scope: Scope, within: Mask, test: Test) -> Mask:
    """Those whose text passes. Raises StoreUnavailable."""
    search_text = scope.reading.search_text
    return await look_at_octets(scope, within, lambda octets: test(search_text(octets)))


async def look_at_octets(scope: Scope, within: Mask, test: Callable[[OctetSource], bool]) -> Mask:
    """Those whose octets pass."""
    found: list[int] = []
    places = await masks.positions(within, scope.stop)
    scope.to_look_at += len(places)
    for start in range(0, len(places), AT_A_TIME):
        some = places[start : start + AT_A_TIME]
        octets = await scope.mail.emails.octets(scope.emails(some))
        passed = await at_bench(scope.mail.account, partial(_passed, octets, test))
        found += (at for at, passes in zip(some, passed, strict=True) if passes)
        scope.looked_at += len(some)
    return masks.of_positions(found, scope.stop)


def _passed(octets: Sequence[OctetSource | None], test: Callable[[OctetSource], bool]) -> list[bool]:
    try:
        return [source is not None and test(source) for source in octets]
    except OSError as error:
        raise StoreUnavailable(f"a message cannot be read: {error}") from error
