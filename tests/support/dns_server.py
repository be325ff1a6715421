"""A DNS server on loopback (UDP) that answers from a dictionary."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from typing_extensions import override

SERVFAIL = "SERVFAIL"
SILENCE = "SILENCE"
TTL = 300

Zone = Mapping[tuple[str, str], Sequence[str] | str]
"""(name, type) to the records' text, or to SERVFAIL or SILENCE. Names that nothing is said of do not exist."""


class DnsServer(asyncio.DatagramProtocol):
    """`async with DnsServer({("d.example", "MX"): ["10 mx.d.example."]}) as server: … server.address`."""

    def __init__(self, zone: Zone, *, authentic: bool = False, ttl: int = TTL) -> None:
        self.zone = dict(zone)
        self.questions: list[tuple[str, str]] = []
        self.port = 0
        self._flags = dns.flags.AD if authentic else 0
        self._ttl = ttl
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> str:
        """As `DnsConfig.servers` names it."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        answer = self.answer(query)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer.to_wire(), addr)

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """The response; None: silence."""
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA | self._flags
        found = self.zone.get((name, kind), ())
        if found == SILENCE:
            return None
        if found == SERVFAIL:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            response.answer.append(dns.rrset.from_text(question.name, self._ttl, "IN", kind, *found))
        elif all(known != name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


class DnsThread:
    """The same server in a thread with a loop of its own, for tests of other processes."""

    def __init__(self, zone: Zone) -> None:
        self._server = DnsServer(zone)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        """As `DnsConfig.servers` names it."""
        return self._server.address

    @property
    def questions(self) -> list[tuple[str, str]]:
        """What was asked, in order."""
        return self._server.questions

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.__aenter__(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._server.__aexit__(None, None, None), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
