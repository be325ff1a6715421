"""What every engine of the accounts promises (gateway/accounts/protocol.py, vault.py), one test per promise."""

import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.accounts.control.setup import Configured
from gateway.accounts.model import (
    AddressRefusal,
    Disabled,
    DomainEntry,
    Grant,
    GrantKind,
    LoginRecord,
    PasswordKind,
    Role,
    WhileDisabled,
)
from gateway.accounts.protocol import Elsewhere, Known, Nobody, NotPossible, Refused
from gateway.auth.authenticator import CredentialId, Service
from gateway.auth.passwords import argon2_verify, verify
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import parse_domain
from tests.contract.accounts_support import (
    ALL_SERVICES,
    BOOKS,
    ENGINES,
    HOME,
    NOW,
    OTHER,
    Accounts,
    Engine,
    Place,
    Uses,
    address,
)

AL = address("al@home.example")
BO = address("bo@home.example")
ADMIN = address("admin@home.example")
JOERG = "jörg@bücher.example"
OFF = Disabled("on leave", WhileDisabled.DELIVER, NOW)
GONE = Disabled("left us", WhileDisabled.REFUSE, NOW)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Uses())


@pytest.fixture
def opened(engine: Engine, place: Place) -> Iterator[Callable[[Place], Accounts]]:
    """Opens the accounts, as one more process would."""
    all_of_them: list[Accounts] = []

    def open_(place: Place = place) -> Accounts:
        all_of_them.append(engine(place))
        return all_of_them[-1]

    yield open_
    for one in all_of_them:
        one.close()


@pytest.fixture
def accounts(opened: Callable[[Place], Accounts], place: Place) -> Accounts:
    return opened(place)


@pytest.fixture
def people(accounts: Accounts) -> Accounts:
    """With an admin, al and bo."""
    accounts.registrar.add_account(ADMIN, role=Role.ADMIN)
    accounts.registrar.add_account(AL, "Al")
    accounts.registrar.add_account(BO)
    return accounts


def refusal(text: str, code: int = 550, status: tuple[int, int, int] = (5, 7, 1)) -> AddressRefusal:
    return AddressRefusal(address(text), code, EnhancedCode(*status), "nobody reads this")


# Whose an address is


def test_domains_of_file_and_database_are_local(people: Accounts) -> None:
    assert people.directory.is_local(HOME)
    assert people.directory.is_local(parse_domain("XN--BCHER-KVA.example"))
    assert not people.directory.is_local(OTHER)
    assert isinstance(people.resolve("al@other.example"), Elsewhere)
    people.registrar.add_domain(OTHER)
    assert isinstance(people.resolve("al@other.example"), Nobody)
    assert people.directory.is_local(OTHER)


def test_an_address_is_its_accounts(people: Accounts) -> None:
    found = people.resolve("AL@Home.Example")
    assert isinstance(found, Known)
    assert (found.account, found.address, found.subaddress, found.catch_all) == (
        people.registrar.find(AL),
        AL,
        "",
        False,
    )
    assert isinstance(people.resolve("cy@home.example"), Nobody)


@pytest.mark.parametrize(
    "spelling",
    [
        JOERG,
        unicodedata.normalize("NFD", JOERG),
        "JÖRG@BÜCHER.EXAMPLE",
        "jörg@xn--bcher-kva.example",
        '"jörg"@bücher.example',
    ],
)
def test_all_spellings_of_an_address_are_one_account(accounts: Accounts, spelling: str) -> None:
    accounts.registrar.add_account(address(unicodedata.normalize("NFD", JOERG)), "Jörg Müller")
    assert accounts.whose(spelling) == (JOERG, "")
    assert accounts.registrar.find(address(spelling)).name == "Jörg Müller"
    holder = accounts.vault.holder(address(spelling))
    assert holder is not None
    assert holder.account.id == accounts.id(JOERG)
    with pytest.raises(NotPossible, match="is an address of the account"):
        accounts.registrar.add_account(address(spelling))


def test_subaddresses_lead_to_the_account_longest_match_first(people: Accounts) -> None:
    assert people.whose("al+lists@home.example") == (str(AL), "lists")
    assert people.whose("al+lists+x@home.example") == (str(AL), "lists+x")
    people.registrar.add_account(address("al+lists@home.example"))
    assert people.whose("al+lists@home.example") == ("al+lists@home.example", "")
    assert people.whose("al+lists+x@home.example") == ("al+lists@home.example", "x")
    assert people.whose("al+list@home.example") == (str(AL), "list")
    assert people.whose('"al+a b"@home.example') == (str(AL), "a b")
    assert people.whose("+al@home.example") is None
    people.registrar.add_account(address("a@home.example"))
    assert people.whose('"\\"al+x"@home.example') is None


