"""The transport against real servers."""

import asyncio
import os
import pwd

import pytest

from gateway.mail.outcome import Delivered
from tests.contract.transport_support import deliver, mail, relay, transport
from tests.support.loops import on_both_loops
from tests.support.peers import installed
from tests.support.ports import free_port


async def reachable(port: int) -> None:
    """Until somebody listens."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


@pytest.mark.peer("smtp-sink")
@pytest.mark.parametrize("options", [(), ("-p",), ("-e",), ("-L",)], ids=["", "no pipelining", "no ESMTP", "LMTP"])
@on_both_loops
async def test_postfix_smtp_sink(options: tuple[str, ...]) -> None:
    port = free_port()
    user = () if os.getuid() else ("-u", pwd.getpwnam("nobody").pw_name)
    command = (installed("smtp-sink"), *user, *options, f"127.0.0.1:{port}", "100")
    process = await asyncio.create_subprocess_exec(*command)
    try:
        await reachable(port)
        async with transport() as carrier:
            hop = relay(port, lmtp="-L" in options)
            for _ in range(3):
                outcomes = await deliver(carrier, hop, mail("a@d.example", "b@d.example"))
                assert [type(each) for each in outcomes] == [Delivered, Delivered]
            assert carrier.connections == 1
    finally:
        process.terminate()
        await process.wait()
