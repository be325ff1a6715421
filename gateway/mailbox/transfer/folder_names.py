"""Names of mailboxes and what they are as names of files and folders."""

import re
import unicodedata
from typing import Final

from gateway.mail import modified_utf7
from gateway.mail.normal_form import normal
from gateway.store.names import MAX_DEPTH, MAX_LEVEL

_SUFFIXES: Final = (".mbox", ".mbx", ".sbd", ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".eml")
_UNKNOWN: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_BYTE_ORDER_MARK: Final = "\ufeff"
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\ud800-\udfff]|^\.|[. ]$")
_MAX_OCTETS: Final = 180
_LONGEST: Final = 4096
"""Characters of a name that are looked at."""


def level(text: str) -> str:
    """One level of a mailbox's name from the name of a file, in modified UTF-7 or UTF-8; never empty."""
    name = _visible(normal("NFC", modified_utf7.decode_any(text[:_LONGEST]))).replace("/", "_").strip(" ")
    while len(name.encode()) > MAX_LEVEL:
        name = name[:-1]
    return name or "unnamed"


def _visible(text: str) -> str:
    return "".join("_" if c == _BYTE_ORDER_MARK or unicodedata.category(c) in _UNKNOWN else c for c in text)


def stem(name: str) -> str:
    """The name of a file without what says of which kind it is."""
    while name.lower().endswith(_SUFFIXES) and (shorter := name.rpartition(".")[0]):
        name = shorter
    return name


def joined(*names: str) -> str:
    """Levels, one below the other."""
    return "/".join([part for name in names for part in name.split("/") if part][:MAX_DEPTH])


def maildir_levels(folder: str) -> str:
    """`.Work.Plans` of Maildir++: `Work/Plans`."""
    return joined(*(level(part) for part in folder.removeprefix(".").split(".") if part))


def file_level(name: str) -> str:
    """One level of a mailbox's name as the name of a file on any system. Different names may give the same."""
    fit = _UNFIT.sub("_", name) or "_"
    while len(fit.encode()) > _MAX_OCTETS:
        fit = fit[:-1]
    return fit


def maildir_folder(name: str) -> str:
    """`Work/Plans` as Maildir++ has it. A dot within a level stands as in Dovecot's listescape."""
    levels = (modified_utf7.encode(part).replace("\\", "\\5c") for part in name.split("/"))
    return "".join("." + part.replace(".", "\\2e") for part in levels)
