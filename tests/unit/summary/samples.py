"""Messages for the tests of summaries."""

from gateway.mail.octets import MemoryOctets
from gateway.summary.model import Summary
from gateway.summary.work import summarize
from tests.support.imap_form import Form, read_form


def message(header: str, body: str = "text\n") -> bytes:
    return f"{header.strip()}\n\n{body}".replace("\n", "\r\n").encode()


def summary(header: str, body: str = "text\n") -> Summary:
    return summarize(MemoryOctets(message(header, body)))


def envelope(header: str) -> list[Form]:
    form = read_form(summary(header).envelope)
    assert isinstance(form, list)
    return form


def structure(header: str, body: str = "text\n") -> bytes:
    return summary(header, body).structure
