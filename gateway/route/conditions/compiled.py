"""`when:` made ready to be asked."""

from collections.abc import Iterator

from gateway.route.conditions.condition import Condition
from gateway.route.conditions.content import Header, NeedsAny, Size
from gateway.route.conditions.domains import domains
from gateway.route.conditions.logic import AllOf, AnyOf, Not
from gateway.route.conditions.recipient import Local, RecipientDomain, RecipientIs
from gateway.route.conditions.sender import SenderDomain, SenderIs
from gateway.route.conditions.session import Authenticated, Client, Listener, Time
from gateway.route.when import When


def compiled(when: When) -> AllOf:
    """The condition that `when` writes."""
    return AllOf((*_of_envelope(when), *_of_session(when), *_of_content(when), *_combined(when)))


def _of_envelope(when: When) -> Iterator[Condition]:
    if when.recipient is not None:
        yield RecipientIs(frozenset(address.key for address in when.recipient))
    if when.recipient_domain is not None:
        yield RecipientDomain(domains(when.recipient_domain))
    if when.local is not None:
        yield Local(when.local)
    if when.sender is not None:
        yield SenderIs(when.sender, frozenset(pattern.key for pattern in when.sender))
    if when.sender_domain is not None:
        yield SenderDomain(domains(when.sender_domain))


def _of_session(when: When) -> Iterator[Condition]:
    if when.client is not None:
        yield Client(when.client)
    if when.listener is not None:
        yield Listener(when.listener)
    if when.authenticated is not None:
        yield Authenticated(when.authenticated)
    if when.time is not None:
        yield Time(when.time)


def _of_content(when: When) -> Iterator[Condition]:
    if when.size is not None:
        yield Size(when.size)
    if when.needs is not None:
        yield NeedsAny(when.needs)
    for name, regex in (when.header or {}).items():
        yield Header(name, regex)


def _combined(when: When) -> Iterator[Condition]:
    if when.all_ is not None:
        yield AllOf(tuple(map(compiled, when.all_)))
    if when.any_ is not None:
        yield AnyOf(tuple(map(compiled, when.any_)))
    if when.not_ is not None:
        yield Not(compiled(when.not_))
