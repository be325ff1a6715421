"""A listener that takes mail."""

import socket

from gateway.listen import server
from gateway.listen.config import Listener
from gateway.receive.config import Limits
from gateway.receive.connection import Connection
from gateway.receive.service import Service, Surroundings
from gateway.relay.acceptance import Acceptor

Server = server.Server[Service]


async def serve(
    sock: socket.socket, listener: Listener, limits: Limits, acceptor: Acceptor, surroundings: Surroundings
) -> Server:
    """Start serving a listener on a socket that is bound to its address."""
    started = Server(Service(listener, limits, acceptor, surroundings), Connection)
    await started.listen(sock)
    return started
