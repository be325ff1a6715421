"""Which of a message's deliveries are repetitions."""

from gateway.mail.address import parse_address
from gateway.mail.envelope import Notify, Recipient
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.once import once

SUCCESS = frozenset({Notify.SUCCESS})
NEVER = frozenset({Notify.NEVER})


def _delivery(
    address: str, *, alias_of: str = "", copy: bool = False, notify: frozenset[Notify] | None = None
) -> NewDelivery:
    recipient = Recipient(parse_address(address), notify)
    return NewDelivery(recipient, "mx:d.example", "r", Timestamp(0.0), copy=copy, alias_of=alias_of)


def test_what_the_client_repeats_stays() -> None:
    given = [_delivery("a@d.example"), _delivery("a@d.example")]
    assert once(given) == given


def test_an_alias_of_somebody_named_already() -> None:
    direct, made = _delivery("a@d.example"), _delivery("a@d.example", alias_of="b@d.example")
    assert once([direct, made]) == [direct]
    assert once([made, direct]) == [direct]


def test_copies_are_made_once_and_are_no_substitute_for_the_mail() -> None:
    direct, copy = _delivery("a@d.example"), _delivery("a@d.example", copy=True)
    assert once([direct, copy, copy]) == [direct, copy]


def test_those_who_ask_for_other_reports_get_them() -> None:
    told = [_delivery("a@d.example", alias_of=f"{n}@d.example", notify=SUCCESS) for n in "bc"]
    mixed = [
        _delivery("a@d.example", alias_of="b@d.example"),
        _delivery("a@d.example", alias_of="c@d.example", notify=NEVER),
    ]
    assert once(told) == told
    assert once(mixed) == mixed


def test_localparts_that_differ_in_case_are_different() -> None:
    """RFC 5321 2.4: only their own host may say that they are the same."""
    given = [_delivery(f"{local}@d.example", alias_of=f"{local}@x.example") for local in ("a", "A")]
    assert once(given) == given
