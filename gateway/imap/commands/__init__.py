"""The commands and extensions, one file each. A new one is listed here."""

from collections.abc import Mapping
from typing import Final

from gateway.imap.commands import any_time, log_in, select
from gateway.imap.registry import Command, Extension, by_name

EXTENSIONS: Final[tuple[Extension, ...]] = (any_time.EXTENSION, log_in.EXTENSION, select.EXTENSION)
COMMANDS: Final[Mapping[bytes, Command]] = by_name(EXTENSIONS)
