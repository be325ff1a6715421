"""Every conversation of tests/transcripts/imap, over a real socket, on uvloop and on asyncio's own loop."""

import asyncio
from pathlib import Path

import pytest
import uvloop

from tests.support.imap_preparations import prepare
from tests.support.imap_transcript import ImapPlayer, Preparation, read
from tests.support.imap_world import imap_world
from tests.support.receiver import authority, client_context

FILES = sorted((Path(__file__).parent / "imap").glob("**/*.txt"))


async def play(path: Path, folder: Path) -> None:
    script = read(path)
    options = dict(script.listener)
    asking = authority().server_context() if options.pop("client_certificates", "") else None
    async with imap_world(folder, script.accounts, options, asking, script.admins, **script.config) as world:

        async def prepared(step: Preparation) -> None:
            await prepare(world.mail(step.account), step.what, step.text, world.clock())

        player = ImapPlayer(world.port, client_context(), authority().client_context, script, prepared)
        try:
            await player.play_script()
        finally:
            player.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path, tmp_path: Path) -> None:
    uvloop.run(play(path, tmp_path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript_on_the_loop_of_asyncio(path: Path, tmp_path: Path) -> None:
    asyncio.run(play(path, tmp_path))
