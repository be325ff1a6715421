"""LANGUAGE (RFC 5255 3.2). Our texts are English, in ASCII: as i-default and as EN they are the same, and names of
namespaces are not translated."""

import re
from typing import Final

from gateway.imap.registry import Capability, Extension, When, always, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.scanner import BadSyntax, Scanner

LANGUAGES: Final = {"en": "EN", "i-default": "i-default"}
"""In lower case, and as they are told; the first is what we prefer."""
DEFAULT: Final = "default"
_RANGE: Final = re.compile(r"\*|[A-Za-z]{1,8}(?:-(?:[A-Za-z0-9]{1,8}|\*))*")


def _parse(scanner: Scanner) -> tuple[str, ...]:
    """*(SP lang-range-quoted)"""
    found: list[str] = []
    while not scanner.at_end:
        scanner.space()
        found.append(scanner.text("a language"))
        if len(found[-1]) > 100 or not _RANGE.fullmatch(found[-1]):
            raise BadSyntax("a language is written like EN or de-CH (RFC 4647 2.1)")
    return tuple(found)


async def _language(session: Session, ranges: tuple[str, ...]) -> Completion:
    if not ranges:
        session.output.untagged(b"LANGUAGE (%b)" % " ".join(LANGUAGES.values()).encode())
        return ok("these languages are supported")
    language = next(filter(None, map(looked_up, ranges)), None)
    if language is None:
        raise refused("none of these languages is supported: LANGUAGE alone lists those that are", b"CANNOT")
    session.output.untagged(b"LANGUAGE (%b)" % language.encode())
    return ok("now speaking English")


def looked_up(wanted: str) -> str | None:
    """By RFC 4647 3.4: shorter and shorter, until it is one of ours."""
    if wanted.lower() in (DEFAULT, "*"):
        return next(iter(LANGUAGES.values()))
    subtags = [subtag for subtag in wanted.lower().split("-") if subtag != "*"]
    while subtags and "-".join(subtags) not in LANGUAGES:
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return LANGUAGES.get("-".join(subtags))


EXTENSION: Final = Extension(
    commands=(command("LANGUAGE", _parse, _language, When.ALWAYS),),
    capabilities=(Capability("LANGUAGE", always, brings=("LANGUAGE",)),),
)
