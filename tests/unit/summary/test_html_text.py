import time

import pytest

from gateway.summary.html_text import html_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b", "a\nb"),
        ("a<br/>b", "a\nb"),
        ("a <b>b</b>c", "a bc"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<script>x<y</script>a<style>p{}</style>", "a"),
        ("<head><title>t</title></head><body>a", "a"),
        ("a<!-- <b>x</b> -->b", "a b"),
        ('<a title=">">a</a>', "a"),
        ('<img src=x alt="a cat">', "a cat"),
        ("1 &lt; 2 &amp;&#x41;&eacute;", "1 < 2 &Aé"),
        ("2 < 3", "2 < 3"),
        ("a\r\n  b", "a b"),
        ("<script>never closed", ""),
        ("<head><title>t</title><body>a", "a"),
        ("<head><title>t</title>a", "a"),
        ("<noscript>a</noscript>", "a"),
        ("<!--[if mso]><p>x</p><![endif]-->a", "a"),
        ("<p", ""),
        (f"a&#{'9' * 5000};b", "a\ufffdb"),
    ],
)
def test_what_people_see(markup: str, text: str) -> None:
    assert html_text(markup) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "<script>",
        "<a b='",
        '<p "',
        "&",
        "<style",
        "</script",
        "<svg>x",
        "&#",
        "<img alt=",
        "<div>",
        "<head>",
    ],
)
def test_hostile_markup_costs_little(piece: str) -> None:
    markup = "</a>" + piece * (400_000 // len(piece))
    start = time.perf_counter()
    html_text(markup)
    assert time.perf_counter() - start < 3
