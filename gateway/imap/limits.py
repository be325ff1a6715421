"""How many messages one command works on (MESSAGELIMIT, RFC 9738): those with the highest UIDs; the client goes on
below."""

from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, Refusal, refused
from gateway.mailbox import spans
from gateway.mailbox.spans import Span


def highest(session: Session, places: tuple[Span, ...]) -> tuple[tuple[Span, ...], int | None]:
    """What of these positions is worked on; and, where that is not all, the lowest UID of it."""
    most = session.service.config.message_limit
    if most is None or spans.total(places) <= most:
        return places, None
    kept: list[Span] = []
    left = most
    for start, stop in reversed(places):
        kept.append((max(start, stop - left), stop))
        left -= stop - kept[-1][0]
        if not left:
            break
    kept.reverse()
    return tuple(kept), session.mailbox.view.view.uids[kept[0][0]]


def too_many(session: Session) -> Refusal:
    """To be raised: all would have to be done, or nothing."""
    most = session.service.config.message_limit or 0
    return refused(f"a command works on at most {most} messages: name fewer", b"MESSAGELIMIT %d" % most)


def limited(session: Session, lowest: int | None, completion: Completion) -> Completion:
    """How a command ends that worked on the messages from this UID on; None: on all. One that has a response code
    already has this one in an untagged response (RFC 9738 3.1)."""
    if lowest is None:
        return completion
    code = b"MESSAGELIMIT %d %d" % (session.service.config.message_limit or 0, lowest)
    if not completion.code:
        return Completion(completion.status, f"{completion.text}; those below are not done yet", code)
    session.output.untagged(b"NO [%b] those below are not done yet" % code)
    return completion
