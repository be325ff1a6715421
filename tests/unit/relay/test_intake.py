"""What is taken, from whom, and what becomes of it when it cannot be."""

from pathlib import Path

import pytest

from gateway.mail.address import parse_address
from gateway.mail.envelope import MailOptions, Recipient
from gateway.queue.protocol import INLINE_LIMIT
from gateway.relay.acceptance import Draft
from tests.support.relay_world import ASCII, STRANGER, UTF8, World, relays, world

LOCAL = "domains: [{name: home.example}]\n"
BY_CONTENT = """\
relays: {legacy: {hosts: ["127.0.0.1:9"]}}
routes:
  - {name: open, when: {recipient_domain: [open.example]}, deliver: {relay: legacy}, accept_from: anyone}
  - {name: inner, when: {header: {subject: "^hello"}}, deliver: {relay: legacy}}
  - {name: rest, deliver: {relay: legacy}, accept_from: anyone}
"""


async def large(relay: World, octets: bytes) -> tuple[str, list[Path]]:
    """Offer a message by way of a file: what is answered, and the files that are left."""
    draft = relay.intake.begin(STRANGER, parse_address("x@stranger.example"), MailOptions())
    assert isinstance(draft, Draft)
    answer = await relay.intake.recipient(draft, Recipient(parse_address("a@open.example")))
    assert answer.positive
    spool = relay.intake.spool(draft)
    await spool.write(octets)
    [answer] = await relay.intake.finish(draft, await spool.finish())
    return str(answer.code), [
        path
        for path in relay.folder.rglob("*")
        if path.is_file() and path.stat().st_size > INLINE_LIMIT and not path.name.startswith("queue")
    ]


async def test_who_may_not_send_after_all_is_refused_for_all(tmp_path: Path) -> None:
    """At RCPT the route is open to anyone, by the content it is not: nothing may go out, whoever else is addressed."""
    to = ("v@victim.example", "a@open.example")
    async with world(tmp_path, BY_CONTENT) as relay:
        [refused] = await relay.offer(*to, octets=ASCII, origin=STRANGER, sender="x@stranger.example")
        assert "relaying denied" in str(refused)
        assert relay.open() == {}
        [taken] = await relay.offer(*to, octets=b"Subject: other\r\n\r\n", origin=STRANGER, sender="x@stranger.example")
        assert taken.positive


async def test_needs_stand_on_the_delivery_that_has_them(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer("a@legacy.example", "jörg@legacy.example", octets=ASCII)
        assert {to: e.delivery.needs for to, e in relay.open().items()} == {
            "a@legacy.example": (),
            "jörg@legacy.example": ("SMTPUTF8",),
        }


async def test_a_need_of_the_content_stands_on_all(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer("a@legacy.example", "b@legacy.example", octets=UTF8)
        assert {e.delivery.needs for e in relay.open().values()} == {("SMTPUTF8",)}


@pytest.mark.parametrize(("hops", "code"), [(50, "250"), (51, "554")])
async def test_the_hops_of_a_large_message_are_those_of_others(tmp_path: Path, hops: int, code: str) -> None:
    octets = b"Received: from x by y; Fri, 21 Nov 2025 10:00:00 +0000\r\n" * hops + ASCII + b"x" * INLINE_LIMIT
    async with world(tmp_path, BY_CONTENT) as relay:
        answer, files = await large(relay, octets)
        assert answer == code
        assert len(files) == (code == "250"), "what is refused leaves no file"


async def test_hosts_of_a_message_to_many_domains(tmp_path: Path) -> None:
    async with world(tmp_path, "routes: [{name: internet, deliver: mx}]\n") as relay:
        await relay.offer(*(f"a@d{n}.example" for n in range(300)), octets=ASCII)
        assert len(relay.queue.ripe(relay.now)) == 300
