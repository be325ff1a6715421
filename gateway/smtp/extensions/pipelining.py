"""PIPELINING (RFC 2920): commands in groups. The server's part is to answer a group with one write."""

from gateway.smtp.extensions.base import ServiceExtension, always

PIPELINING = ServiceExtension("PIPELINING", always("PIPELINING"))
