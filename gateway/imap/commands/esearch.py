"""ESEARCH: a search in many mailboxes at once (MULTISEARCH, RFC 7377)."""

from array import array
from typing import Final

from gateway.imap.access import Located
from gateway.imap.news import freshen
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.search import answers
from gateway.imap.search.asked import asks_modseq, check_relevancy, check_tag, keep, understood_or_restored
from gateway.imap.search.contexts import Context, State
from gateway.imap.search.found import Found
from gateway.imap.search.ground import Ground
from gateway.imap.search.sources import located
from gateway.imap.search.work import Waiting, found_by, in_a_task, waiting
from gateway.imap.session import Session
from gateway.imap.wire import strings
from gateway.imap.wire.completion import Completion, Refusal, bad, ok
from gateway.imap.wire.esearch import SELECTED_ALONE, EsearchArguments, esearch_arguments
from gateway.imap.wire.search_keys import Key
from gateway.imap.wire.search_responses import head_of_mailbox, no_update
from gateway.imap.wire.search_returns import Option
from gateway.mailbox.session_view import SessionView
from gateway.store.errors import NoSuchMailbox
from gateway.store.uids import UidSet


async def _esearch(session: Session, arguments: EsearchArguments) -> Completion:
    _check(session, arguments)
    before = session.selected.saved if session.selected is not None else UidSet()
    if session.selected is not None and Option.SAVE in arguments.returns:
        session.selected.saved = UidSet()
    await in_a_task()
    await freshen(session)
    key = await understood_or_restored(session, arguments.program, before)
    places = await located(session, arguments.sources)
    with waiting(session, len(places)) as wait:
        search = _Search(session, arguments, key, before, wait)
        for place in places:
            await search.of(place)
    if Option.UPDATE not in arguments.returns:
        return ok("these were found")
    if search.context is not None:
        return keep(session, search.context)
    session.output.untagged(no_update(session.tag, b"the selected mailbox is not searched"))
    return ok("these were found; changes will not be told")


class _Search:
    """Of one command. `context`: of the selected mailbox, where it was searched."""

    def __init__(self, session: Session, arguments: EsearchArguments, key: Key, saved: UidSet, wait: Waiting) -> None:
        self._session = session
        self._arguments = arguments
        self._key = key
        self._saved = saved
        self._wait = wait
        self.context: Context | None = None

    async def of(self, place: Located) -> None:
        """Of the selected mailbox, what the session counts; of others, all. A mailbox that is gone has nothing."""
        selected = self._session.selected
        if selected is not None and selected.located.key == place.key:
            await self._selected(place)
            return
        try:
            view = await self._session.service.views.open(place.mail.account, place.mailbox.id)
        except NoSuchMailbox:
            return
        last = view.uid(view.exists) or 0
        recent = UidSet(((place.mailbox.first_recent, last),)) if place.mailbox.first_recent <= last else UidSet()
        try:
            await self._found(place, self._ground(place, view, recent))
        finally:
            view.close()

    async def _selected(self, place: Located) -> None:
        selected, returns = self._session.mailbox, self._arguments.returns
        state = State.of(selected.view)
        ground = self._ground(place, selected.view, selected.recent, self._saved)
        settled = ground.settled(self._key) if Option.UPDATE in returns else self._key
        uids = await self._found(place, ground)
        if Option.SAVE in returns:
            selected.saved = answers.saved(returns, uids)
        head = self._head(place, ground)
        self.context = Context(
            tag=self._session.tag,
            head=head,
            uid=True,
            ground=ground,
            key=settled,
            criteria=None,
            known=uids,
            state=state,
            items=returns.items,
        )

    def _ground(self, place: Located, view: SessionView, recent: UidSet, saved: UidSet = UidSet()) -> Ground:
        return Ground(place.mail, view, recent, saved, self._session.service.clock())

    async def _found(self, place: Located, ground: Ground) -> "array[int]":
        """UIDs."""
        output, returns = self._session.output, self._arguments.returns
        with ground.view.pinned():
            scope = self._wait.scope(ground)
            async with self._wait.limited():
                found = Found(ground.view, scope, await found_by(scope, ground.query(self._key)))
            uids = await found.uids()
            if uids and not returns.silent:
                await answers.extended_response(output, self._head(place, ground), returns, found, uids)
                highest = await answers.highest_modseq(found, returns, uids) if asks_modseq(self._key) else None
                output.write(b"\r\n" if highest is None else b" MODSEQ %d\r\n" % highest)
            return uids

    def _head(self, place: Located, ground: Ground) -> bytes:
        name = strings.mailbox(place.name, utf8=self._session.utf8)
        return head_of_mailbox(self._session.tag, name, ground.view.view.uidvalidity)


def _check(session: Session, arguments: EsearchArguments) -> None:
    returns = arguments.returns
    check_relevancy(arguments.program, returns)
    if Option.SAVE in returns and arguments.sources != SELECTED_ALONE:
        raise Refusal(bad("SAVE is for the selected mailbox alone (RFC 7377 2.2)"))
    if session.selected is None and (Option.UPDATE in returns or arguments.sources == SELECTED_ALONE):
        raise Refusal(bad("select a mailbox first, or say IN which to search"))
    if Option.UPDATE in returns:
        check_tag(session)


EXTENSION: Final = Extension(
    commands=(command("ESEARCH", esearch_arguments, _esearch),),
    capabilities=(Capability("MULTISEARCH", logged_in, brings=("ESEARCH",)),),
)
