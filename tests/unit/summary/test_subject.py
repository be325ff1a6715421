import pytest

from gateway.summary.subject import MAX_SUBJECT, base_subject


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: x", "x"),
        ("RE  :x", "x"),
        ("fw: fwd: re: x", "x"),
        ("Re[2]: x", "x"),
        ("Re [a] [b]: x", "Re [a] [b]: x"),
        ("[list] Re: x", "x"),
        ("[a] [b] re: [c] x", "x"),
        ("Re: [list] x", "x"),
        ("x (fwd)", "x"),
        ("x (FWD) (fwd)\t", "x"),
        ("[fwd: x]", "x"),
        ("[Fwd: [a] Re: x (fwd)]", "x"),
        ("[fwd: [fwd: x]]", "x"),
    ],
)
def test_what_is_removed(subject: str, base: str) -> None:
    assert base_subject(subject).text == base


@pytest.mark.parametrize(
    ("subject", "base", "answers"),
    [
        ("", "", False),
        ("Re:", "", True),
        ("[a]", "[a]", False),
        ("[a] [b]", "[b]", False),
        ("[a] Re: [b]", "[b]", True),
        ("Regarding: x", "Regarding: x", False),
        ("a  b\t c", "a b c", False),
        ("[list] x", "x", False),
        ("[unclosed x", "[unclosed x", False),
        ("x [fwd: y]", "x [fwd: y]", False),
        ("Antw: x", "Antw: x", False),
        ("(fwd)", "", True),
        ("[fwd: x]", "x", True),
    ],
)
def test_what_stays_and_whether_it_answers(subject: str, base: str, answers: bool) -> None:
    assert base_subject(subject) == (base, answers)


@pytest.mark.parametrize("piece", ["[a]", "re:", "(fwd)", "[fwd:", "[", "]", "re[a]"])
def test_long_ones_cost_little(piece: str) -> None:
    assert len(base_subject(piece * 20_000).text) <= MAX_SUBJECT
