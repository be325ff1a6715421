"""Views follow hints also where one comes while they catch up with the one before: nothing waits for the next."""

import asyncio

from gateway.mailbox.session_view import SessionView
from gateway.store.actions import Append, Arrived
from tests.unit.mailbox.worlds import World, email

WITHIN = 20.0


async def _append(world: World, turns: int) -> Arrived:
    for _ in range(turns):
        await asyncio.sleep(0)
    [arrived] = await world.mail.emails.carry_out([Append(world.inbox, (email(),))], world.now)
    assert isinstance(arrived, Arrived)
    return arrived


async def _seen(session: SessionView, arrived: Arrived) -> None:
    heard = asyncio.Event()
    session.heard = heard.set
    async with asyncio.timeout(WITHIN):
        while session.view.at < arrived.at:
            heard.clear()
            await heard.wait()


async def _soon_after_each_other(world: World, session: SessionView) -> None:
    for number in range(150):
        await asyncio.gather(_append(world, number % 7), _append(world, 0))
        await _seen(session, await _append(world, number % 5))


def test_a_hint_while_catching_up_is_not_lost() -> None:
    world = World()
    try:
        session = world.open()
        world.run(_soon_after_each_other(world, session))
        session.close()
    finally:
        world.close()
