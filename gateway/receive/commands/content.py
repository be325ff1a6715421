"""DATA and BDAT (RFC 5321 4.1.1.4, RFC 3030 2), and the end of a message, however it came."""

from collections.abc import Coroutine, Sequence

from gateway.mail.reply import Reply
from gateway.queue.protocol import SpooledBody
from gateway.receive.intake import Intake
from gateway.receive.replies import (
    BDAT_ONLY,
    CHUNK_REFUSED,
    GO_AHEAD,
    MAIL_FIRST,
    NO_ARGUMENT,
    NO_RECIPIENTS,
    RCPT_FIRST,
    chunk_taken,
)
from gateway.receive.session import Mode, Session, guarded
from gateway.receive.transaction import Transaction
from gateway.smtp.errors import ProtocolError
from gateway.smtp.extensions.chunking import Chunk, read_chunk


def data(session: Session, argument: str) -> Reply:
    """The message follows, up to a single dot."""
    transaction = session.transaction
    if argument:
        return NO_ARGUMENT
    if transaction is None:
        return MAIL_FIRST
    if transaction.chunked or transaction.binary:
        return BDAT_ONLY
    if not transaction.accepted:
        return NO_RECIPIENTS if transaction.tried and not session.service.lmtp else RCPT_FIRST
    transaction.open_intake(session.service.acceptor, session.service.limits)
    session.mode = Mode.DATA
    return GO_AHEAD


def bdat(session: Session, argument: str) -> None:
    """So many octets follow, whatever is thought of them: the reply comes when they are here.

    After a number that cannot be read, nobody knows where the next command begins: that ends the session.
    """
    try:
        chunk = read_chunk(argument)
    except ProtocolError:
        session.closing = True
        raise
    session.chunk = chunk
    session.chunk_left = chunk.size
    session.mode = Mode.CHUNK
    transaction = session.transaction
    if transaction is not None and transaction.accepted:
        transaction.chunked = True
        if transaction.intake is None:
            transaction.open_intake(session.service.acceptor, session.service.limits)
    if not chunk.size:
        end_of_chunk(session, chunk)


def end_of_chunk(session: Session, chunk: Chunk) -> None:
    """All octets that a BDAT spoke of are here."""
    session.mode = Mode.COMMAND
    transaction = session.transaction
    if transaction is None or transaction.intake is None:
        session.reset()
        session.answer(CHUNK_REFUSED)
    elif chunk.last:
        end_of_message(session, transaction, transaction.intake)
    elif transaction.intake.refusal is not None:
        session.answer(transaction.intake.refusal)
        session.reset()
    else:
        session.say(chunk_taken(chunk.size))
        if transaction.intake.full:
            session.work = flush(transaction.intake)


def end_of_message(session: Session, transaction: Transaction, intake: Intake) -> None:
    """The content is here: hand it over, or say why not."""
    session.mode = Mode.COMMAND
    intake.end()
    if not intake.inline:
        session.work = _finish_spooled(session, transaction, intake)
        return
    content = intake.content()
    if isinstance(content, Reply):
        _refused(session, transaction, content)
    else:
        session.work = _finish(session, transaction, content)


async def flush(intake: Intake) -> None:
    """Write out what has come so far."""
    trouble = await guarded(intake.flush())
    if trouble is not None:
        intake.refuse(trouble)


async def _finish_spooled(session: Session, transaction: Transaction, intake: Intake) -> None:
    content = await guarded(intake.spooled())
    if isinstance(content, Reply):
        intake.discard()
        _refused(session, transaction, content)
    else:
        await _finish(session, transaction, content)


def _finish(
    session: Session, transaction: Transaction, content: bytes | SpooledBody
) -> Coroutine[object, object, None]:
    session.service.observer.received(len(content))
    return _handed_over(session, transaction, content)


async def _handed_over(session: Session, transaction: Transaction, content: bytes | SpooledBody) -> None:
    replies = await guarded(session.service.acceptor.finish(transaction.draft, content))
    if isinstance(replies, Reply):
        _refused(session, transaction, replies)
    else:
        _answered(session, replies)


def _answered(session: Session, replies: Sequence[Reply]) -> None:
    if any(reply.positive for reply in replies):
        session.finished()
    session.transaction = None
    for reply in replies:
        session.answer(reply)


def _refused(session: Session, transaction: Transaction, refusal: Reply) -> None:
    """RFC 2033 4.2: with LMTP each recipient gets its reply, also where all are the same."""
    session.transaction = None
    session.answer(refusal)
    if session.service.lmtp:
        for _ in range(transaction.accepted - 1):
            session.say(refusal)
