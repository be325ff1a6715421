"""`gateway sink`: a small SMTP and LMTP server for trying things out."""

from gateway.cli.sink.program import command

__all__ = ["command"]
