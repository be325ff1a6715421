"""Our regular expressions agree with Python's."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.route.regex import Regex
from gateway.route.regex_syntax import BadPattern

atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "^", "$", r"\w", r"\d", r"\.", "é"])
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join).map("({})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@given(patterns, st.text("ab1.é", max_size=12))
def test_the_same_texts_are_found(pattern, text):
    assert Regex.parse(pattern).found_in(text) is (re.search(pattern.replace("$", r"\Z"), text, re.DOTALL) is not None)


@given(st.text(r"ab(){}[]|*+?.^$\?:,0129-", max_size=20))
def test_any_text_is_an_expression_or_an_error(pattern):
    try:
        regex = Regex.parse(pattern)
    except BadPattern as error:
        assume(str(error))
        return
    assert regex.found_in("ab01") is (re.search(pattern, "ab01") is not None)
