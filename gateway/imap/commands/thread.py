"""THREAD and UID THREAD (RFC 5256 3; REFS: draft-ietf-morg-inthread 4)."""

from array import array
from collections.abc import Sequence
from typing import Final

from gateway.imap.news import freshen
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in
from gateway.imap.search.asked import understood
from gateway.imap.search.found import numbering
from gateway.imap.search.ground import Ground
from gateway.imap.search.work import found_by, in_a_task, waiting
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.search_responses import NOT_THERE
from gateway.imap.wire.search_responses import threads as written
from gateway.imap.wire.sort import ThreadAlgorithm, ThreadArguments, thread_arguments
from gateway.mailbox.slices import COMPARED, breathe, picked, slices
from gateway.mailbox.thread.run import Algorithm, threads


async def _thread(session: Session, arguments: ThreadArguments) -> Completion:
    return await _threaded(session, arguments, uid=False)


async def _uid_thread(session: Session, arguments: ThreadArguments) -> Completion:
    return await _threaded(session, arguments, uid=True)


async def _threaded(session: Session, arguments: ThreadArguments, *, uid: bool) -> Completion:
    await in_a_task()
    await freshen(session)
    key = await understood(session, arguments.program)
    selected, output = session.mailbox, session.output
    view = selected.view
    with view.pinned(), waiting(session) as wait:
        ground = Ground(selected.located.mail, view, selected.recent, selected.saved, session.service.clock())
        scope = wait.scope(ground)
        async with wait.limited():
            result = await found_by(scope, ground.query(key))
            forest = await threads(scope, result, _ALGORITHMS[arguments.algorithm])
        names = view.view.uids if uid else await numbering(view)
        numbers = await picked(array("I"), (await _with_dummy(names, view.upto)).__getitem__, forest.positions)
        output.write(b"* THREAD" + (b" " if numbers else b""))
        for piece in written(numbers, forest.depths):
            output.write(piece)
            await output.breathe()
        output.write(b"\r\n")
    return ok("these are the threads")


async def _with_dummy(numbers: Sequence[int], stop: int) -> "array[int]":
    """What DUMMY, which is -1, is an index of comes last."""
    found = array("I")
    for low, high in slices(stop, COMPARED):
        found.extend(numbers[low:high])
        await breathe()
    found.append(NOT_THERE)
    return found


_ALGORITHMS: Final = {each: Algorithm(each.value.decode()) for each in ThreadAlgorithm}

EXTENSION: Final = Extension(
    commands=(
        command("THREAD", thread_arguments, _thread, When.SELECTED, News.NO_EXPUNGES),
        command("UID THREAD", thread_arguments, _uid_thread, When.SELECTED),
    ),
    capabilities=tuple(Capability(f"THREAD={each.value.decode()}", logged_in) for each in ThreadAlgorithm),
)
