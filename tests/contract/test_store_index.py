"""The full-text index of an account, which follows the mail when the engine has it do so."""

import pytest

from gateway.mail.octets import MemoryOctets
from gateway.store.actions import Expunge, Which
from gateway.store.model import EmailId, NewEmail
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.store.protocol.store import Mail
from tests.contract.store_support import AL, BO, NOW, Stores, append, expunge, inbox

ALL = frozenset(Field)
SERVER = "Subject: 東京サーバの障害\r\nFrom: Jörg <j@x.example>\r\n\r\nsie steht in der Straße\r\n".encode()
PLAIN = b"Subject: nothing\r\nTo: al@home.example\r\n\r\nall is <well>\r\n"


async def _put(mail: Mail, *octets: bytes) -> tuple[EmailId, ...]:
    emails = (NewEmail(MemoryOctets(each), NOW) for each in octets)
    return (await append(mail, (await inbox(mail)).id, *emails)).emails


async def _find(mail: Mail, text: str, closeness: Closeness = Closeness.EXACT, *fields: Field) -> list[int]:
    return list((await mail.index.find(Wanted(text, frozenset(fields) or ALL, closeness))).emails)


async def test_it_follows_the_mail(stores: Stores) -> None:
    mail = stores.mail()
    one, other = await _put(mail, SERVER, PLAIN)
    assert sorted(await mail.index.missing([other, one])) == [one, other]
    stores.index(AL)
    assert list(await mail.index.missing([one, other, EmailId(99)])) == [99]
    assert await _find(mail, "障害") == [one]
    assert await _find(mail, "nothing") == [other]
    [third] = await _put(mail, SERVER)
    assert list(await mail.index.missing([one, third])) == [third]
    assert third not in await _find(mail, "障害"), "the caller looks at it"
    stores.index(AL)
    assert await _find(mail, "障害") == [one, third]


async def test_nothing_is_indexed_yet(mail: Mail) -> None:
    assert await _find(mail, "hello") == []
    assert list(await mail.index.missing([EmailId(1)])) == [1]


@pytest.mark.parametrize(
    ("text", "closeness", "fields", "found"),
    [
        ("障害", Closeness.EXACT, (Field.SUBJECT,), True),
        ("障害", Closeness.EXACT, (Field.BODY, Field.FROM), False),
        ("STRASSE", Closeness.FUZZY, (), True),
        ("jorg", Closeness.FUZZY, (Field.FROM,), True),
        ("straße", Closeness.EXACT, (Field.BODY,), True),
        ("steht in der stra", Closeness.EXACT, (), True),
        ("steht der", Closeness.EXACT, (), False),
        ("der steht", Closeness.FUZZY, (), True),
        ("nowhere", Closeness.FUZZY, (), False),
    ],
)
async def test_what_is_found(
    stores: Stores, text: str, closeness: Closeness, fields: tuple[Field, ...], found: bool
) -> None:
    mail = stores.mail()
    one, _ = await _put(mail, SERVER, PLAIN)
    stores.index(AL)
    answer = await mail.index.find(Wanted(text, frozenset(fields) or ALL, closeness))
    assert not answer.sure or list(answer.emails) == [one] * found
    assert (one in answer.emails) >= found
    if answer.ranks is not None:
        assert closeness is Closeness.FUZZY
        assert len(answer.ranks) == len(answer.emails)
        assert all(0 <= rank <= 1 for rank in answer.ranks)


async def test_accounts_are_apart(stores: Stores) -> None:
    await _put(stores.mail(AL), SERVER)
    await _put(stores.mail(BO), PLAIN)
    stores.index(AL)
    stores.index(BO)
    assert await _find(stores.mail(BO), "障害") == []


async def test_what_is_expunged_leaves_it(stores: Stores) -> None:
    mail = stores.mail()
    one, other = await _put(mail, SERVER, PLAIN)
    stores.index(AL)
    await expunge(mail, Expunge((await inbox(mail)).id, None, Which.ALL))
    await stores.opened[0].tidy(NOW)
    stores.index(AL)
    assert one not in await _find(mail, "障害")
    assert other not in await _find(mail, "nothing")


async def test_snippets(stores: Stores) -> None:
    mail = stores.mail()
    one, other = await _put(mail, SERVER, PLAIN)
    subject, nothing, body = await mail.index.snippets([one, EmailId(99), other], Wanted("障害", ALL))
    assert subject == ("東京サーバの<mark>障害</mark>", "")
    assert (nothing, body) == (("", ""), ("", ""))
    [(_, escaped)] = await mail.index.snippets([other], Wanted("well", frozenset({Field.BODY})))
    assert "&lt;<mark>well</mark>&gt;" in escaped
