"""The library aioimaplib: asynchronous, made for IDLE."""

import asyncio

from aioimaplib import IMAP4_SSL, Response

from tests.e2e.test_imap_imaplib import trusting
from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer


async def logged_in(server: MailServer) -> IMAP4_SSL:
    client = IMAP4_SSL("localhost", server.tls_port, timeout=20, ssl_context=trusting(server))
    await client.wait_hello_from_server()
    done(await client.login(AL, server.password))
    return client


def done(answer: Response) -> list[bytes]:
    assert answer.result == "OK", answer
    return list(answer.lines)


async def test_idle(mail_server: MailServer) -> None:
    """Deliveries, flags and expunges of another session are told while it idles, again and again."""
    idle, other = await logged_in(mail_server), await logged_in(mail_server)
    done(await idle.select("INBOX"))
    done(await other.select("INBOX"))
    for number in range(1, 4):
        waiting = await idle.idle_start(timeout=60)
        await asyncio.to_thread(mail_server.deliver, letter(f"news {number}"))
        await _hear(idle, b"%d EXISTS" % number)
        idle.idle_done()
        await asyncio.wait_for(waiting, 20)
    waiting = await idle.idle_start(timeout=60)
    done(await other.noop())
    done(await other.store("2", "+FLAGS", r"(\Flagged)"))
    await _hear(idle, rb"\Flagged")
    done(await other.store("1", "+FLAGS.SILENT", r"(\Deleted)"))
    done(await other.expunge())
    await _hear(idle, b"1 EXPUNGE")
    idle.idle_done()
    await asyncio.wait_for(waiting, 20)
    [found, *_] = done(await idle.search("FLAGGED"))
    assert found == b"1"
    for client in (idle, other):
        await client.logout()


async def _hear(client: IMAP4_SSL, wanted: bytes) -> None:
    told: list[bytes] = []
    while not any(wanted in line for line in told):
        told += await client.wait_server_push(timeout=20)


async def test_a_message_through_it(mail_server: MailServer) -> None:
    client = await logged_in(mail_server)
    octets = letter("long", "Zeile\r\n" * 30_000)
    done(await client.append(octets, "INBOX", flags=r"\Seen"))
    done(await client.select("INBOX"))
    lines = done(await client.fetch("1", "(FLAGS BODY.PEEK[])"))
    assert octets in lines
    assert done(await client.uid("copy", "1", "Archive"))
    assert done(await client.uid("move", "1", "Trash"))
    assert done(await client.uid_search("ALL"))[0] == b""
    done(await client.select("Trash"))
    assert done(await client.uid_search("SEEN"))[0] == b"1"
    await client.logout()
