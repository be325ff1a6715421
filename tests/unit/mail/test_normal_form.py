"""Normal forms of any text, in linear time."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.normal_form import PIECE, Form, normal

FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
LETTERS = "ab \u0301\u0327\u0316\u1100\u1161\u11a8\uac00\u3099\u304b\u09be\u09c7\u00e9\ufb03"


@pytest.mark.parametrize("form", FORMS)
@given(text=st.text(LETTERS, min_size=1, max_size=PIECE // 3), times=st.integers(1, 12))
def test_what_people_write_is_as_unicode_has_it(form: Form, text: str, times: int) -> None:
    whole = f"{text}x" * times
    assert normal(form, whole) == unicodedata.normalize(form, whole)


def test_a_million_accents_on_one_letter_are_nobodys_work_for_minutes() -> None:
    began = time.process_time()
    found = normal("NFC", "a" + "\u0301\u0327\u0316" * 330_000)
    assert time.process_time() - began < 5
    assert len(found) > 900_000
