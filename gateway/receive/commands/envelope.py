"""MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3): read here, judged by the relay."""

from gateway.listen.config import ListenerProtocol
from gateway.listen.eager import Suspended, start
from gateway.mail.address import LocalPart
from gateway.mail.reply import Reply
from gateway.receive.intake import too_big
from gateway.receive.replies import (
    AUTHENTICATE,
    EHLO_FOR_MORE,
    GREET_FIRST,
    GREET_LMTP_FIRST,
    MAIL_FIRST,
    NOT_TRUSTED,
    NOT_URGENT,
    ONE_AT_A_TIME,
    ONLY_UNDER_TLS,
    RECIPIENTS_FULL,
    SENDER_TAKEN,
    STARTTLS_FIRST,
)
from gateway.receive.session import Session, guarded
from gateway.receive.transaction import Transaction
from gateway.relay.acceptance import Unqualified
from gateway.smtp.mail_parameters import MailArgument, parse_mail
from gateway.smtp.rcpt_parameters import parse_rcpt


def mail(session: Session, argument: str) -> Reply:
    """Begins a transaction."""
    origin = session.origin
    if origin is None:
        return GREET_LMTP_FIRST if session.service.lmtp else GREET_FIRST
    if session.transaction is not None:
        return ONE_AT_A_TIME
    read = parse_mail(argument)
    if not (origin.extended or read.plain):
        return EHLO_FOR_MORE
    refusal = _forbidden(session, read)
    if refusal is not None:
        return refusal
    sender = Unqualified(read.sender) if isinstance(read.sender, LocalPart) else read.sender
    draft = session.service.acceptor.begin(origin, sender, read.options)
    if isinstance(draft, Reply):
        return draft
    session.transaction = Transaction(draft)
    return SENDER_TAKEN if draft.options.priority == read.options.priority else NOT_URGENT


def _forbidden(session: Session, read: MailArgument) -> Reply | None:
    service, options = session.service, read.options
    if options.size is not None and options.size > service.limits.message_size:
        return too_big(service.limits.message_size)
    if options.requiretls and session.tls is None:
        return ONLY_UNDER_TLS
    if service.listener.require_tls and session.tls is None:
        return STARTTLS_FIRST
    if options.hold is not None and (refusal := service.refusal_of_hold(options, session.greeted)) is not None:
        return refusal
    if service.listener.protocol is ListenerProtocol.SUBMISSION and not session.trusted:
        return _way_in(session)
    return None


def _way_in(session: Session) -> Reply:
    """How a stranger becomes somebody who may submit (RFC 6409 4.3, RFC 4954 6)."""
    if session.service.logins is None:
        return NOT_TRUSTED
    if session.private:
        return AUTHENTICATE
    return STARTTLS_FIRST if session.service.tls is not None else NOT_TRUSTED


def rcpt(session: Session, argument: str) -> Reply | None:
    """Adds a recipient. None: the relay has to ask somebody, the reply follows."""
    transaction, origin = session.transaction, session.origin
    if transaction is None or origin is None:
        return MAIL_FIRST
    if transaction.intake is not None:
        return ONE_AT_A_TIME
    read = parse_rcpt(argument)
    if not (origin.extended or read.plain):
        return EHLO_FOR_MORE
    transaction.tried += 1
    if transaction.accepted >= session.service.limits.recipients:
        return RECIPIENTS_FULL
    named, options = read.recipient, read.options
    recipient = Unqualified(named, options.notify, options.original) if isinstance(named, LocalPart) else named
    step = start(guarded(session.service.acceptor.recipient(transaction.draft, recipient)))
    if isinstance(step, Suspended):
        session.work = _later(session, transaction, step)
    else:
        _judged(session, transaction, step)
    return None


async def _later(session: Session, transaction: Transaction, step: Suspended[Reply]) -> None:
    _judged(session, transaction, await step)


def _judged(session: Session, transaction: Transaction, reply: Reply) -> None:
    """Refused recipients count as errors for strangers: they may be guessing. A mailing list of ours may be stale."""
    if reply.positive:
        transaction.accepted += 1
        session.say(reply)
    elif session.trusted:
        session.say(reply)
    else:
        session.answer(reply)
