"""Who wants to know of mod-sequences (RFC 7162 3.1)."""

from gateway.imap.session import CONDSTORE, Session


def aware(session: Session) -> None:
    """A CONDSTORE enabling command was given: STATUS (HIGHESTMODSEQ), FETCH or SEARCH with MODSEQ, CHANGEDSINCE,
    UNCHANGEDSINCE, ENABLE. The first one with a mailbox selected is answered with its HIGHESTMODSEQ."""
    if session.condstore:
        return
    session.enabled.add(CONDSTORE)
    tell_highest(session)


def tell_highest(session: Session) -> None:
    """Up to which moment the client knows the selected mailbox, if there is one."""
    if session.selected is not None:
        session.output.untagged(b"OK [HIGHESTMODSEQ %d] known up to here" % session.selected.synced)