def test_subaddresses_are_found_beside_utf8(accounts: Accounts) -> None:
    accounts.registrar.add_account(address(JOERG))
    assert accounts.whose("JÖRG+Größe@bücher.example") == (JOERG, "Größe")
    assert accounts.whose("jörg+☃@bücher.example") == (JOERG, "☃")
    assert isinstance(accounts.resolve("☃@bücher.example"), Nobody)


def test_a_domain_has_its_own_separators(accounts: Accounts) -> None:
    registrar = accounts.registrar
    registrar.add_domain(OTHER)
    registrar.add_account(address("al@other.example"))
    for separators, found in ((None, ["+"]), ("-=", ["-", "="]), ("", [])):
        registrar.set_separators(OTHER, separators)
        assert [sign for sign in "+-=" if accounts.whose(f"al{sign}x@other.example")] == found
    for bad in ("a", "@", ".", " ", '"'):
        with pytest.raises(NotPossible, match="separators are signs"):
            registrar.set_separators(OTHER, bad)


def test_a_hostile_address_costs_a_bounded_time(people: Accounts) -> None:
    hostile = [address(f"{sign * 480}{number}@home.example") for sign in ("a+", "ö+") for number in range(20)]
    begin = time.process_time()
    for one in hostile:
        assert isinstance(people.directory.resolve(one), Nobody)
    assert time.process_time() - begin < 40 * 0.02


