"""What ACME keeps in the data folder: the account's key, challenges under way, failures.

Each file is whole at any time; what a killed attempt has left is cleared away by the next.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson

from gateway.certificates.acme.schedule import Attempts
from gateway.mail.units import Timestamp
from gateway.storage.connection import open_lock
from gateway.storage.files import folder, replace

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""RFC 8555 8.3: base64url; nothing else ever names a file."""


def account_file(where: Path, directory: str) -> Path:
    """The account with one authority."""
    return where / "accounts" / f"{hashlib.sha256(directory.encode()).hexdigest()[:16]}.pem"


class Challenges:
    """Answers to http-01 challenges as files, which every worker's HTTP listener finds; records, to be taken back."""

    def __init__(self, where: Path) -> None:
        self._tokens = where / "challenges"
        self._records = where / "records.json"

    def answer(self, token: str) -> bytes | None:
        """What to say to who asks for a token."""
        if not TOKEN.fullmatch(token):
            return None
        try:
            return (self._tokens / token).read_bytes()
        except OSError:
            return None

    def put(self, token: str, answer: str) -> None:
        """Be ready to answer. Raises OSError, ValueError."""
        if not TOKEN.fullmatch(token):
            raise ValueError("the authority's token is none")
        replace(self._tokens / token, answer.encode("ascii"))

    def clear(self) -> None:
        """No challenge is under way."""
        if self._tokens.is_dir():
            for each in self._tokens.iterdir():
                each.unlink(missing_ok=True)

    def records(self) -> list[tuple[str, str]]:
        """Name and value of records that may still be in the DNS."""
        try:
            return [(str(name), str(value)) for name, value in orjson.loads(self._records.read_bytes())]
        except (OSError, ValueError, TypeError):
            return []

    def note(self, records: Sequence[tuple[str, str]]) -> None:
        """Written down before they are made."""
        replace(self._records, orjson.dumps(records))


class Ledger:
    """Failures, kept so that a restart does not begin to ask anew; they hold for what was asked then."""

    def __init__(self, where: Path, asked: str) -> None:
        self._path = where / "attempts.json"
        self._asked = asked

    def read(self) -> Attempts:
        """What is known."""
        try:
            found = orjson.loads(self._path.read_bytes())
            if found.pop("asked") == self._asked:
                return Attempts(int(found["failures"]), Timestamp(float(found["again"])), str(found["why"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Attempts()
        return Attempts()

    def write(self, attempts: Attempts) -> None:
        """Keep it, where the disk takes it."""
        with suppress(OSError):
            replace(self._path, orjson.dumps(asdict(attempts) | {"asked": self._asked}))


class Lock:
    """Held by the one worker that asks, and by the process that it has started."""

    def __init__(self, where: Path) -> None:
        self._path = where / "lock"
        self.descriptor: int | None = None

    def take(self) -> bool:
        """Whether it is ours. Raises OSError."""
        if self.descriptor is None:
            folder(self._path.parent)
            descriptor = open_lock(self._path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                self.descriptor = descriptor
        return self.descriptor is not None

    def release(self) -> None:
        """Let another worker have it, once the process that we started has ended."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
