"""What is owed to the sender, and is told whatever happens to the message itself."""

from dataclasses import replace
from pathlib import Path

from gateway.mail.units import Timestamp
from gateway.relay.lane import Job
from gateway.storage.octets import FileOctets
from tests.support.relay_world import ASCII, relays, world

DAY = 86_400


async def test_a_message_that_cannot_be_read_any_more_is_reported(tmp_path: Path) -> None:
    """Its file is gone, and with it what the report would return; its time runs out all the same."""
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer("a@legacy.example", octets=ASCII)
        [claimed] = await relay.queue.claim("relay:legacy", relay.now, 10)
        relay.now = Timestamp(relay.now + 30 * DAY)
        lost = replace(claimed, octets=FileOctets(tmp_path / "gone"))
        await relay.carrier.attempt(Job(relay.queue, lost))
        assert relay.finished() == {"a@legacy.example": "failed"}
        [text] = relay.report_texts()
        assert b"a@legacy.example" in text
