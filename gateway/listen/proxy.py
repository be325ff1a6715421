"""The PROXY header, versions 1 and 2 (haproxy's proxy-protocol.txt 2.1 and 2.2), read by aiosmtpd.

Only its frame is looked at here: where it ends. Nothing behind it is touched, so TLS may follow directly.
"""

from typing import Final

from aiosmtpd.proxy_protocol import AF, V2_CMD, V2_SIGNATURE, AsyncReader, ProxyData, get_proxy
from typing_extensions import override

_MAX_V1: Final = 107
_MAX_V2: Final = 4096
"""Octets of a version 2 header that are read, with all its extensions; the format allows 64 KiB."""

_SIGNATURES: Final = (b"PROXY ", V2_SIGNATURE)


class BadProxyHeader(ValueError):
    """What came first is no PROXY header."""


class _Complete(AsyncReader):
    """Octets that are all there, for a reader that awaits them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @override
    async def read(self, n: int = -1) -> bytes:
        size = len(self._data) if n < 0 else n
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    @override
    async def readexactly(self, n: int) -> bytes:
        return await self.read(n)

    @override
    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        return await self.read(self._data.find(separator) + len(separator))


def header_length(data: bytes) -> int | None:
    """Octets of the header that `data` begins with; None while more are needed. Raises BadProxyHeader."""
    if not any(data[: len(signature)] == signature[: len(data)] for signature in _SIGNATURES):
        raise BadProxyHeader("no PROXY header came first")
    if data.startswith(b"PROXY "):
        end = data.find(b"\r\n", 0, _MAX_V1)
        if end < 0 and len(data) >= _MAX_V1:
            raise BadProxyHeader("the PROXY header has no end")
        return end + 2 if end >= 0 else None
    if len(data) < 16:
        return None
    length = 16 + int.from_bytes(data[14:16])
    if length > _MAX_V2:
        raise BadProxyHeader("the PROXY header is too long")
    return length if len(data) >= length else None


async def proxied_client(header: bytes) -> str | None:
    """The client's address; None where the proxy speaks for itself (health checks). Raises BadProxyHeader."""
    data: ProxyData = await get_proxy(_Complete(header))
    if not data.valid:
        raise BadProxyHeader(data.error or "the PROXY header is malformed")
    if data.command == V2_CMD.LOCAL:
        return None
    return str(data.src_addr) if data.family in (AF.INET, AF.INET6) else None
