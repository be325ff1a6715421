"""A batch in another form: what it says of the change."""

import pytest

from gateway.inspect.inspector import inspect
from gateway.mail.address import parse_address
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.need import Needs
from gateway.mail.octets import MemoryOctets
from gateway.queue.protocol import Spool
from gateway.relay.batch import Batch
from gateway.relay.materialise import Workbench
from gateway.relay.rewriting import Rewriter
from gateway.route.decide import Rewriting
from gateway.route.policy import defaults

WAYS = frozenset({Rewriting.ALIAS_ADDRESSES, Rewriting.ENCODE_HEADERS})
ALIASES = {parse_address("jörg@d.example").key: parse_address("joerg@d.example")}


def _never() -> Spool:
    raise AssertionError("a small message is not spooled")


def _batch(recipient: str, subject: str) -> Batch:
    octets = MemoryOctets(f"Subject: {subject}\r\n\r\nhello\r\n".encode())
    sender = parse_address("a@d.example")
    return Batch((), sender, (Recipient(parse_address(recipient)),), MailOptions(), octets, inspect(octets), Needs({}))


@pytest.mark.parametrize(
    ("recipient", "subject", "kinds"),
    [
        ("bo@d.example", "Grüße", {"header"}),
        ("jörg@d.example", "hello", {"address"}),
        ("jörg@d.example", "Grüße", {"address", "header"}),
    ],
)
async def test_only_what_was_changed_is_counted(recipient: str, subject: str, kinds: set[str]) -> None:
    rewriter = Rewriter(defaults(trusted=True), ALIASES, Workbench(_never))
    made = await rewriter.rewrite(_batch(recipient, subject), WAYS, Capabilities({"8BITMIME": ""}))
    assert isinstance(made, Batch)
    assert made.rewritten == kinds
    assert made.recipients[0].address.is_ascii
