"""What clients are told of the store's errors."""

import pytest

from gateway.imap.trouble import answer
from gateway.store.errors import (
    AnnotationTooLarge,
    HasChildren,
    MailboxExists,
    NoSuchMailbox,
    NotPossible,
    OverQuota,
    Resource,
    StateChanged,
    StoreUnavailable,
    TooManyAnnotations,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OverQuota(Resource.STORAGE, 10, 9), b"OVERQUOTA"),
        (NoSuchMailbox("gone"), b"NONEXISTENT"),
        (MailboxExists("taken"), b"ALREADYEXISTS"),
        (HasChildren("below"), b"HASCHILDREN"),
        (TooManyAnnotations(5), b"METADATA TOOMANY"),
        (AnnotationTooLarge(1024), b"METADATA MAXSIZE 1024"),
        (StateChanged("other"), b"INUSE"),
        (NotPossible("no"), b"CANNOT"),
        (StoreUnavailable("/secret/path is full"), b"UNAVAILABLE"),
    ],
)
def test_each_has_its_code(error: Exception, code: bytes) -> None:
    said = answer(error).wire(b"a1")
    assert said.startswith(b"a1 NO [" + code + b"] ")
    assert said.endswith(b"\r\n")
    assert b"/secret" not in said
