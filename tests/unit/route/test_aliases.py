from gateway.mail.address import parse_address
from gateway.route.aliases import MAX_DEPTH, MAX_RECIPIENTS, AliasTable, Expansion, ascii_aliases
from gateway.route.patterns import Mailboxes


def table(**entries: list[str]) -> AliasTable:
    return AliasTable(
        {Mailboxes.parse(name): tuple(map(Mailboxes.parse, targets)) for name, targets in entries.items()}
    )


def expanded(aliases: AliasTable, text: str) -> list[str] | None:
    expansion = aliases.expand(parse_address(text))
    return None if expansion is None else [str(address) for address in expansion.recipients]


def looked_up(aliases: AliasTable, text: str) -> Expansion:
    expansion = aliases.expand(parse_address(text))
    assert expansion is not None
    return expansion


def test_one_to_many_and_many_to_one():
    aliases = table(**{"ops@a.example": ["al@a.example", "bo@a.example"], "root@a.example": ["al@a.example"]})
    assert expanded(aliases, "ops@a.example") == ["al@a.example", "bo@a.example"]
    assert expanded(aliases, "root@a.example") == ["al@a.example"]
    assert expanded(aliases, "al@a.example") is None


def test_upper_and_lower_case_and_spelling_do_not_matter():
    aliases = table(**{"ops@bücher.example": ["al@a.example"]})
    assert expanded(aliases, "OPS@xn--bcher-kva.EXAMPLE") == ["al@a.example"]
    assert expanded(aliases, '"ops"@bücher.example') == ["al@a.example"]


def test_a_whole_domain_keeps_the_localparts_and_single_addresses_go_before_it():
    aliases = table(**{"@old.example": ["@new.example"], "ops@old.example": ["al@a.example"]})
    assert expanded(aliases, "jörg@old.example") == ["jörg@new.example"]
    assert expanded(aliases, "ops@old.example") == ["al@a.example"]


def test_aliases_of_aliases_are_followed_and_each_recipient_stands_once():
    aliases = table(
        **{
            "all@a.example": ["ops@a.example", "al@a.example", "AL@a.example"],
            "ops@a.example": ["al@a.example", "bo@a.example"],
        }
    )
    assert expanded(aliases, "all@a.example") == ["al@a.example", "bo@a.example"]


def test_an_alias_may_name_itself_to_keep_a_copy():
    aliases = table(**{"al@a.example": ["al@a.example", "archive@a.example"]})
    expansion = looked_up(aliases, "al@a.example")
    assert [str(address) for address in expansion.recipients] == ["al@a.example", "archive@a.example"]
    assert not expansion.looped


def test_a_circle_is_cut_and_told():
    aliases = table(**{"a@x.example": ["b@x.example", "c@x.example"], "b@x.example": ["a@x.example"]})
    expansion = looked_up(aliases, "a@x.example")
    assert [str(address) for address in expansion.recipients] == ["c@x.example"]
    assert expansion.looped


def test_depth_is_bounded():
    aliases = table(**{f"a{n}@x.example": [f"a{n + 1}@x.example"] for n in range(100)})
    expansion = looked_up(aliases, "a0@x.example")
    assert expansion.looped
    assert len(expansion.steps) == MAX_DEPTH


def test_number_is_bounded():
    aliases = table(**{"all@x.example": [f"a{n}@x.example" for n in range(MAX_RECIPIENTS + 1)]})
    expansion = looked_up(aliases, "all@x.example")
    assert expansion.looped
    assert len(expansion.recipients) == MAX_RECIPIENTS


def test_steps_tell_what_was_applied():
    aliases = table(**{"all@a.example": ["ops@a.example"], "ops@a.example": ["al@a.example"]})
    steps = looked_up(aliases, "all@a.example").steps
    assert [(str(step.alias), [str(target) for target in step.targets]) for step in steps] == [
        ("all@a.example", ["ops@a.example"]),
        ("ops@a.example", ["al@a.example"]),
    ]


def test_ascii_aliases_are_found_by_key():
    aliases = ascii_aliases({parse_address("Jörg@bücher.example"): parse_address("joerg@buecher.example")})
    assert str(aliases[parse_address("jörg@xn--bcher-kva.example").key]) == "joerg@buecher.example"


def test_a_second_source_is_asked_in_the_same_walk():
    al, bo, circle = (parse_address(f"{name}@a.example") for name in ("al", "bo", "ops"))
    later = {"all@a.example": (circle, bo), "team@a.example": (al,), "x@old.example": (bo,)}
    mailboxes = {"ops@a.example": ["team@a.example", "all@a.example"], "@old.example": ["@new.example"]}
    written = {Mailboxes.parse(name): tuple(map(Mailboxes.parse, targets)) for name, targets in mailboxes.items()}
    aliases = AliasTable(written, lambda address: later.get(address.key))
    found = looked_up(aliases, "all@a.example")
    assert [str(address) for address in found.recipients] == ["al@a.example", "bo@a.example"]
    assert found.looped
    assert expanded(aliases, "x@old.example") == ["bo@a.example"], "an address goes before its domain"
    assert expanded(aliases, "y@old.example") == ["y@new.example"]
    assert aliases.has(parse_address("Team@a.example"))
    del later["team@a.example"]
    assert not aliases.has(parse_address("team@a.example")), "what changes is followed at once"


def test_the_configuration_goes_before_the_second_source():
    written = {Mailboxes.parse("ops@a.example"): (Mailboxes.parse("al@a.example"),)}
    aliases = AliasTable(written, lambda _: (parse_address("evil@b.example"),))
    [step] = [step for step in looked_up(aliases, "ops@a.example").steps if step.alias.local.text == "ops"]
    assert [str(target) for target in step.targets] == ["al@a.example"]
