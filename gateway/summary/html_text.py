"""The text of HTML, for previews and searches: what a reader would see, roughly, on lines. Never fails, linear time.

Markup is dropped without being understood, so nothing of it has to be safe. `head`, `script`, `style` and comments
say nothing; blocks end lines; `alt` and `title` are text that people see (RFC 8621 4.4.1).
"""

import html
import re

_SILENT = "script|style|head|template|noscript|svg|math"
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
_BLANKS = re.compile(" {2,}")
_LINES = re.compile(r" ?\n[ \n]*")


def html_text(markup: str) -> str:
    """The text, entities read, blanks collapsed, a line for each block."""
    text = _BLOCK.sub("\n", " ".join(_NOT_SHOWN.sub(" ", markup).split()))
    if "<" in text:
        text = _TAG.sub("", _IMAGE.sub(_image, _CELL.sub(" ", text)))
    if "&" in text:
        text = html.unescape(text)
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    return _LINES.sub("\n", text).strip()


def _image(tag: re.Match[str]) -> str:
    shown = _SHOWN.search(tag[0])
    return f" {shown[1] or shown[2]} " if shown else ""
