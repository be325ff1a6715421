"""Fields with addresses or identifiers in angle brackets (RFC 5322 3.4, 3.6.4) in ASCII.

ABNF, as read here::

    list    = item *( ( "," / ";" / ":" ) item )
    item    = [phrase] "<" path ">" [CFWS] / [CFWS] addr-spec [CFWS] / [phrase]
    phrase  = 1*( encoded-word / word / "." )

A phrase's words become encoded-words, never a quoted-string's inside; U-labels become A-labels; a localpart in UTF-8
becomes its ASCII alias (RFC 6531 3.5), or the field has no ASCII form.
"""

from collections.abc import Callable, Mapping, Sequence

from gateway.mail.address import Address, BadAddress, parse_address
from gateway.mail.domain import BadDomain, parse_domain
from gateway.mime.tokens import CFWS, Lexeme, Token, items, tokens
from gateway.rewrite.comment import write_comment, write_commented
from gateway.rewrite.encoded_word import Place
from gateway.rewrite.folding import Composer, Means, NoAsciiForm
from gateway.rewrite.words import Word, word, write_words

PathWriter = Callable[[Composer, str], str]
"""Gives the ASCII form of what stands in angle brackets or as an addr-spec. Raises NoAsciiForm."""


def address_path(aliases: Mapping[str, Address]) -> PathWriter:
    """Addresses: A-labels right of the `@`, aliases (by `Address.key`) for localparts in UTF-8."""

    def path(composer: Composer, text: str) -> str:
        local, _, domain = text.rpartition("@")
        if local.isascii() and local:
            composer.means[Means.A_LABELS] = None
            return f"{local}@{_a_labels(domain)}"
        composer.means[Means.ALIAS] = None
        return _alias(text, aliases)

    return path


def identifier(_: Composer, text: str) -> str:
    """Message identifiers: no ASCII form (RFC 6532 3.3)."""
    raise NoAsciiForm(f"the identifier <{text}> has no ASCII form")


def link(composer: Composer, text: str) -> str:
    """URIs (RFC 2369, RFC 3987 3.1): percent-encoded UTF-8."""
    composer.means[Means.PERCENT] = None
    return "".join(c if c.isascii() else "".join(f"%{octet:02X}" for octet in c.encode()) for c in text)


def list_identifier(composer: Composer, text: str) -> str:
    """A List-Id (RFC 2919), which has the form of a domain."""
    composer.means[Means.A_LABELS] = None
    return _a_labels(text)


def write_list(composer: Composer, value: str, path: PathWriter) -> None:
    """Add an unfolded list of items. Raises NoAsciiForm."""
    for item, separator in items(tokens(value)):
        _write_item(composer, item, path)
        if separator:
            composer.separate(separator)


def _a_labels(domain: str) -> str:
    try:
        return parse_domain(domain).ascii
    except BadDomain as error:
        raise NoAsciiForm(str(error)) from error


def _alias(text: str, aliases: Mapping[str, Address]) -> str:
    try:
        address = parse_address(text)
    except BadAddress as error:
        raise NoAsciiForm(f"{text!r} has no ASCII form: {error}") from error
    alias = aliases.get(address.key)
    if alias is None or not alias.is_ascii:
        raise NoAsciiForm(f"the localpart of {address} has no ASCII form, and no ASCII alias is configured for it")
    return alias.wire


def _write_item(composer: Composer, item: list[Token], path: PathWriter) -> None:
    specials = [token.text if token.kind is Lexeme.SPECIAL else "" for token in item]
    if "@" in specials and "<" not in specials and not _stands_apart(item, specials.index("@")):
        _write_bare(composer, item, path)
        return
    at, begin = 0, _place("<", specials, 0)
    while begin < len(item):
        end = _place(">", specials, begin)
        blank = _write_phrase(composer, item[at:begin])
        composer.add(blank, f"<{_path(composer, item[begin + 1 : end], path)}>")
        at, begin = end + 1, _place("<", specials, end)
    _write_phrase(composer, item[at:])


def _place(special: str, specials: list[str], start: int) -> int:
    """Where it comes next; past the end where it does not."""
    try:
        return specials.index(special, start)
    except ValueError:
        return len(specials)


def _stands_apart(item: list[Token], at: int) -> bool:
    """Whether the address around the `@` is ASCII and a word of its own: only what is beside it needs encoding."""
    start, stop = at, at
    while start > 0 and item[start - 1].kind not in CFWS:
        start -= 1
    while stop < len(item) and item[stop].kind not in CFWS:
        stop += 1
    beside = [token.text for token in item[:start] if token.kind not in CFWS]
    dotted = item[start].text == "." or beside[-1:] == ["."]
    return start < at < stop - 1 and not dotted and all(token.text.isascii() for token in item[start:stop])


def _path(composer: Composer, inside: list[Token], path: PathWriter) -> str:
    written = "".join(token.text for token in inside)
    if written.isascii():
        return written
    core = _core(inside)
    return core if core.isascii() else path(composer, core)


def _core(found: Sequence[Token]) -> str:
    return "".join(token.text for token in found if token.kind not in CFWS)


def _write_bare(composer: Composer, item: list[Token], path: PathWriter) -> None:
    core = _core(item)
    if core.isascii():
        write_commented(composer, item)
        return
    named = [index for index, token in enumerate(item) if token.kind not in CFWS]
    before, after = item[: named[0]], item[named[-1] + 1 :]
    write_commented(composer, before)
    composer.add(" " if before else "", path(composer, core))
    write_commented(composer, after)


def _write_phrase(composer: Composer, phrase: list[Token]) -> str:
    """Add a phrase with its comments; returns the blank at its end."""
    words: list[Word] = []
    blank, glued = "", list[Token]()
    for token in [*phrase, Token(Lexeme.BLANK, "")]:
        if token.kind not in CFWS:
            glued.append(token)
            continue
        if glued:
            words.append(_word(blank, glued))
            blank, glued = "", []
        if token.kind is Lexeme.COMMENT:
            write_words(composer, words, Place.PHRASE)
            write_comment(composer, blank, token.text)
            words, blank = [], ""
        else:
            blank = token.text or blank
    write_words(composer, words, Place.PHRASE)
    return blank


def _word(blank: str, glued: list[Token]) -> Word:
    raw = "".join(token.text for token in glued)
    short = blank if len(blank) < 2 else blank[0]
    return word(short, raw, "".join(token.meant for token in glued))
