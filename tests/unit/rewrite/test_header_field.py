import pytest

from gateway.mail.address import Address, parse_address
from gateway.rewrite.folding import NoAsciiForm
from gateway.rewrite.header_field import ascii_field

ALIASES: dict[str, Address] = {parse_address("jörg@bücher.example").key: parse_address("joerg@buecher.example")}
MUELLER = "=?utf-8?q?M=C3=BCller?="


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        # Unstructured text: blanks between two encoded-words are dropped by readers, so they go inside.
        ("Subject", " ü", " =?utf-8?b?w7w=?="),
        ("Subject", "ü", " =?utf-8?b?w7w=?="),
        ("Subject", " a ü b", " a =?utf-8?b?w7w=?= b"),
        ("Subject", " a  ü\tb ", " a =?utf-8?b?IMO8?=\tb"),
        ("Subject", " ü ä", " =?utf-8?b?w7wgw6Q=?="),
        ("Subject", " =?utf-8?q?a?= ü", " =?utf-8?q?a?= =?utf-8?b?IMO8?="),
        ("Subject", " ü\r\n =?utf-8?q?a?=", " =?utf-8?b?w7wg?= =?utf-8?q?a?="),
        ("X-Any", " (ü) <ü>", " =?utf-8?b?KMO8KSA8w7w+?="),
        # Phrases, addresses.
        ("From", " Müller <a@b>", f" {MUELLER} <a@b>"),
        ("From", ' "Müller"<a@b>', f" {MUELLER} <a@b>"),
        ("From", ' "Müller, Jörg" <a@b>', " =?utf-8?b?TcO8bGxlciwgSsO2cmc=?= <a@b>"),
        ("From", " Jörg Müller <a@b>", " =?utf-8?b?SsO2cmcgTcO8bGxlcg==?= <a@b>"),
        ("From", " A. Müller <a@b>", f" A. {MUELLER} <a@b>"),
        ("From", ' "A B" Müller (x) <a@b>', f' "A B" {MUELLER} (x) <a@b>'),
        ("From", " a@b (Müller)", f" a@b ({MUELLER})"),
        ("From", " a@b (x (Müller) y)", f" a@b (x ({MUELLER}) y)"),
        ("From", " a@b (x \\) Müller)", f" a@b (x \\) {MUELLER})"),
        ("To", " a@b,Müller <c@d>,e@f", f" a@b, {MUELLER} <c@d>, e@f"),
        ("To", " Müller:a@b, c@d;", f" {MUELLER} : a@b, c@d;"),
        ("To", " Müller", f" {MUELLER}"),
        ("To", " a@bücher.example", " a@xn--bcher-kva.example"),
        ("To", " (x) a @ bücher.example (y)", " (x) a@xn--bcher-kva.example (y)"),
        ("To", " x <a@BÜCHER.example>", " x <a@xn--bcher-kva.example>"),
        ("To", " x <a..b.@bücher.example>", " x <a..b.@xn--bcher-kva.example>"),
        ("To", " Müller <a@b", f" {MUELLER} <a@b>"),
        ("To", " jörg@bücher.example", " joerg@buecher.example"),
        ("To", " Jörg <jörg@xn--bcher-kva.example>", " =?utf-8?b?SsO2cmc=?= <joerg@buecher.example>"),
        ("To", " <a(ü)@b>", " <a@b>"),
        ("From", " Müller a@b.example", f" {MUELLER} a@b.example"),
        ("Keywords", " Müller, b", f" {MUELLER} , b"),
        # Parameters.
        ("Content-Type", " text/plain; name=ü", " text/plain; name*=utf-8''%C3%BC"),
        ("Content-Type", ' text/plain; name="ü \\"x"', " text/plain; name*=utf-8''%C3%BC%20%22x"),
        ("Content-Type", " text/plain (ü); charset=utf-8", " text/plain (=?utf-8?b?w7w=?=); charset=utf-8"),
        ("Content-Disposition", " inline; filename=ü; filename*=utf-8''%C3%BC", " inline; filename*=utf-8''%C3%BC"),
        ("Content-Disposition", " inline; filename*=utf-8'de'ü%20x", " inline; filename*=utf-8'de'%C3%BC%20x"),
        (
            "Content-Disposition",
            " a; filename*1*=%C3%BC; filename*0=ä; size=1",
            " a; filename*=utf-8''%C3%A4%C3%BC; size=1",
        ),
        (
            "Content-Disposition",
            " a; filename=Über uns.pdf; size=1",
            " a; filename*=utf-8''%C3%9Cber%20uns.pdf; size=1",
        ),
        # Other grammars.
        ("Date", " 1 Jan 2026 00:00:00 +0000 (Müller)", f" 1 Jan 2026 00:00:00 +0000 ({MUELLER})"),
        ("List-Post", " <mailto:jörg@b.example>", " <mailto:j%C3%B6rg@b.example>"),
        ("List-Id", " Müller <bücher.example>", f" {MUELLER} <xn--bcher-kva.example>"),
        ("Content-Location", " http://b.example/ü", " http://b.example/%C3%BC"),
        ("In-Reply-To", " Müller <1@b.example>", f" {MUELLER} <1@b.example>"),
        ("References", " <1@b>\r\n <2@b> (ü) <3@b>", " <1@b> <2@b> (=?utf-8?b?w7w=?=) <3@b>"),
        ("DKIM-Signature", " v=1; i=jörg@b.example", None),
        ("Return-Path", " <jürgen@b.example>", None),
        ("Delivered-To", " jörg@bücher.example", " joerg@buecher.example"),
    ],
)
def test_fields(name: str, value: str, form: str | None) -> None:
    assert ascii_field(name, value, ALIASES).value == form


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("To", " Jürgen <jürgen@b.example>", "no ASCII alias is configured"),
        ("To", " Jürgen . b @ b.example", "no ASCII alias"),
        ("To", " Jürgen. b@b.example", "no ASCII alias"),
        ("To", " ü@", "domain is missing"),
        ("To", " a@exa.ü..x", "no A-label form"),
        ("Message-ID", " <ü@b.example>", "identifier"),
        ("Message-ID", " ü@b.example", "identifier"),
        ("References", " <1@b> <ü@b.example>", "identifier"),
        ("Content-ID", " <ü@b.example>", "identifier"),
        ("Content-Type", " multipart/mixed; boundary=ü", "boundary"),
        ("Content-Type", " text/ü", "no ASCII form"),
        ("Content-Type", " text/plain; größe=1", "no ASCII form"),
        ("Content-Type", " text/plain; ü", "no ASCII form"),
        ("Content-Type", " text/plain; name*=ü''x", "charset"),
        ("MIME-Version", " ü", "no ASCII form"),
        ("Subject", " ü" * 100_000, "too long"),
    ],
)
def test_what_has_no_ascii_form_says_why(name: str, value: str, why: str) -> None:
    with pytest.raises(NoAsciiForm, match=why):
        ascii_field(name, value, ALIASES)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (" from a by b for <jörg@c>; date", " from a by b; date"),
        (" from a\r\n\tby b\r\n\tfor <jörg@c> (ü);\r\n\tdate", " from a\r\n\tby b;\r\n\tdate"),
        (" from bücher.example (ü [1.2.3.4]) by b; date", " from xn--bcher-kva.example  by b; date"),
        (" from ü..ü by b id ü with SMTP; date", " from unknown by b with SMTP; date"),
        (" from a by b for <jörg@c>", " from a by b"),
    ],
)
def test_received_fields_lose_only_what_has_no_ascii_form(value: str, form: str) -> None:
    assert ascii_field("Received", value, {}).value == form


def test_what_was_done_is_told() -> None:
    assert (
        ascii_field("To", " Jörg <jörg@bücher.example>, a@ü.example", ALIASES).how
        == "to RFC 2047 and ASCII alias and A-labels"
    )
    assert ascii_field("Content-Type", " a/b; name=ü", {}).how == "to RFC 2231"
    assert ascii_field("DKIM-Signature", " ü", {}).how == "left out"


def test_long_parameters_are_continued() -> None:
    form = ascii_field("Content-Disposition", " attachment; filename=" + "障" * 20, {}).value
    assert form == (
        " attachment;\r\n filename*0*=utf-8''"
        + "%E9%9A%9C" * 6
        + ";\r\n filename*1*="
        + "%E9%9A%9C" * 6
        + ";\r\n filename*2*="
        + "%E9%9A%9C" * 6
        + ";\r\n filename*3*="
        + "%E9%9A%9C" * 2
    )


def test_long_fields_are_folded_before_blanks_that_were_there() -> None:
    form = ascii_field("Subject", " Störung" + " word" * 20, {}).value
    assert form == " =?utf-8?q?St=C3=B6rung?=" + " word" * 8 + "\r\n" + " word" * 12
