"""Base subjects (RFC 5256 2.1, exactly; its section 5 for the grammar), of decoded text on one line.

ABNF::

    subj-leader  = (*subj-blob subj-refwd) / WSP
    subj-refwd   = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
    subj-blob    = "[" *BLOBCHAR "]" *WSP
    subj-trailer = "(fwd)" / WSP
    subj-fwd-hdr = "[fwd:"
    subj-fwd-trl = "]"
"""

import re
from typing import NamedTuple

MAX_SUBJECT = 4096
"""Characters that are looked at."""

_BLANKS = re.compile(r"[ \t]{2,}|\t")
_BLOB = r"\[[^\[\]]*+\][ \t]*+"
_BLOBS = re.compile(rf"(?:{_BLOB})+")
_LEADER = re.compile(rf"(?:(?:{_BLOB})*+(?:re|fwd?)[ \t]*+(?:{_BLOB})?+:|[ \t]++)+", re.IGNORECASE)
_LAST_BLOB = re.compile(_BLOB + r"\Z")


class BaseSubject(NamedTuple):
    """`answers`: something was removed that says so (RFC 5256 2.1, 3: "is a reply or forward")."""

    text: str
    answers: bool


def base_subject(subject: str) -> BaseSubject:
    """What is left of a decoded subject."""
    text = _BLANKS.sub(" ", subject[:MAX_SUBJECT])
    answers = False
    while True:
        text, trailed = _without_trailers(text)
        text, led = _without_leaders(text)
        answers = answers or trailed or led
        if not (text[:5].lower() == "[fwd:" and text.endswith("]")):
            return BaseSubject(text, answers)
        text, answers = text[5:-1], True


def _without_trailers(text: str) -> tuple[str, bool]:
    """Step 2."""
    found = False
    text = text.rstrip(" \t")
    while text[-5:].lower() == "(fwd)":
        text, found = text[:-5].rstrip(" \t"), True
    return text, found


def _without_leaders(text: str) -> tuple[str, bool]:
    """Steps 3 to 5. Where no leader stands before all blobs, none stands behind the first of them."""
    found = False
    while True:
        if leader := _LEADER.match(text):
            found = found or ":" in leader[0]
            text = text[leader.end() :]
        blobs = _BLOBS.match(text)
        if not blobs:
            return text, found
        if blobs.end() == len(text):
            return _last_blob(text), found
        text = text[blobs.end() :]


def _last_blob(text: str) -> str:
    """Step 4 leaves the last one: nothing else is left."""
    last = _LAST_BLOB.search(text[text.rfind("[") :])
    return last[0] if last else text
