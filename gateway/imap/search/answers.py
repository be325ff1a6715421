"""Writes what a search has found: SEARCH and SORT, or ESEARCH with what the client asked for (RFC 9051 7.3.4)."""

from array import array
from collections.abc import Iterable
from typing import Final

from gateway.imap.output import Output
from gateway.imap.search.found import Found
from gateway.imap.wire.search_responses import as_set, flat, runs, scores
from gateway.imap.wire.search_returns import Option, Returns
from gateway.store.uids import UidSet

_EXTREMES: Final = frozenset({Option.MIN, Option.MAX})
_ITEMS: Final = _EXTREMES | {Option.ALL, Option.COUNT}


async def flat_response(output: Output, name: bytes, numbers: "array[int]", modseq: int | None) -> None:
    """`* SEARCH 2 84 882 (MODSEQ 917162500)` (RFC 3501 7.2.5, RFC 7162 3.1.6)."""
    output.write(b"* " + name)
    await _written(output, flat(numbers))
    output.write(b"\r\n" if modseq is None else b" (MODSEQ %d)\r\n" % modseq)


async def extended_response(output: Output, head: bytes, returns: Returns, found: Found, numbers: "array[int]") -> None:
    """`* ESEARCH (TAG "A282") MIN 2 COUNT 3`, without its end: MODSEQ may follow. `numbers`: what was found."""
    output.write(b"* " + head)
    if numbers:
        await _numbers(output, returns, numbers)
    if returns.partial is not None:
        low, high = returns.partial.of(len(numbers))
        output.write(b" PARTIAL (%b " % returns.partial.wire)
        await _written(output, as_set(numbers[low:high]) if low < high else (b"NIL",))
        output.write(b")")
    if Option.COUNT in returns:
        output.write(b" COUNT %d" % len(numbers))
    if Option.RELEVANCY in returns and numbers:
        ranks = await found.relevancy()
        low, high = returns.partial.of(len(ranks)) if returns.partial is not None else (0, len(ranks))
        if low < high:
            output.write(b" RELEVANCY " + scores(ranks[low:high]))


async def _numbers(output: Output, returns: Returns, numbers: "array[int]") -> None:
    if Option.MIN in returns:
        output.write(b" MIN %d" % numbers[0])
    if Option.MAX in returns:
        output.write(b" MAX %d" % numbers[-1])
    if Option.ALL in returns:
        output.write(b" ALL ")
        await _written(output, as_set(numbers))


async def _written(output: Output, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        output.write(piece)
        await output.breathe()


async def highest_modseq(found: Found, returns: Returns | None, uids: "array[int]") -> int | None:
    """What MODSEQ says of what is returned (RFC 7162 3.1.6, RFC 4731 3.2); None: nothing was found."""
    if not uids:
        return None
    if returns is None or not returns.options & _ITEMS <= _EXTREMES or not returns.options & _EXTREMES:
        return await found.highest_modseq()
    view = found.scope.view
    places = (view.find(uid) for uid in _extremes(returns, uids))
    return max(view.modseqs[at] for at in places if at is not None)


def saved(returns: Returns, uids: "array[int]") -> UidSet:
    """What `$` is after SAVE (RFC 9051 6.4.4.1, RFC 9394 3.2)."""
    if not uids or returns.options & {Option.ALL, Option.COUNT}:
        return _set(uids)
    if returns.partial is None and not returns.options & _EXTREMES:
        return _set(uids)
    some = UidSet.of(_extremes(returns, uids))
    if returns.partial is None:
        return some
    low, high = returns.partial.of(len(uids))
    return some | _set(uids[low:high])


def _extremes(returns: Returns, uids: "array[int]") -> list[int]:
    """What MIN and MAX return, where they are asked for."""
    first = uids[:1] if Option.MIN in returns else uids[:0]
    return [*first, *(uids[-1:] if Option.MAX in returns else ())]


def _set(uids: "array[int]") -> UidSet:
    return UidSet.ranges_of(pair for some in runs(uids) for pair in some)
