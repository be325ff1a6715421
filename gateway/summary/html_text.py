"""The text of HTML, for previews and searches: what a reader would see, roughly, on lines. Never fails, linear time.

Markup is dropped without being understood, so nothing of it has to be safe. `head`, `script`, `style` and comments
say nothing; blocks end lines; `alt` and `title` are text that people see (RFC 8621 4.4.1).
"""

import html
import re

_SILENT = "script|style|title|template|svg|math"
_HEAD = re.compile(r"<head\b", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\b|<body\b", re.IGNORECASE)
_NOT_SHOWN = re.compile(rf"<!--.*?(?:-->|\Z)|<({_SILENT})\b[^<>]*+>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_INSIDE = r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+>?"
_BLOCK = re.compile(
    r"</?(?:p|br|div|tr|li|[uod]l|d[td]|table|h[1-6]|hr|blockquote|pre|section|article|header|footer|title|address|"
    rf"figure|form|option)\b{_INSIDE}",
    re.IGNORECASE,
)
_CELL = re.compile(rf"</?t[dh]\b{_INSIDE}", re.IGNORECASE)
_IMAGE = re.compile(rf"<img\b{_INSIDE}", re.IGNORECASE)
_TAG = re.compile(rf"<[/!?]?[A-Za-z]{_INSIDE}|<[!?]{_INSIDE}")
_SHOWN = re.compile(r"\b(?:alt|title)\s*+=\s*+(?:\"([^\"]+)\"|'([^']+)')", re.IGNORECASE)
_NO_CHARACTER = re.compile(r"&#[0-9]{100,}+;?")
"""Python reads no number of thousands of digits."""
_BLANKS = re.compile(" {2,}")
_LINES = re.compile(r" ?\n[ \n]*")


def html_text(markup: str) -> str:
    """The text, entities read, blanks collapsed, a line for each block."""
    shown = _NOT_SHOWN.sub(" ", _without_head(markup))
    text = _BLOCK.sub("\n", " ".join(shown.split()))
    if "<" in text:
        text = _TAG.sub("", _IMAGE.sub(_image, _CELL.sub(" ", text)))
    if "&" in text:
        text = html.unescape(_NO_CHARACTER.sub("\ufffd", text))
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    return _LINES.sub("\n", text).strip()


def _without_head(markup: str) -> str:
    """It ends where the body begins, at the latest; where neither is seen, only its title and styles are dropped."""
    head = _HEAD.search(markup)
    end = _HEAD_END.search(markup, head.end()) if head else None
    return markup[: head.start()] + markup[end.start() :] if head and end else markup


def _image(tag: re.Match[str]) -> str:
    shown = _SHOWN.search(tag[0])
    return f" {shown[1] or shown[2]} " if shown else ""
