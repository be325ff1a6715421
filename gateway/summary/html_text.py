"""The text of HTML, for previews and searches: what a reader would see, roughly, on lines. Never fails, linear time.

Markup is dropped without being understood, so nothing of it has to be safe. `head`, `script`, `style` and comments
say nothing; blocks end lines; `alt` and `title` are text that people see (RFC 8621 4.4.1).
"""

import html
import re

_SILENT = "script|style|head|template|noscript|svg|math"
_NOT_SHOWN = re.compile(rf"<!--.*?(?:-->|\Z)|<({_SILENT})\b[^>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9]*|[!?])(?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+>?")
_BLOCK_NAMES = """
    p br div tr li ul ol dl dt dd table h1 h2 h3 h4 h5 h6 hr blockquote pre section article header footer title
    address figure form option
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SHOWN = re.compile(r"\b(?:alt|title)\s*=\s*(?:\"([^\"]+)\"|'([^']+)')", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINES = re.compile(r" ?\n[ \n]*")


def html_text(markup: str) -> str:
    """The text, entities read, blanks collapsed, a line for each block."""
    if "<!--" in markup or "</" in markup:
        markup = _NOT_SHOWN.sub(" ", markup)
    text = _TAG.sub(_replacement, _BLANKS.sub(" ", markup))
    if "&" in text:
        text = html.unescape(text)
    return _LINES.sub("\n", text).strip()


def _replacement(tag: re.Match[str]) -> str:
    name = tag[1].lstrip("/").lower()
    if name in _BLOCKS:
        return "\n"
    if name in {"td", "th"}:
        return " "
    if name == "img" and (shown := _SHOWN.search(tag[0])):
        return f" {shown[1] or shown[2]} "
    return ""
