"""The engine against a simple model in memory: whatever is done, in whatever order, both know the same."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from typing_extensions import override

from gateway.accounts.control.setup import Configured
from gateway.accounts.model import AddressRefusal, Disabled, DomainEntry, Grant, GrantKind, WhileDisabled
from gateway.accounts.protocol import Elsewhere, Known, Nobody, NotPossible, Refused
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import parse_domain
from tests.contract.accounts_support import NOW, Accounts, Place, Uses, address, control

LOCALS = ["al", "AL", "al+x", "al+x+y", "jörg", "JÖRG+x", "info", "info+x", "jo\N{COMBINING DIAERESIS}rg"]
DOMAINS = ["home.example", "other.example", "far.example"]
ADDRESSES = [f"{local}@{domain}" for local in LOCALS for domain in DOMAINS]
addresses = st.sampled_from(ADDRESSES)
domains = st.sampled_from(DOMAINS)
kinds = st.sampled_from(GrantKind)
CONFIGURED_HOME = Configured((DomainEntry(parse_domain("home.example"), configured=True),))


def key(text: str) -> str:
    """How the model compares: enough for the addresses above."""
    return text.lower().replace("jo\N{COMBINING DIAERESIS}rg", "jörg")


@dataclass
class Model:
    """The accounts, as plain as they can be said. Accounts go by the key of their primary address."""

    local: set[str] = field(default_factory=lambda: {"home.example"})
    catch_all: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    alias: dict[str, list[str]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    off: dict[str, WhileDisabled] = field(default_factory=dict)
    grants: dict[tuple[str, str], GrantKind] = field(default_factory=dict)

    def domain(self, text: str) -> str:
        return text.rpartition("@")[2]

    def chain(self, text: str) -> list[str]:
        """The address, then what it is a subaddress of, longest first."""
        local, _, domain = key(text).rpartition("@")
        parts = local.split("+") if domain in self.local else [local]
        return ["+".join(parts[:count]) + "@" + domain for count in range(len(parts), 0, -1)]

    def is_refused(self, text: str) -> bool:
        return any(one in self.refused for one in self.chain(text))

    def mailbox(self, text: str) -> str:
        """`known ACCOUNT`, `refused`, `nobody` or `elsewhere`."""
        if self.domain(text) not in self.local:
            return "elsewhere"
        if self.is_refused(text):
            return "refused"
        whose = next((self.owner[one] for one in self.chain(text) if one in self.owner), None)
        whose = whose or self.owner.get(self.catch_all.get(self.domain(text), ""))
        if whose is None:
            return "nobody"
        return "refused" if self.off.get(whose) is WhileDisabled.REFUSE else f"known {whose}"

    def targets(self, text: str) -> list[str] | None:
        if self.domain(text) not in self.local or self.is_refused(text):
            return None
        nearest = next((one for one in self.chain(text) if one in self.owner or one in self.alias), "")
        return self.alias.get(nearest)

    def right(self, account: str, text: str) -> GrantKind | None:
        for one in self.chain(text):
            if self.owner.get(one) == account:
                return GrantKind.SEND_AS
            if (account, one) in self.grants:
                return self.grants[account, one]
            if one in self.owner or one in self.alias:
                break
        return self.grants.get((account, "@" + self.domain(text)))

    def forget(self, account: str) -> None:
        self.owner = {one: whose for one, whose in self.owner.items() if whose != account}
        self.grants = {pair: kind for pair, kind in self.grants.items() if pair[0] != account}
        self.off.pop(account, None)


class Machine(RuleBasedStateMachine):
    """Each rule does the same to both; what one takes for impossible, so does the other."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.real: Accounts = control(Place(Path(self.folder.name), Uses(), CONFIGURED_HOME))
        self.model = Model()

    @override
    def teardown(self) -> None:
        self.real.close()
        self.folder.cleanup()

    def free(self, text: str) -> bool:
        """Whether an account can get the address."""
        return self.model.domain(text) in self.model.local and not {key(text)} & (
            self.model.owner.keys() | self.model.alias.keys()
        )

    def attempt(self, possible: bool, change: Callable[[], object]) -> None:
        try:
            change()
        except NotPossible:
            assert not possible
        else:
            assert possible

    @rule(domain=domains)
    def add_domain(self, domain: str) -> None:
        possible = domain not in self.model.local
        self.attempt(possible, lambda: self.real.registrar.add_domain(parse_domain(domain)))
        self.model.local.add(domain)

    @rule(domain=domains)
    def remove_domain(self, domain: str) -> None:
        model = self.model
        used = {model.domain(one) for one in (*model.owner, *model.alias, *model.refused)}
        possible = domain in model.local - used - {"home.example"}
        self.attempt(possible, lambda: self.real.registrar.remove_domain(parse_domain(domain)))
        if possible:
            model.local.discard(domain)
            model.catch_all.pop(domain, None)
            model.grants = {pair: kind for pair, kind in model.grants.items() if model.domain(pair[1]) != domain}

    @rule(domain=domains, whom=addresses)
    def set_catch_all(self, domain: str, whom: str) -> None:
        possible = domain in self.model.local - {"home.example"} and key(whom) in self.model.owner
        self.attempt(possible, lambda: self.real.registrar.set_catch_all(parse_domain(domain), address(whom)))
        if possible:
            self.model.catch_all[domain] = key(whom)

    @rule(text=addresses)
    def add_account(self, text: str) -> None:
        possible = self.free(text)
        self.attempt(possible, lambda: self.real.registrar.add_account(address(text)))
        if possible:
            self.model.owner[key(text)] = key(text)

    @rule(text=addresses)
    def remove_account(self, text: str) -> None:
        model = self.model
        whose = model.owner.get(key(text))
        caught = {model.owner[one] for one in model.catch_all.values()}
        possible = whose is not None and whose not in caught
        self.attempt(possible, lambda: self.real.registrar.remove_account(address(text)))
        if possible and whose:
            model.forget(whose)

    @rule(of=addresses, text=addresses)
    def add_address(self, of: str, text: str) -> None:
        possible = key(of) in self.model.owner and self.free(text)
        self.attempt(possible, lambda: self.real.registrar.add_address(address(of), address(text)))
        if possible:
            self.model.owner[key(text)] = self.model.owner[key(of)]

    @rule(text=addresses)
    def remove_address(self, text: str) -> None:
        model = self.model
        one = key(text)
        possible = one in model.owner and model.owner[one] != one and one not in model.catch_all.values()
        self.attempt(possible, lambda: self.real.registrar.remove_address(address(text)))
        if possible:
            del model.owner[one]

    @rule(text=addresses, how=st.sampled_from([*WhileDisabled, None]))
    def disable(self, text: str, how: WhileDisabled | None) -> None:
        whose = self.model.owner.get(key(text), "")
        possible = bool(whose) and (how is not None or whose in self.model.off)
        if how is None:
            self.attempt(possible, lambda: self.real.registrar.enable(address(text)))
        else:
            off = Disabled("away", how, NOW)
            self.attempt(possible, lambda: self.real.registrar.disable(address(text), off))
        self.model.off.pop(whose, None)
        if whose and how is not None:
            self.model.off[whose] = how

    @rule(text=addresses, leads_to=st.lists(addresses, min_size=1, max_size=3))
    def set_alias(self, text: str, leads_to: list[str]) -> None:
        model = self.model
        itself = any(address(one).key == address(text).key for one in leads_to)
        possible = model.domain(text) in model.local and key(text) not in model.owner and not itself
        self.attempt(possible, lambda: self.real.registrar.set_alias(address(text), [address(one) for one in leads_to]))
        if possible:
            model.alias[key(text)] = leads_to

    @rule(text=addresses)
    def remove_alias(self, text: str) -> None:
        possible = key(text) in self.model.alias
        self.attempt(possible, lambda: self.real.registrar.remove_alias(address(text)))
        self.model.alias.pop(key(text), None)

    @rule(text=addresses)
    def refuse(self, text: str) -> None:
        refusal = AddressRefusal(address(text), 550, EnhancedCode(5, 7, 1), "no")
        possible = self.model.domain(text) in self.model.local
        self.attempt(possible, lambda: self.real.registrar.set_refusal(refusal))
        if possible:
            self.model.refused.add(key(text))

    @rule(text=addresses)
    def take_again(self, text: str) -> None:
        possible = key(text) in self.model.refused
        self.attempt(possible, lambda: self.real.registrar.remove_refusal(address(text)))
        self.model.refused.discard(key(text))

    @rule(of=addresses, onto=addresses | domains, kind=kinds)
    def grant(self, of: str, onto: str, kind: GrantKind) -> None:
        whose = self.model.owner.get(key(of), "")
        possible = bool(whose) and self.model.owner.get(key(onto)) != whose
        to = address(onto) if "@" in onto else parse_domain(onto)
        self.attempt(possible, lambda: self.real.registrar.add_grant(Grant(address(of), to, kind)))
        if possible:
            self.model.grants[whose, key(onto) if "@" in onto else f"@{onto}"] = kind

    @rule(of=addresses, onto=addresses | domains)
    def withdraw(self, of: str, onto: str) -> None:
        pair = (self.model.owner.get(key(of), ""), key(onto) if "@" in onto else f"@{onto}")
        to = address(onto) if "@" in onto else parse_domain(onto)
        self.attempt(pair in self.model.grants, lambda: self.real.registrar.remove_grant(address(of), to))
        self.model.grants.pop(pair, None)

    @invariant()
    def both_know_the_same(self) -> None:
        self.real.directory.version()
        ids = {key(str(one.address)): one.id for one in self.real.registrar.accounts()}
        assert set(ids) == set(self.model.owner.values())
        for text in ADDRESSES:
            assert self.mailbox(text) == self.model.mailbox(text)
            assert self.targets(text) == self.model.targets(text)
            for whose, id_ in ids.items():
                assert self.real.directory.may_send_as(id_, address(text)) == self.model.right(whose, text)

    def mailbox(self, text: str) -> str:
        match self.real.directory.resolve(address(text)):
            case Known(account=account):
                return f"known {key(str(account.address))}"
            case Refused():
                return "refused"
            case Nobody():
                return "nobody"
            case Elsewhere():
                return "elsewhere"

    def targets(self, text: str) -> list[str] | None:
        found = self.real.directory.alias(address(text))
        return None if found is None else [str(one) for one in found]


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
