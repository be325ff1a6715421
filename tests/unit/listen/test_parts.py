"""What the servers share, one by one."""

import asyncio

import pytest

from gateway.listen.admission import Admission
from gateway.listen.eager import Suspended, start
from gateway.listen.peer import client_address
from gateway.listen.proxy import BadProxyHeader, header_length
from gateway.receive.config import Limits


async def immediate() -> int:
    return 1


async def patient(future: asyncio.Future[int]) -> int:
    first = await future
    await asyncio.sleep(0)
    return first + 1


def test_what_need_not_wait_has_its_result_at_once() -> None:
    assert start(immediate()) == 1


async def test_what_waits_goes_on_in_a_task() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    step = start(patient(future))
    assert isinstance(step, Suspended)

    async def rest() -> int:
        return await step

    task = asyncio.create_task(rest())
    future.set_result(1)
    assert await task == 2


async def test_an_error_that_was_waited_for_is_raised() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    step = start(patient(future))
    future.set_exception(OSError("as asked"))
    assert isinstance(step, Suspended)
    with pytest.raises(OSError, match="as asked"):
        await step


async def test_a_cancelled_wait_closes_the_coroutine() -> None:
    closed = asyncio.Event()

    async def tidy() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.set()

    step = start(tidy())
    assert isinstance(step, Suspended)

    async def rest() -> None:
        await step

    task = asyncio.create_task(rest())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()


def test_admission_counts_each_client_and_all() -> None:
    admission, limits = Admission(), Limits(connections=3, connections_per_client=2)
    assert [admission.admit(ip, limits) for ip in ("a", "a", "a", "b", "c")] == [
        None,
        None,
        "connections_per_client",
        None,
        "connections",
    ]
    admission.leave("a")
    assert admission.total == 2
    assert admission.admit("c", limits) is None


@pytest.mark.parametrize(
    ("peer", "ip"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("::ffff:192.0.2.1", 1, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::1"),
        ("", ""),
        (None, ""),
    ],
)
def test_client_addresses(peer: object, ip: str) -> None:
    assert client_address(peer) == ip


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (b"", None),
        (b"PRO", None),
        (b"PROXY TCP4 ", None),
        (b"PROXY UNKNOWN\r\nEHLO", 15),
        (b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00rest", 16),
        (b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x02a", None),
    ],
)
def test_where_a_proxy_header_ends(data: bytes, length: int | None) -> None:
    assert header_length(data) == length


@pytest.mark.parametrize("data", [b"EHLO x\r\n", b"PROXY " + b"x" * 200, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"])
def test_no_proxy_header(data: bytes) -> None:
    with pytest.raises(BadProxyHeader):
        header_length(data)
