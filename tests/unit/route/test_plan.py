from gateway.mail.address import parse_address
from gateway.mail.codes import NO_SUCH_MAILBOX
from gateway.mail.domain import parse_domain
from gateway.mail.nexthop import HopLimits, Host, LmtpHop, Login, MailboxHop, Manner, MxHop, RelayHop, TlsPolicy
from gateway.mail.units import Rate, Seconds
from gateway.route.config import AcceptFrom
from gateway.route.plan import Discard, HeaderEdits, Hold, Mailbox, Reject, Route, planned
from gateway.route.policy import EightbitPolicy, Policy, RawHeaderPolicy, SignedPolicy, Smtputf8Policy, defaults
from gateway.route.retry import Retry
from tests.unit.route.written import relay, rule

AL = parse_address("al@bücher.example")
RELAYS = {
    "legacy": relay(
        "{hosts: ['127.0.0.1:2526', {host: mx2.example, port: 25, priority: 20, weight: 5}], tls: verify,"
        " auth: {user: gw, password: {env: SECRET}}, limits: {connections: 3, rate: 600/m},"
        " source: 192.0.2.7, helo: öut.example}"
    )
}


def route(deliver: str, more: str = "") -> Route:
    return planned(rule(f"{{name: r, deliver: {deliver}, {more}}}"), RELAYS)


def test_a_named_relay_with_all_that_is_said_about_it():
    limits = HopLimits(3, 100, Rate(600, Seconds(60)))
    manner = Manner(TlsPolicy.VERIFY, Login("gw", "geheim"), limits, "192.0.2.7", "xn--ut-eka.example")
    hosts = (Host("127.0.0.1", 2526), Host("mx2.example", 25, 20, 5))
    assert route("{relay: legacy}").next_hop(AL) == RelayHop("legacy", hosts, manner)
    assert route("{relay: legacy}").hop_key(AL) == "relay:legacy"
    assert "geheim" not in repr(route("{relay: legacy}"))


def test_a_route_that_speaks_to_a_relay_in_another_manner_has_a_hop_of_its_own():
    assert route("{relay: legacy, tls: encrypt}").hop_key(AL) == "relay:legacy@r"
    assert route("{relay: legacy, tls: verify}").hop_key(AL) == "relay:legacy"
    limited = route("{relay: legacy}", "limits: {connections: 1}").next_hop(AL)
    assert isinstance(limited, RelayHop)
    assert limited.name == "legacy@r"
    assert limited.manner.limits.connections == 1
    assert limited.manner.login == Login("gw", "geheim")


def test_hosts_named_in_the_route():
    hop = route("{relay: ['127.0.0.1:2527', {host: b.example, weight: 2}], tls: none}").next_hop(AL)
    hosts = (Host("127.0.0.1", 2527), Host("b.example", 25, 10, 2))
    assert hop == RelayHop("127.0.0.1:2527,b.example:25", hosts, Manner(TlsPolicy.NONE))


def test_mail_exchangers():
    assert route("mx").next_hop(AL) == MxHop(AL.domain, Manner())
    assert route("mx").hop_key(AL) == "mx:xn--bcher-kva.example"
    assert route("{mx: recipient, tls: verify}").next_hop(AL) == MxHop(AL.domain, Manner(TlsPolicy.VERIFY))
    assert route("{mx: other.example}").next_hop(AL) == MxHop(parse_domain("other.example"), Manner())


def test_lmtp():
    assert route("{lmtp: '127.0.0.1:2424'}").next_hop(AL) == LmtpHop("127.0.0.1:2424", (Host("127.0.0.1", 2424),))
    assert route("{lmtp: /run/lmtp}").hop_key(AL) == "lmtp:/run/lmtp"
    assert route("{lmtp: /run/lmtp}").next_hop(AL) == LmtpHop("/run/lmtp", path="/run/lmtp")


def test_routes_that_lead_nowhere():
    kinds = {"discard": Discard(), "hold": Hold()}
    for text, action in kinds.items():
        assert route(text).action == action
        assert route(text).next_hop(AL) is None
        assert route(text).hop_key(AL) == text
    rejecting = route("{reject: {code: 550, status: 5.1.1, text: no such person}}")
    assert rejecting.action == Reject(550, NO_SUCH_MAILBOX, "no such person")
    assert rejecting.hop_key(AL) == "reject"


def test_mailboxes():
    assert route("mailbox").action == Mailbox()
    assert route("mailbox").next_hop(AL) == MailboxHop()
    assert route("mailbox").hop_key(AL) == MailboxHop().key == "mailbox"
    limited = route("mailbox", "limits: {connections: 3}").next_hop(AL)
    assert limited is not None
    assert limited.manner.limits.connections == 3


def test_mailboxes_take_what_was_taken_as_it_is():
    for trusted in (True, False):
        assert route("mailbox").policy(trusted=trusted).raw_headers is RawHeaderPolicy.PASS
    assert route("mailbox", "raw_headers: refuse").policy(trusted=False).raw_headers is RawHeaderPolicy.REFUSE


def test_policies_without_keys_depend_on_the_client():
    assert route("mx").policy(trusted=True) == defaults(trusted=True)
    assert route("mx").policy(trusted=False) == defaults(trusted=False)


def test_a_written_key_holds_for_all():
    keys = "smtputf8: strict, eightbit: just-send, signed: break, raw_headers: pass"
    policy = Policy(Smtputf8Policy.STRICT, EightbitPolicy.JUST_SEND, SignedPolicy.BREAK, RawHeaderPolicy.PASS)
    assert route("mx", keys).policies == (policy, policy)


def test_the_rest_is_carried_over():
    more = (
        "accept_from: anyone, retry: {first: 1m}, bcc: archive@home.example,"
        " add_headers: {X-Relayed: 'yes'}, remove_headers: [X-Internal]"
    )
    found = route("mx", more)
    assert found.accept_from is AcceptFrom.ANYONE
    assert found.retry == Retry(first=Seconds(60))
    assert found.bcc == (parse_address("archive@home.example"),)
    assert found.edits == HeaderEdits(frozenset({"x-internal"}), (("X-Relayed", "yes"),))
    assert route("mx").edits is None
