"""SORT and UID SORT (RFC 5256 3, RFC 5957, RFC 6203 6, RFC 5267 3)."""

from typing import Final

from gateway.imap.registry import Capability, Extension, News, When, command, logged_in
from gateway.imap.search.asked import Asked, answered
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion
from gateway.imap.wire.sort import SortArguments, SortBy, SortKey, sort_arguments
from gateway.mailbox.sort.criteria import By, ByRelevance, Criterion, Key


async def _sort(session: Session, arguments: SortArguments) -> Completion:
    return await answered(session, _asked(arguments, uid=False))


async def _uid_sort(session: Session, arguments: SortArguments) -> Completion:
    return await answered(session, _asked(arguments, uid=True))


def _asked(arguments: SortArguments, *, uid: bool) -> Asked:
    criteria = tuple(map(_criterion, arguments.criteria))
    return Asked(arguments.program, arguments.returns, uid, b"SORT", criteria)


def _criterion(by: SortBy) -> Criterion:
    return ByRelevance(by.reverse) if by.key is SortKey.RELEVANCY else By(Key[by.key.name], by.reverse)


EXTENSION: Final = Extension(
    commands=(
        command("SORT", sort_arguments, _sort, When.SELECTED, News.NO_EXPUNGES),
        command("UID SORT", sort_arguments, _uid_sort, When.SELECTED),
    ),
    capabilities=(
        Capability("SORT", logged_in, brings=("SORT", "UID SORT")),
        *(Capability(name, logged_in) for name in ("SORT=DISPLAY", "ESORT", "CONTEXT=SORT")),
    ),
)
