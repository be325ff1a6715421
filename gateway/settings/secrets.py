"""Secrets by reference: `{file: PATH}` or `{env: NAME}`."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.mail.secret import Secret

MAX_SECRET: Final = 4096


class BadSecret(ValueError):
    """The secret cannot be had; its message says why, and never what it is."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a configuration file refers to besides itself."""

    base: Path
    """The folder that paths are relative to: the file's own."""
    environ: Mapping[str, str]

    def path(self, text: str) -> Path:
        """A path as the file writes it, made absolute. Raises ValueError."""
        if not text or "\0" in text:
            raise ValueError("is no path")
        return Path(os.path.normpath(self.base.absolute() / text))


def read_secret(reference: Mapping[str, str], surroundings: Surroundings) -> tuple[Secret, str]:
    """The secret, and a warning (or an empty text) about how it is kept. Raises BadSecret."""
    match reference:
        case {"file": str(name), **rest} if not rest:
            return _from_file(name, surroundings)
        case {"env": str(name), **rest} if not rest:
            value = surroundings.environ.get(name, "")
            if not value:
                raise BadSecret(f"the environment has no {name}")
            return Secret(value), ""
    raise BadSecret("a secret is {file: PATH} or {env: NAME}")


def open_to_others(path: Path) -> bool:
    """Whether anyone but its owner may read or change the file; False where there is none."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except (OSError, ValueError):
        return False


def _from_file(name: str, surroundings: Surroundings) -> tuple[Secret, str]:
    try:
        path = surroundings.path(name)
    except ValueError as error:
        raise BadSecret(str(error)) from error
    try:
        if not path.is_file():
            path.stat()
            raise BadSecret(f"{path} is no file")
        with path.open("rb") as file:
            text = file.read(MAX_SECRET + 1).decode().rstrip("\r\n")
    except OSError as error:
        raise BadSecret(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSecret(f"{path} is not UTF-8") from error
    if not text or len(text) > MAX_SECRET or not text.isprintable():
        raise BadSecret(f"{path} is not one line of text")
    return Secret(text), f"others may read {path}: chmod 600 {path}" if open_to_others(path) else ""
