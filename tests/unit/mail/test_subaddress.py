"""What may begin a subaddress."""

import pytest

from gateway.mail.subaddress import Separators


@pytest.mark.parametrize(("text", "signs"), [("+", "+"), ("+-", "+-"), ("none", ""), ("", "")])
def test_signs(text: str, signs: str) -> None:
    assert Separators.parse(text).signs == signs


@pytest.mark.parametrize("text", ["a", "+a", ".", "@", '"', " ", "+ ", "Ω", "None"])
def test_what_is_no_sign(text: str) -> None:
    with pytest.raises(ValueError, match="signs such as"):
        Separators.parse(text)
