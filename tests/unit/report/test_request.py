"""From deliveries and outcomes to what is to be said."""

from gateway.mail.address import parse_address
from gateway.mail.codes import OK, EnhancedCode
from gateway.mail.envelope import OriginalRecipient, Recipient
from gateway.mail.message import Delivery, DeliveryId, State
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.reply import reply
from gateway.mail.units import Timestamp
from gateway.report.request import Action, recipient_report

NOW = Timestamp(1.0)


def delivery(address: str, alias_of: str = "") -> Delivery:
    recipient = Recipient(parse_address(address), original=OriginalRecipient("rfc822", "o@x.example"))
    return Delivery(DeliveryId(1), recipient, "mx:x", "plain", State.LEASED, NOW, alias_of=alias_of)


def test_a_failure() -> None:
    refused = Failed(EnhancedCode(5, 1, 1), "mx refused it", "mx.example", reply(550, None, "no"))
    told = recipient_report(delivery("bo@x.example"), refused, Action.FAILED, NOW)
    assert (told.recipient, told.sent_to) == (parse_address("bo@x.example"), None)
    assert (told.status, told.why, told.host, told.reply) == (refused.status, refused.why, refused.host, refused.reply)
    assert told.original == OriginalRecipient("rfc822", "o@x.example")


def test_a_delivery_without_enhanced_code_is_ok() -> None:
    done = Delivered("mx.example", reply(250, None, "done"), ("SMTPUTF8 not sent",))
    told = recipient_report(delivery("bo@x.example"), done, Action.RELAYED, NOW)
    assert (told.status, told.why, told.changed) == (OK, "", ("SMTPUTF8 not sent",))


def test_an_alias_is_reported_under_the_name_that_the_client_used() -> None:
    late = Deferred(EnhancedCode(4, 4, 1), "no answer")
    told = recipient_report(delivery("bo@x.example", "ops@home.example"), late, Action.DELAYED, NOW)
    assert told.recipient == parse_address("ops@home.example")
    assert told.sent_to == parse_address("bo@x.example")


def test_an_alias_that_is_no_address_does_not_stop_the_report() -> None:
    late = Deferred(EnhancedCode(4, 4, 1), "no answer")
    told = recipient_report(delivery("bo@x.example", "not an address"), late, Action.FAILED, NOW)
    assert told.recipient == parse_address("bo@x.example")
