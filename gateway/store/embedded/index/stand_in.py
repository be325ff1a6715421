"""The text of a message, until `gateway.summary.text` gives it."""

from gateway.mail.octets import OctetSource
from gateway.store.protocol.search import TEXT_LIMIT
from gateway.summary.model import SearchText


def search_text(octets: OctetSource, *, limit: int = TEXT_LIMIT) -> SearchText:
    """Headers as they stand there, and the rest of the message."""
    head, _, body = octets.read(0, limit).partition(b"\r\n\r\n")
    fields: dict[str, str] = {}
    others = []
    for line in head.decode("utf-8", "replace").replace("\r\n ", " ").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() in ("subject", "from", "to", "cc", "bcc"):
            fields[name.lower()] = value.strip()
        else:
            others.append(line)
    subject, sender, to, cc, bcc = (fields.get(each, "") for each in ("subject", "from", "to", "cc", "bcc"))
    return SearchText(subject, sender, to, cc, bcc, "\n".join(others), body.decode("utf-8", "replace"), "")