def test_the_catch_all_gets_what_nobody_has(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_domain(OTHER)
    registrar.set_catch_all(OTHER, BO)
    found = people.resolve("anything@other.example")
    assert isinstance(found, Known)
    assert (found.address, found.catch_all) == (BO, True)
    assert isinstance(people.resolve("anything@home.example"), Nobody)
    registrar.add_account(address("cy@other.example"))
    assert people.whose("cy+x@other.example") == ("cy@other.example", "x")
    registrar.set_catch_all(OTHER, None)
    assert isinstance(people.resolve("anything@other.example"), Nobody)


def test_a_catch_all_is_somebodys_address_and_stays_it(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_domain(OTHER)
    registrar.add_address(BO, address("all@home.example"))
    with pytest.raises(NotPossible, match="no account has"):
        registrar.set_catch_all(OTHER, address("cy@home.example"))
    registrar.set_catch_all(OTHER, address("all@home.example"))
    attempts: list[Callable[[], object]] = [
        lambda: registrar.remove_address(address("all@home.example")),
        lambda: registrar.remove_account(BO),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match=r"other\.example: set another catch-all"):
            attempt()


def test_whether_anybody_is_known_in_a_domain(people: Accounts) -> None:
    people.registrar.add_domain(OTHER)
    people.directory.version()
    known = [people.directory.has_accounts(domain) for domain in (HOME, OTHER, parse_domain("far.example"))]
    assert known == [True, False, False]
    people.registrar.set_catch_all(OTHER, BO)
    people.directory.version()
    assert people.directory.has_accounts(OTHER)


def test_a_refusal_holds_whatever_else_there_is(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_domain(OTHER)
    registrar.set_catch_all(OTHER, BO)
    registrar.set_refusal(refusal("No-Reply@other.example"))
    registrar.set_refusal(refusal("al@home.example", 450, (4, 2, 1)))
    registrar.add_account(address("al+lists@home.example"))
    said = Refused(550, "5.7.1", "nobody reads this")
    assert people.resolve("no-reply@other.example") == said
    assert people.resolve("no-reply+x@other.example") == said
    assert isinstance(people.resolve("no-reply2@other.example"), Known)
    for text in ("al@home.example", "al+x@home.example", "al+lists@home.example"):
        assert people.resolve(text) == Refused(450, "4.2.1", "nobody reads this")
    assert [str(one.address) for one in registrar.refusals()] == ["al@home.example", "No-Reply@other.example"]
    registrar.remove_refusal(address("al@home.example"))
    assert people.whose("al@home.example") == (str(AL), "")
    with pytest.raises(NotPossible, match="is not refused"):
        registrar.remove_refusal(address("al@home.example"))


def test_a_refusal_holds_for_an_alias_too(accounts: Accounts) -> None:
    accounts.registrar.set_alias(address("info@home.example"), [address("x@far.example")])
    accounts.registrar.set_refusal(refusal("info@home.example"))
    assert accounts.alias("info@home.example") is None
    assert isinstance(accounts.resolve("info@home.example"), Refused)


@pytest.mark.parametrize(
    "bad",
    [
        refusal("a@home.example", 250),
        refusal("a@home.example", 450),
        AddressRefusal(address("a@home.example"), 550, EnhancedCode(5, 1, 1), "weg\r\n250 ok"),
        AddressRefusal(address("a@home.example"), 550, EnhancedCode(5, 1, 1), "für niemanden"),
        AddressRefusal(address("a@home.example"), 550, EnhancedCode(5, 1, 1), ""),
    ],
)
def test_a_refusal_can_be_said_to_a_client(accounts: Accounts, bad: AddressRefusal) -> None:
    with pytest.raises(NotPossible, match="refusal"):
        accounts.registrar.set_refusal(bad)


# Aliases


def test_aliases_and_their_subaddresses(people: Accounts) -> None:
    registrar = people.registrar
    info = address("Info@home.example")
    registrar.set_alias(info, [AL, address("x@far.example")])
    assert people.alias("info@home.example") == ("al@home.example", "x@far.example")
    assert people.alias("INFO+x@home.example") == ("al@home.example", "x@far.example")
    assert people.alias("al@home.example") is None
    assert people.alias("info@far.example") is None
    registrar.set_alias(info, [BO])
    assert people.alias("info@home.example") == ("bo@home.example",)
    registrar.add_account(address("info+x@home.example"))
    assert people.alias("info+x@home.example") is None
    assert [(str(one.address), one.targets) for one in registrar.aliases()] == [("Info@home.example", (BO,))]
    registrar.remove_alias(info)
    assert people.alias("info@home.example") is None
    with pytest.raises(NotPossible, match="is no alias"):
        registrar.remove_alias(info)


def test_an_address_is_an_accounts_or_an_alias(people: Accounts) -> None:
    registrar = people.registrar
    registrar.set_alias(address("info@home.example"), [AL])
    attempts: list[Callable[[], object]] = [
        lambda: registrar.add_account(address("INFO@home.example")),
        lambda: registrar.add_address(AL, address("info@home.example")),
        lambda: registrar.set_alias(AL, [BO]),
        lambda: registrar.add_account(address("ops@home.example")),
        lambda: registrar.set_alias(address("ops@home.example"), [AL]),
        lambda: registrar.remove_alias(address("ops@home.example")),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match=r"remove (that|it there) first"):
            attempt()


def test_an_alias_leads_somewhere_else(accounts: Accounts) -> None:
    with pytest.raises(NotPossible, match="cannot stand for itself"):
        accounts.registrar.set_alias(address("a@home.example"), [AL, address("A@home.example")])
    with pytest.raises(NotPossible, match="1 to 1000"):
        accounts.registrar.set_alias(address("a@home.example"), [])


# Domains


def test_domains_of_the_file_are_read_only(people: Accounts) -> None:
    registrar = people.registrar
    assert registrar.domains() == [DomainEntry(HOME, configured=True), DomainEntry(BOOKS, configured=True)]
    attempts: list[Callable[[], object]] = [
        lambda: registrar.add_domain(HOME),
        lambda: registrar.remove_domain(HOME),
        lambda: registrar.set_catch_all(HOME, AL),
        lambda: registrar.set_separators(HOME, "-"),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match="stands in the configuration file"):
            attempt()


def test_catch_all_and_separators_of_the_file(opened: Callable[[Place], Accounts], tmp_path: Path) -> None:
    home = DomainEntry(HOME, BO, "-", configured=True)
    books = DomainEntry(BOOKS, address("nobody@home.example"), configured=True)
    accounts = opened(Place(tmp_path, Uses(), Configured((home, books))))
    accounts.registrar.add_account(BO)
    found = accounts.resolve("anything@home.example")
    assert isinstance(found, Known)
    assert (found.address, found.catch_all) == (BO, True)
    assert accounts.whose("bo-x@home.example") == (str(BO), "x")
    assert isinstance(accounts.resolve("anything@bücher.example"), Nobody)
    assert list(accounts.registrar.domains()) == [home, books]


def test_domains_come_and_go(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_domain(parse_domain("straße.example"))
    registrar.set_catch_all(parse_domain("straße.example"), AL)
    assert list(registrar.domains())[2:] == [DomainEntry(parse_domain("straße.example"), AL)]
    with pytest.raises(NotPossible, match="is a domain of ours already"):
        registrar.add_domain(parse_domain("STRASSE.example".replace("SS", "ß")))
    registrar.remove_domain(parse_domain("straße.example"))
    assert len(registrar.domains()) == 2
    with pytest.raises(NotPossible, match="address literal"):
        registrar.add_domain(parse_domain("[127.0.0.1]"))
    with pytest.raises(NotPossible, match=r"is no domain of ours: add it first"):
        registrar.remove_domain(OTHER)


def test_a_domain_in_use_stays(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_domain(OTHER)
    there = address("al@other.example")
    uses: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("account's address", lambda: registrar.add_address(AL, there), lambda: registrar.remove_address(there)),
        ("alias", lambda: registrar.set_alias(there, [AL]), lambda: registrar.remove_alias(there)),
        ("refusal", lambda: registrar.set_refusal(refusal(str(there))), lambda: registrar.remove_refusal(there)),
    ]
    for what, add, remove in uses:
        add()
        with pytest.raises(NotPossible, match=f"{what}, al@other.example: remove everything"):
            registrar.remove_domain(OTHER)
        remove()
    registrar.add_grant(Grant(AL, OTHER, GrantKind.SEND_AS))
    registrar.remove_domain(OTHER)
    assert registrar.grants() == []


def test_nothing_is_made_in_a_domain_of_others(accounts: Accounts) -> None:
    far = address("al@far.example")
    attempts: list[Callable[[], object]] = [
        lambda: accounts.registrar.add_account(far),
        lambda: accounts.registrar.set_alias(far, [AL]),
        lambda: accounts.registrar.set_refusal(refusal(str(far))),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match=r"gateway domain add far\.example"):
            attempt()


# Accounts


def test_accounts_by_address_with_all_that_they_have(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_address(AL, address("alan@home.example"))
    registrar.add_address(address("alan@home.example"), address("al@bücher.example"))
    assert [str(one.address) for one in registrar.accounts()] == [str(ADMIN), str(AL), str(BO)]
    al = registrar.find(address("alan@home.example"))
    assert [str(one) for one in al.addresses] == ["al@home.example", "alan@home.example", "al@bücher.example"]
    assert (al.name, al.role, al.created, al.disabled) == ("Al", Role.USER, NOW, None)
    assert people.directory.account(al.id) == al
    assert people.whose("alan+x@home.example") == (str(AL), "x")
    registrar.remove_address(address("alan@home.example"))
    assert isinstance(people.resolve("alan@home.example"), Nobody)
    with pytest.raises(NotPossible, match="primary address"):
        registrar.remove_address(AL)


@pytest.mark.parametrize(("bad", "why"), [("☃@home.example", "symbol"), (f"{'a' * 65}@home.example", "64 octets")])
def test_not_every_address_can_be_an_accounts(accounts: Accounts, bad: str, why: str) -> None:
    with pytest.raises(NotPossible, match=f"{why}.*choose"):
        accounts.registrar.add_account(address(bad))
    assert accounts.registrar.accounts() == []


def test_texts_for_people_have_one_line(people: Accounts) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: people.registrar.add_account(address("cy@home.example"), "Cy\r\nX"),
        lambda: people.registrar.disable(AL, Disabled("a\nb", WhileDisabled.DELIVER, NOW)),
        lambda: people.registrar.add_app_password(AL, "x" * 65, ALL_SERVICES),
        lambda: people.registrar.add_app_password(AL, " ", ALL_SERVICES),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible):
            attempt()


def test_a_removed_account_is_gone_and_its_id_is_nobodys(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_grant(Grant(BO, AL, GrantKind.SEND_AS))
    removed = people.id(str(BO))
    registrar.remove_account(BO)
    assert isinstance(people.resolve(str(BO)), Nobody)
    assert people.directory.account(removed) is None
    assert not people.directory.good(removed, None)
    assert people.vault.holder(BO) is None
    assert people.vault.holder_of(removed) is None
    assert registrar.grants() == []
    registrar.add_account(BO)
    assert people.id(str(BO)) > removed


def test_that_the_mail_of_a_removed_account_is_to_go_is_recorded_until_it_is_done(people: Accounts) -> None:
    registrar = people.registrar
    assert registrar.removals() == []
    removed = people.id(str(BO))
    registrar.remove_account(BO)
    registrar.add_account(BO)
    assert registrar.removals() == [removed]
    registrar.removal_done(people.id(str(BO)))
    assert registrar.removals() == [removed]
    registrar.removal_done(removed)
    registrar.removal_done(removed)
    assert registrar.removals() == []


def test_somebody_can_always_administer(people: Accounts) -> None:
    registrar = people.registrar
    attempts: list[Callable[[], object]] = [
        lambda: registrar.remove_account(ADMIN),
        lambda: registrar.set_role(ADMIN, Role.USER),
        lambda: registrar.disable(ADMIN, OFF),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match="last admin"):
            attempt()
    registrar.set_role(AL, Role.ADMIN)
    registrar.disable(AL, OFF)
    with pytest.raises(NotPossible, match="last admin who can log in"):
        registrar.remove_account(ADMIN)
    registrar.enable(AL)
    registrar.remove_account(ADMIN)
    assert [one.role for one in registrar.accounts()] == [Role.ADMIN, Role.USER]


def test_a_disabled_account(people: Accounts) -> None:
    registrar = people.registrar
    al = people.id(str(AL))
    registrar.disable(AL, OFF)
    assert registrar.find(AL).disabled == OFF
    assert people.whose("al+x@home.example") == (str(AL), "x")
    assert not people.directory.good(al, None)
    registrar.disable(AL, GONE)
    assert people.resolve("al+x@home.example") == Refused(550, "5.2.1", "this mailbox is disabled")
    registrar.enable(AL)
    assert people.whose("al@home.example") == (str(AL), "")
    assert people.directory.good(al, None)
    with pytest.raises(NotPossible, match="is not disabled"):
        registrar.enable(AL)


# Passwords


def test_a_generated_password_is_kept_as_scram_verifiers_alone(accounts: Accounts) -> None:
    password = accounts.registrar.add_account(AL)
    holder = accounts.vault.holder(AL)
    assert holder is not None
    (stored,) = holder.passwords
    assert (stored.kind, stored.services, stored.argon2) == (PasswordKind.GENERATED, frozenset(), None)
    assert verify(password, stored.sha1)
    assert verify(password, stored.sha256)
    assert not verify(password + "x", stored.sha256)
    assert accounts.vault.holder_of(holder.account.id) == holder


def test_a_new_password_ends_the_old_one_and_its_sessions(people: Accounts) -> None:
    al = people.id(str(AL))
    (old,) = people.registrar.credentials(AL)
    app = people.registrar.add_app_password(AL, "phone", ALL_SERVICES)
    assert people.directory.good(al, old.id)
    password = people.registrar.generate_password(AL)
    own, phone = people.registrar.credentials(AL)
    people.directory.version()
    assert [people.directory.good(al, id_) for id_ in (old.id, own.id, phone.id, None)] == [False, True, True, True]
    assert not people.directory.good(people.id(str(BO)), own.id)
    holder = people.vault.holder(AL)
    assert holder is not None
    assert [verify(text, one.sha256) for text, one in zip((password, app), holder.passwords, strict=True)] == [True] * 2


def test_nobody_chooses_a_password_unless_that_is_configured(people: Accounts) -> None:
    with pytest.raises(NotPossible, match=r"gateway account password al@home\.example"):
        people.registrar.choose_password(AL, "correct horse battery")


def test_a_chosen_password_is_kept_as_argon2id_too(opened: Callable[[Place], Accounts], place: Place) -> None:
    accounts = opened(place.with_custom())
    accounts.registrar.add_account(AL)
    accounts.registrar.choose_password(AL, "Größe 36 battery")
    holder = accounts.vault.holder(AL)
    assert holder is not None
    (stored,) = holder.passwords
    assert stored.kind is PasswordKind.CHOSEN
    assert stored.argon2 is not None
    assert argon2_verify("Größe 36 battery", stored.argon2)
    assert verify("Größe 36 battery", stored.sha256)
    assert stored.sha256.iterations > 50_000
    for bad in ("short", "bell\a in the middle", "password1234", "qwertyuiop123"):
        with pytest.raises(NotPossible, match="choose a") as refused:
            accounts.registrar.choose_password(AL, bad)
        assert bad not in str(refused.value)
    generated = accounts.registrar.generate_password(AL)
    holder = accounts.vault.holder(AL)
    assert holder is not None
    assert [verify(generated, one.sha256) for one in holder.passwords] == [True]


def test_app_passwords(people: Accounts, place: Place) -> None:
    registrar = people.registrar
    phone = registrar.add_app_password(AL, "phone", frozenset({Service.IMAP, Service.SMTP}))
    registrar.add_app_password(AL, "laptop", ALL_SERVICES)
    place.uses.used[people.id(str(AL))] = {CredentialId(5): (NOW, "192.0.2.1")}
    own, first, second = registrar.credentials(AL)
    assert (own.kind, own.name) == (PasswordKind.GENERATED, "")
    assert (first.kind, first.name, first.services) == (
        PasswordKind.APP,
        "phone",
        frozenset({Service.IMAP, Service.SMTP}),
    )
    assert (second.name, second.services, second.created) == ("laptop", frozenset(), NOW)
    assert (first.used, first.used_from) == (None, "")
    assert (second.used, second.used_from) == (NOW, "192.0.2.1")
    holder = people.vault.holder(AL)
    assert holder is not None
    assert [one.id for one in holder.passwords] == [own.id, first.id, second.id]
    assert verify(phone, holder.passwords[1].sha1)
    with pytest.raises(NotPossible, match="revoke it, or choose another name"):
        registrar.add_app_password(AL, "phone", ALL_SERVICES)
    registrar.revoke_app_password(AL, "phone")
    assert [one.name for one in registrar.credentials(AL)] == ["", "laptop"]
    people.directory.version()
    assert not people.directory.good(people.id(str(AL)), first.id)
    for name in ("phone", ""):
        with pytest.raises(NotPossible, match="no app password"):
            registrar.revoke_app_password(AL, name)


def test_all_passwords_of_an_account_share_salt_and_iterations(people: Accounts) -> None:
    for name in ("phone", "laptop"):
        people.registrar.add_app_password(AL, name, ALL_SERVICES)
    people.registrar.generate_password(AL)
    holders = [people.vault.holder(one) for one in (AL, BO)]
    salts = [{(one.sha1.salt, one.sha256.salt, one.sha256.iterations) for one in h.passwords} for h in holders if h]
    assert [len(one) for one in salts] == [1, 1]
    assert salts[0] != salts[1]


def test_app_passwords_beside_a_chosen_one_share_its_iterations(
    opened: Callable[[Place], Accounts], place: Place
) -> None:
    accounts = opened(place.with_custom())
    accounts.registrar.add_account(AL)
    accounts.registrar.choose_password(AL, "Größe 36 battery")
    phone = accounts.registrar.add_app_password(AL, "phone", ALL_SERVICES)
    holder = accounts.vault.holder(AL)
    assert holder is not None
    own, app = holder.passwords
    assert (own.sha256.salt, own.sha256.iterations) == (app.sha256.salt, app.sha256.iterations)
    assert app.argon2 is None
    assert verify(phone, app.sha256)


def test_the_number_of_app_passwords_is_bounded(people: Accounts) -> None:
    for number in range(50):
        people.registrar.add_app_password(AL, f"program {number}", ALL_SERVICES)
    with pytest.raises(NotPossible, match="50 app passwords at most: revoke one"):
        people.registrar.add_app_password(AL, "one more", ALL_SERVICES)


def test_nothing_shows_what_verifies_a_password(people: Accounts) -> None:
    holder = people.vault.holder(AL)
    assert holder is not None
    shown = repr(holder) + repr(people.registrar.credentials(AL))
    for secret in (holder.passwords[0].sha256.stored_key, holder.passwords[0].sha1.server_key, people.vault.pepper):
        assert repr(secret) not in shown


def test_the_pepper_is_made_once(opened: Callable[[Place], Accounts], place: Place, tmp_path: Path) -> None:
    one, another = opened(place), opened(place)
    assert one.vault.pepper == another.vault.pepper
    assert len(one.vault.pepper) == 32
    elsewhere = opened(Place(tmp_path / "elsewhere", Uses()))
    assert elsewhere.vault.pepper != one.vault.pepper


# Who may write under an address


def test_own_addresses_and_their_subaddresses(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_address(AL, address("alan@home.example"))
    registrar.add_account(address("al+bo@home.example"))
    registrar.set_alias(address("al+info@home.example"), [AL])
    for own in ("AL@home.example", "alan@home.example", "al+x@home.example"):
        assert people.right(str(AL), own) == GrantKind.SEND_AS
    for foreign in ("bo@home.example", "al+bo@home.example", "al+bo+x@home.example", "al+info@home.example"):
        assert people.right(str(AL), foreign) is None
    for foreign in ("cy@home.example", "al@far.example", "☃@home.example"):
        assert people.right(str(AL), foreign) is None


def test_a_refused_address_can_still_be_written_under(people: Accounts) -> None:
    people.registrar.set_refusal(refusal("al@home.example"))
    assert people.right(str(AL), str(AL)) == GrantKind.SEND_AS


def test_grants_the_nearest_counts(people: Accounts) -> None:
    registrar = people.registrar
    registrar.add_grant(Grant(AL, HOME, GrantKind.SEND_AS))
    registrar.add_grant(Grant(AL, BO, GrantKind.ON_BEHALF))
    registrar.add_grant(Grant(AL, address("x@far.example"), GrantKind.SEND_AS))
    assert people.right(str(AL), "bo+x@home.example") == GrantKind.ON_BEHALF
    assert people.right(str(AL), "anybody@home.example") == GrantKind.SEND_AS
    assert people.right(str(AL), "X@FAR.example") == GrantKind.SEND_AS
    assert people.right(str(AL), "x+y@far.example") is None
    assert people.right(str(BO), "al@home.example") is None
    registrar.add_grant(Grant(AL, BO, GrantKind.SEND_AS))
    assert people.right(str(AL), "bo@home.example") == GrantKind.SEND_AS
    assert Grant(AL, HOME, GrantKind.SEND_AS) in registrar.grants(AL)
    assert len(registrar.grants()) == len(registrar.grants(AL)) == 3
    assert registrar.grants(BO) == []
    registrar.remove_grant(AL, HOME)
    registrar.remove_grant(AL, BO)
    assert people.right(str(AL), "bo@home.example") is None
    with pytest.raises(NotPossible, match=r"no grant for home\.example"):
        registrar.remove_grant(AL, HOME)
    with pytest.raises(NotPossible, match="needs no grant"):
        registrar.add_grant(Grant(AL, AL, GrantKind.SEND_AS))


# Between processes


def test_what_is_done_is_there_for_others_and_seen_by_them(
    opened: Callable[[Place], Accounts], place: Place, people: Accounts
) -> None:
    other = opened(place)
    assert other.whose("al@home.example") == (str(AL), "")
    before = other.directory.version()
    assert other.directory.version() == before
    people.registrar.add_address(AL, address("alan@home.example"))
    assert other.directory.version() != before
    assert other.whose("alan@home.example") == (str(AL), "")
    people.registrar.remove_address(address("alan@home.example"))
    deadline = time.monotonic() + 1
    while isinstance(other.directory.resolve(address("alan@home.example")), Known):
        assert time.monotonic() < deadline, "not noticed within a second"
        time.sleep(0.01)


def test_what_is_not_possible_changes_nothing(people: Accounts) -> None:
    before = people.directory.version()
    with pytest.raises(NotPossible):
        people.registrar.add_account(AL)
    assert people.directory.version() == before


def test_log_ins_are_those_of_the_account(people: Accounts, place: Place) -> None:
    whose = (people.id(str(AL)), people.id(str(BO)), None)
    place.uses.records += [
        LoginRecord(NOW, NOW, 1, one, "x", Service.SMTP, "PLAIN", "192.0.2.1", "", None) for one in whose
    ]
    assert [one.account for one in people.registrar.logins(AL, NOW, 10)] == [whose[0]]
    assert len(people.registrar.logins(None, NOW, 10)) == 3


def test_what_nobody_has_is_not_found(accounts: Accounts) -> None:
    accounts.registrar.add_account(AL)
    attempts: list[Callable[[], object]] = [
        lambda: accounts.registrar.find(address("al+x@home.example")),
        lambda: accounts.registrar.generate_password(BO),
        lambda: accounts.registrar.remove_account(BO),
        lambda: accounts.registrar.logins(BO, NOW, 1),
        lambda: accounts.registrar.add_grant(Grant(BO, HOME, GrantKind.SEND_AS)),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match="gateway account list"):
            attempt()
