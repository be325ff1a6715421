"""Names of accounts and passwords as people type them, made comparable (RFC 8264, RFC 8265).

A localpart of an account is a UsernameCaseMapped (RFC 8265 3.3): fullwidth letters are mapped to the usual ones,
upper case to lower, the whole to NFC; blanks, controls, symbols outside ASCII and mixed directions are forbidden.
The domain counts in its A-label form. Every protocol compares accounts by `account_key` and by nothing else.

Localparts of others are never touched (`gateway.mail.address`): this is about addresses that live here.
"""

import functools
import re
from collections.abc import Callable
from typing import Final

from precis_i18n import get_profile
from scramp.utils import ScramException, saslprep

from gateway.mail.address import Address, BadAddress, parse_address

MAX_NAME: Final = 512
"""Characters of a name that somebody logs in with; longer ones are nobody's."""

MAX_PASSWORD: Final = 256
"""Characters of a password; longer ones are nobody's."""

_USERNAME = get_profile("UsernameCaseMapped")
_OPAQUE = get_profile("OpaqueString")
_SASLPREP: Final[Callable[[str], str]] = saslprep
_PLAIN_NAME = re.compile(r"[!-~]+")
_PLAIN_PASSWORD = re.compile(r"[ -~]+")
_REASONS: Final = {
    "bidi_rule": "letters that run to the left and to the right are mixed",
    "empty": "nothing is left of it",
    "has_compat": "it has a letter in a form that is there for compatibility only",
    "spaces": "it has a blank",
    "controls": "it has a control character",
    "symbols": "it has a symbol",
    "punctuation": "it has a sign that is neither letter nor digit",
    "unassigned": "it has a character that Unicode does not know",
    "precis_ignorable_properties": "it has a character that nobody sees",
    "not_idempotent": "its small and capital letters cannot be told apart",
}


class BadName(ValueError):
    """No account can have this localpart; the message says why, for people."""


class BadPassword(ValueError):
    """Nobody can have this password; the message says why, for people, and never what it is."""


@functools.lru_cache(maxsize=8192)
def account_key(address: Address) -> str:
    """What accounts are compared by: prepared localpart, `@`, A-label domain. Raises BadName."""
    return f"{_localpart(address.local.value)}@{address.domain.ascii}"


def parse_login(name: str) -> Address | None:
    """The address that somebody logs in with; None where no account can have it."""
    if len(name) > MAX_NAME:
        return None
    try:
        address = parse_address(name)
        account_key(address)
    except (BadAddress, BadName):
        return None
    return address


def prepare_password(password: str) -> str:
    """A password in the form that all verifiers are made of. Raises BadPassword.

    ASCII stays as it is. Other passwords are checked and mapped as an OpaqueString (RFC 8265 4.2: NFC, all blanks are
    U+0020), then prepared with SASLprep (RFC 4013: NFKC, nothing unseen), since that is what a SCRAM client makes of
    them before it hashes (RFC 5802 2.2). As the server does the same with what PLAIN brings, one typed password
    verifies by both. What SASLprep forbids (characters newer than Unicode 3.2, mixed directions) stays an
    OpaqueString: clients that do not insist on SASLprep send just that. `is_portable` tells whether all clients agree.
    """
    opaque = _opaque(password)
    if opaque.isascii():
        return opaque
    try:
        return _SASLPREP(opaque) or opaque
    except ScramException:
        return opaque


def is_portable(password: str) -> bool:
    """Whether clients that know SASLprep, OpaqueString or neither send the same octets. Raises BadPassword."""
    opaque = _opaque(password)
    if opaque != password:
        return False
    try:
        return _SASLPREP(opaque) == opaque
    except ScramException:
        return False


def _opaque(password: str) -> str:
    if len(password) > MAX_PASSWORD:
        raise BadPassword(f"a password has {MAX_PASSWORD} characters at most")
    if _PLAIN_PASSWORD.fullmatch(password):
        return password
    try:
        return _OPAQUE.enforce(password)
    except UnicodeError as error:
        raise BadPassword(f"nobody can type this password: {_why(error)}") from None


def _localpart(value: str) -> str:
    if _PLAIN_NAME.fullmatch(value):
        return value.lower()
    try:
        return _USERNAME.enforce(value)
    except UnicodeError as error:
        raise BadName(f"{value[:80]!r} cannot be the name of an account: {_why(error)}") from error


def _why(error: UnicodeError) -> str:
    reason = error.reason if isinstance(error, UnicodeEncodeError) else ""
    code = reason.rpartition("/")[2]
    return _REASONS.get(code, "it has a character that may not stand there")
