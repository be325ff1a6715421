"""A listener of IMAP."""

import socket
from typing import Final

from typing_extensions import override

from gateway.imap.connection import Connection
from gateway.imap.service import Service
from gateway.listen import server
from gateway.mail.units import Seconds

_PROBES: Final = 4


class Server(server.Server[Service]):
    """One listening socket."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, Connection)

    @override
    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket, which from now on is ours."""
        _keep_alive(sock, self.service.config.keepalive)
        await super().listen(sock)


def _keep_alive(sock: socket.socket, after: Seconds) -> None:
    """Each connection inherits it: the system asks clients that are silent whether they are still there."""
    if after:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, max(1, int(after)))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, int(after) // _PROBES))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)
