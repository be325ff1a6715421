"""SEARCH and SORT, from the arguments to the completion (RFC 9051 6.4.4, RFC 5256 3, RFC 5267 3)."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.imap import condstore
from gateway.imap.limits import limited
from gateway.imap.news import freshen
from gateway.imap.search import answers
from gateway.imap.search.contexts import Context, State, Updates
from gateway.imap.search.filters import without_filters
from gateway.imap.search.found import Found
from gateway.imap.search.ground import Ground
from gateway.imap.search.narrowing import narrowed
from gateway.imap.search.work import found_by, in_a_task, waiting
from gateway.imap.session import UIDONLY, UTF8, Session
from gateway.imap.wire.completion import Completion, Refusal, Status, bad, ok, refused
from gateway.imap.wire.search import BAD_CHARSET, Program
from gateway.imap.wire.search_keys import Key, ModSeqFrom, Numbered, is_fuzzy, leaves
from gateway.imap.wire.search_responses import head, no_update
from gateway.imap.wire.search_returns import EVERYTHING, Option, Returns
from gateway.mailbox.sort.criteria import By, ByRelevance, Criterion
from gateway.mailbox.sort.run import sort
from gateway.store.uids import UidSet

_NEED_UIDS: Final = frozenset({Option.SAVE, Option.UPDATE})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked for."""

    program: Program
    returns: Returns | None
    """None: a response of the old form."""
    uid: bool
    """It is answered with UIDs."""
    name: bytes = b"SEARCH"
    """Of the response of the old form."""
    criteria: Sequence[Criterion] | None = None
    """By what it is sorted; None: not at all."""

    def has(self, option: Option) -> bool:
        """RETURN names it."""
        return self.returns is not None and option in self.returns


async def answered(session: Session, asked: Asked) -> Completion:
    """Raises Refusal, StoreUnavailable."""
    selected = session.mailbox
    _check(session, asked)
    before = selected.saved
    if asked.has(Option.SAVE):
        # A NO leaves it empty (RFC 9051 6.4.4.1).
        selected.saved = UidSet()
    await in_a_task()
    await freshen(session)
    key = await understood_or_restored(session, asked.program, before)
    view = selected.view
    with view.pinned(), waiting(session) as wait:
        state = State.of(view)
        ground = Ground(selected.located.mail, view, selected.recent, before, session.service.clock())
        counts = asked.criteria is None and not asked.has(Option.UPDATE)
        query, lowest = narrowed(session, ground, key) if counts else (ground.query(key), None)
        scope = wait.scope(ground)
        async with wait.limited():
            result = await found_by(scope, query)
            order = None if asked.criteria is None else await sort(scope, result, asked.criteria)
        found = Found(view, scope, result, order)
        settled = ground.settled(key) if asked.has(Option.UPDATE) else key
        uids = await _written(session, asked, found, modseq=asks_modseq(key))
    if asked.has(Option.SAVE):
        selected.saved = answers.saved(asked.returns or EVERYTHING, uids)
    if not asked.has(Option.UPDATE):
        return limited(session, lowest, ok("these were found"))
    criteria = None if asked.criteria is None else tuple(each for each in asked.criteria if isinstance(each, By))
    begin, items = head(session.tag, uid=asked.uid), asked.returns.items if asked.returns is not None else ()
    context = Context(session.tag, begin, asked.uid, ground, settled, criteria, uids, state, items)
    if criteria is not None and asked.criteria is not None and len(criteria) < len(asked.criteria):
        session.output.untagged(no_update(session.tag, b"relevance is not kept up to date"))
        return ok("these were found; changes will not be told")
    return keep(session, context)


async def understood(session: Session, program: Program) -> Key:
    """Without filters. Raises Refusal: charset, filters, message numbers under UIDONLY."""
    if UTF8 in session.enabled and not program.utf8:
        raise Refusal(bad("you enabled UTF8=ACCEPT: texts are in UTF-8 (RFC 9755 3)"))
    if program.charset:
        raise refused("this charset is not known here: use UTF-8", BAD_CHARSET)
    key = await without_filters(session.mail, program.key)
    if asks_modseq(key):
        condstore.aware(session)
    session.numbered = any(isinstance(leaf, Numbered) and not leaf.numbers.saved for leaf in leaves(key))
    if session.numbered and UIDONLY in session.enabled:
        raise Refusal(bad("with UIDONLY, messages have no numbers: use UID", b"UIDREQUIRED"))
    return key


async def understood_or_restored(session: Session, program: Program, saved: UidSet) -> Key:
    """Likewise, of a search that may have emptied `$`: after a BAD it is what it was (RFC 9051 6.4.4.1)."""
    try:
        return await understood(session, program)
    except Refusal as error:
        if error.completion.status is Status.BAD and session.selected is not None:
            session.selected.saved = saved
        raise


def check_relevancy(program: Program, returns: Returns | None, criteria: Sequence[Criterion] | None = None) -> None:
    """Raises Refusal: relevance is that of FUZZY (RFC 6203 4, 6)."""
    asks = returns is not None and Option.RELEVANCY in returns
    sorts = criteria is not None and any(isinstance(each, ByRelevance) for each in criteria)
    if (asks or sorts) and not is_fuzzy(program.key):
        raise Refusal(bad("RELEVANCY is only known of FUZZY keys (RFC 6203 4)"))


def _check(session: Session, asked: Asked) -> None:
    check_relevancy(asked.program, asked.returns, asked.criteria)
    if asked.has(Option.UPDATE):
        check_tag(session)


def check_tag(session: Session) -> None:
    """Raises Refusal: another search that is kept up to date has it (RFC 5267 4.3)."""
    contexts = session.mailbox.contexts
    if isinstance(contexts, Updates) and session.tag in contexts:
        raise Refusal(bad("a search with UPDATE has this tag already: use another, or CANCELUPDATE"))


def asks_modseq(key: Key) -> bool:
    """MODSEQ is somewhere in it: then it is answered, too (RFC 7162 3.1.6)."""
    return any(isinstance(leaf, ModSeqFrom) for leaf in leaves(key))


async def _written(session: Session, asked: Asked, found: Found, *, modseq: bool) -> "array[int]":
    """Answer. The UIDs of what was found, where they are needed (else there may be none)."""
    output, returns = session.output, asked.returns
    needs = asked.uid or modseq or (returns is not None and bool(returns.options & _NEED_UIDS))
    uids = await found.uids() if needs else array("I")
    numbers = uids if asked.uid else await found.numbers()
    highest = await answers.highest_modseq(found, returns, uids) if modseq else None
    if returns is None:
        await answers.flat_response(output, asked.name, numbers, highest)
    elif not returns.silent:
        await answers.extended_response(output, head(session.tag, uid=asked.uid), returns, found, numbers)
        output.write(b"\r\n" if highest is None else b" MODSEQ %d\r\n" % highest)
    return uids


def keep(session: Session, context: Context) -> Completion:
    """The client is told of changes from now on, unless there are too many contexts already."""
    selected = session.mailbox
    updates = selected.contexts if isinstance(selected.contexts, Updates) else Updates(session)
    selected.contexts = updates
    if updates.add(context):
        return ok("these were found; changes will be told")
    session.output.untagged(no_update(session.tag, b"too many searches are kept up to date: CANCELUPDATE one"))
    return ok("these were found; changes will not be told")
