"""BODYSTRUCTURE without its extension data, which is BODY (RFC 9051 7.5.2), made from the octets of the former.

Only for what `gateway.summary.structure` wrote: the form is known to be right.
"""

import re

_ITEM = re.compile(rb'[()]|"(?:[^"\\]++|\\.)*+"|\{(\d+)\}\r\n|[^ ()"{]++', re.DOTALL)
_BASIC = 7
"""Fields before those of the type: type, subtype, parameters, id, description, encoding, size."""
_MESSAGES = (b'"message" "rfc822" ', b'"message" "global" ')


def without_extensions(structure: bytes, *, knows_global: bool = True) -> bytes:
    """BODY of the same message. `knows_global`: as the structure was written."""
    return _body(structure, 0, _MESSAGES if knows_global else _MESSAGES[:1])[0]


def _body(form: bytes, at: int, messages: tuple[bytes, ...]) -> tuple[bytes, int]:
    """The body that begins at `at`, and where it ends."""
    if form.startswith(b"((", at):
        return _multipart(form, at, messages)
    if form.startswith(messages, at + 1):
        return _message(form, at, messages)
    stop = _after(form, at + 1, _BASIC + form.startswith(b'"text"', at + 1))
    return form[at:stop] + b")", _after(form, at, 1)


def _multipart(form: bytes, at: int, messages: tuple[bytes, ...]) -> tuple[bytes, int]:
    end = at + 1
    children: list[bytes] = []
    while form.startswith(b"(", end):
        child, end = _body(form, end, messages)
        children.append(child)
    stop = _after(form, end, 1)
    return b"(%s%s)" % (b"".join(children), form[end:stop]), _end(form, stop)


def _message(form: bytes, at: int, messages: tuple[bytes, ...]) -> tuple[bytes, int]:
    begin = _after(form, at + 1, _BASIC + 1) + 1
    inner, end = _body(form, begin, messages)
    stop = _after(form, end, 1)
    return b"%s%s%s)" % (form[at:begin], inner, form[end:stop]), _end(form, stop)


def _end(form: bytes, at: int) -> int:
    """Behind the parenthesis that closes the list in which `at` lies."""
    return _run(form, at, depth=1, items=-1)


def _after(form: bytes, at: int, items: int) -> int:
    """Behind so many items."""
    return _run(form, at, depth=0, items=items)


def _run(form: bytes, at: int, *, depth: int, items: int) -> int:
    while True:
        item = _ITEM.search(form, at)
        if item is None:
            return len(form)
        at = item.end()
        if item[0] == b"(":
            depth += 1
        elif item[0] == b")":
            depth -= 1
        elif item[1]:
            at += int(item[1])
        if depth == 0:
            items -= 1
            if items == 0 or (item[0] == b")" and items < 0):
                return at
