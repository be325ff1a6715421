"""Any text is a regular expression or a reason why not, and no text is ever too much for one."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.route.regex import BadPattern, Regex


@given(st.text(r"ab(){}[]|*+?.^$\?:,0129-é", max_size=30), st.text(max_size=50))
def test_any_text_is_an_expression_or_an_error(pattern, text):
    try:
        regex = Regex.parse(pattern)
    except BadPattern:
        return
    assert isinstance(regex.found_in(text), bool)


@given(st.text("ab.é[", max_size=8), st.text("ab.é[", max_size=30))
def test_a_quoted_text_is_found_where_it_stands(part, text):
    quoted = "".join(f"\\{char}" if char in ".[" else char for char in part)
    assert Regex.parse(quoted).found_in(text) is (part in text)
