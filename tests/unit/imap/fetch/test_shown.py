"""What a worker remembers of forms is bounded, and is the same whenever it is asked for."""

from gateway.auth.authenticator import AccountId
from gateway.imap.fetch.shown import MOST, MOST_OCTETS, NOTHING, Forms, mending
from gateway.mail.octets import MemoryOctets
from gateway.rewrite.surrogate import Mend
from gateway.store.model import EmailId
from gateway.summary.model import Odd

AL = AccountId(1)


def test_what_has_to_be_done() -> None:
    assert mending(0, utf8=False) == NOTHING
    assert mending(Odd.HEADER, utf8=True) == NOTHING
    assert mending(Odd.HEADER, utf8=False) == Mend.HEADERS
    assert mending(Odd.NUL, utf8=True) == mending(Odd.NUL | Odd.HEADER, utf8=True) == Mend.NUL
    assert mending(Odd.NUL | Odd.HEADER, utf8=False) == Mend.NUL | Mend.HEADERS


def test_a_surrogate_is_remembered() -> None:
    forms, octets = Forms(), MemoryOctets("Subject: ö\r\n\r\n".encode())
    first = forms.shown(AL, EmailId(1), octets, Mend.HEADERS)
    again = forms.shown(AL, EmailId(1), octets, Mend.HEADERS)
    assert first.octets is again.octets
    assert first.describe() is again.describe()
    other = forms.shown(AccountId(2), EmailId(1), octets, Mend.HEADERS)
    assert other.octets is not first.octets


def test_memory_is_bounded() -> None:
    forms = Forms()
    large = MemoryOctets("Subject: ö\r\n\r\n".encode() + b"x" * (MOST_OCTETS // 8))
    for number in range(40):
        assert forms.shown(AL, EmailId(number), large, Mend.HEADERS).octets
    assert sum(form.weight for form in forms._kept.values()) <= MOST_OCTETS + 2 * len(large)
    small = MemoryOctets("Subject: ö\r\n\r\n".encode())
    for number in range(3 * MOST):
        assert forms.shown(AL, EmailId(number), small, Mend.HEADERS).octets
    assert len(forms._kept) <= MOST


def test_messages_that_are_shown_as_they_are_need_no_memory() -> None:
    forms = Forms()
    octets = MemoryOctets(b"Subject: a\r\n\r\n")
    assert forms.shown(AL, EmailId(1), octets, NOTHING).octets is octets
    assert not forms._kept
