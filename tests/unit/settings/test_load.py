"""What a person is told about a configuration file, word for word."""

from pathlib import Path

import pytest

from gateway.certificates.self_signed import self_signed
from gateway.mail.domain import parse_domain
from gateway.settings.config import Auto, Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig
from tests.unit.settings.read import HEAD, config, problems, warnings

REPOSITORY = Path(__file__).parents[3]


def test_the_default_file_is_valid_and_gives_no_warnings():
    loaded = load(REPOSITORY / "config/gateway.yaml", {})
    assert loaded.warnings == ()
    assert [listener.bind for listener in loaded.config.listeners] == [
        "127.0.0.1:2525",
        "127.0.0.1:2587",
        "127.0.0.1:2465",
        "127.0.0.1:2143",
        "127.0.0.1:2993",
        "127.0.0.1:8080",
        "127.0.0.1:9125",
    ]
    assert loaded.config.data == REPOSITORY / "data"


def test_what_is_left_out_has_defaults():
    small = config(HEAD)
    assert isinstance(small, Config)
    assert small.hostname == parse_domain("mail.home.example")
    assert small.workers is Auto.AUTO
    assert small.data == Path("/etc/gateway/data")
    assert small.relays == {}


def test_one_value_is_a_list_of_one():
    assert config(HEAD + "trusted_networks: 10.0.0.0/8\n") == config(HEAD + "trusted_networks: [10.0.0.0/8]\n")
    assert config(HEAD + "domains: {name: a.example}\n").domains[0].name.ascii == "a.example"


def test_aliases_of_yaml_stand_for_what_they_name():
    text = HEAD + "domains: [&d {name: a.example}]\nrelay_domains: [{name: b.example, recipients: &r [x@b.example]}]\n"
    assert config(text).domains[0].name.ascii == "a.example"


def test_all_problems_are_told_at_once_each_with_its_place():
    text = HEAD + "data: ''\nworkers: many\ndns: {validating: perhaps, serverz: []}\nlogg: x\n"
    assert problems(text) == [
        "f:4:7: data: is no path",
        "f:5:10: workers: \"many\" cannot stand here; there are: auto; 'many' is no whole number",
        "f:6:19: dns.validating: 'perhaps' is neither true nor false",
        'f:6:28: dns.serverz: no such key; did you mean "servers"?',
        'f:7:1: logg: no such key; did you mean "log"?',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f:1:1: the file is empty"),
        ("hostname: [", "f:2:1: no YAML: "),
        ("a: 1\n---\nb: 2\n", "f:2:1: no YAML: "),
        (b"hostname: gr\xfc\xdfe\n", "f:1:13: the file is not UTF-8"),
        ("[" * 50, "f:1:41: more than 40 levels of nesting"),
        ("just a text", "f:1:1: expected keys and values, not one value"),
        ("[a, b]", "f:1:1: expected keys and values, not a list"),
        ("hostname: a.example", "f:1:1: lacks `listeners`, `routes`"),
        (HEAD + "hostname: b.example", "f:4:1: hostname: is given twice; first in line 1"),
        (HEAD + "? [a]\n: b\n", "f:4:3: a key is one value"),
        (HEAD + "data:\n", "f:4:6: data: has no value"),
        (HEAD + "data: !folder x\n", "f:4:7: data: tags such as !folder mean nothing here"),
        (HEAD + "data: [a]\n", "f:4:7: data: expected one value, not a list"),
        (HEAD + "storage: {postgres: x}\n", "f:4:10: storage: expected one value, not keys and values"),
        (HEAD + "domains: home.example\n", "f:4:10: domains[0]: expected keys and values, not one value"),
        (
            HEAD + "domains: [{name: a..b}]\n",
            "f:4:18: domains[a..b].name: a domain has no empty labels: look for a dot too many",
        ),
        (
            HEAD + "log: {level: loud}\n",
            'f:4:14: log.level: "loud" cannot stand here; there are: debug, info, warning, error',
        ),
        (HEAD + "log: {level: warn}\n", 'f:4:14: log.level: "warn" cannot stand here; did you mean "warning"?'),
        (
            HEAD + "limits: {message_size: big}\n",
            "f:4:24: limits.message_size: 'big' is no size such as 512, 64KiB or 50MiB",
        ),
        (HEAD + "accept: {header_size: 2MiB}\n", "f:4:9: accept: `header_size` is 1048576 octets at most"),
        (
            HEAD + "trusted_networks: [10.0.0.0/33]\n",
            "f:4:20: trusted_networks[0]: '10.0.0.0/33' is no network such as",
        ),
        (HEAD + "aliases: {a@b.example: c}\n", "f:4:24: aliases.a@b.example[0]: an address has the form local@domain"),
        (
            HEAD + "aliases: {a@b.example: [c@d.e], a@B.example: [c@d.e]}\n",
            "f:4:33: aliases.a@B.example: is given twice, spelt in two ways",
        ),
        (
            HEAD + "ascii_aliases: {ö@a.example: ü@a.example}\n",
            "f:4:1: ascii_aliases: ü@a.example, which stands for ö@a.example, is not ASCII itself",
        ),
    ],
)
def test_what_is_said_about_the_file(text, said):
    assert [problem[: len(said)] for problem in problems(text)] == [said]


@pytest.mark.parametrize(
    ("deliver", "said"),
    [
        ("mxx", 'deliver: "mxx" cannot stand here; did you mean "mx"?'),
        ("{rely: legacy}", "deliver: say one of: relay, mx, lmtp, reject"),
        ("{relay: leagcy}", 'deliver.relay: no relay is called leagcy; did you mean "legacy"?'),
        (
            "{relay: 'a:b:c'}",
            "deliver.relay[0]: 'a:b:c' has no port between 1 and 65535 (IPv6 addresses stand in brackets)",
        ),
        ("{relay: [legacy, 'a:25']}", "deliver: `relay` is one name of `relays`, or hosts as name:port"),
        ("{relay: legacy, tsl: none}", 'deliver.tsl: no such key; did you mean "tls"?'),
        ("{lmtp: [/a, /b]}", "deliver: `lmtp` is hosts as name:port, or the path of one Unix socket"),
        ("{reject: {code: 250}}", "deliver.reject: `code` 250 refuses nothing: 400 to 599"),
        ("{reject: {code: 450}}", "deliver.reject: `status` 5.1.1 does not go with `code` 450"),
        ("{reject: {text: nö}}", "deliver.reject: `text` is one line of 1 to 400 ASCII characters"),
        ("{mx: a b}", "deliver.mx: \"a b\" cannot stand here; there are: recipient; 'a b' is no label"),
        ("[mx]", "deliver: expected one value or keys and values, not a list"),
    ],
)
def test_what_is_said_about_a_way_to_deliver(deliver, said):
    text = "hostname: a.example\nlisteners: [{name: mx, protocol: smtp, bind: '*:25'}]\nrelays: {legacy: {hosts: a}}\n"
    found = problems(f"{text}routes: [{{name: r, deliver: {deliver}}}]\n")
    assert [problem.partition("routes[r].")[2][: len(said)] for problem in found] == [said]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{recipients: a@b.c}", '.recipients: no such key; did you mean "recipient"?'),
        (
            "{header: {Subject: '('}}",
            ".header.Subject: no regular expression (RE2): missing ): (",
        ),
        ("{time: {between: ['22:00']}}", ".time.between: expected 2 values, not 1"),
        ("{time: {between: [22:00, 25:00]}}", ".time.between[1]: '25:00' is no time of day between 00:00 and 23:59"),
        ("{size: {}}", ".size: say `over`, `under` or both"),
        (
            "{needs: chunking}",
            '.needs[0]: "chunking" cannot stand here; there are: smtputf8, 8bitmime, binarymime, requiretls',
        ),
        ("{listener: mxx}", '.listener: no listener is called mxx; did you mean "mx"?'),
        ("{any: [{not: {listener: abc}}]}", ".any[0].not.listener: no listener is called abc; there are: mx"),
        ("{recipient: []}", ".recipient: an empty list never matches"),
        ("{any: []}", ".any: an empty list never matches"),
    ],
)
def test_what_is_said_about_a_condition(when, said):
    text = "hostname: a.example\nlisteners: [{name: mx, protocol: smtp, bind: '*:25'}]\n"
    found = problems(f"{text}routes: [{{name: r, when: {when}, deliver: mx}}]\n")
    assert [problem.partition("routes[r].when")[2] for problem in found] == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "routes: [{name: a, deliver: mx, when: {local: no}}, {name: a, deliver: mx}]",
            "routes[a].name: another route is called a too",
        ),
        ("routes: []\nrelays: {'a:b': {hosts: x}}", "relays.a:b: a relay's name has no colon and no @"),
        ("routes: []\nrelays: {a: {hosts: []}}", "relays.a: `hosts` names at least one host"),
        ("routes: []\nrelays: {a: {hosts: [{host: b, port: 0}]}}", "relays.a.hosts[0]: 0 is no port: 1 to 65535"),
        (
            "routes: []\nrelays: {a: {hosts: b, helo: 'x y'}}",
            "relays.a.helo: 'x y' is no label: letters, digits and inner hyphens only",
        ),
        ("routes: []\nworkers: 0", "workers: from 1 to 256, or `auto`"),
        ("routes: []\ntls: {key: /dev/null}", "tls: `certificate` and `key` go together"),
        (
            "routes: []\ntls: {certificate: /dev/null, key: /no/such}",
            "tls.key: /no/such cannot be read: No such file or directory",
        ),
        (
            "routes: []\ndns: {servers: [ns.example]}",
            "dns.servers[0]: 'ns.example' is no IP address, with or without a port",
        ),
        ("routes: []\nhostname: '[192.0.2.1]'", "hostname: is given twice; first in line 1"),
        (
            "routes: []\ndomains: [{name: ä.example}, {name: xn--4ca.example}]",
            "domains[xn--4ca.example].name: ä.example is given twice",
        ),
        (
            "routes: []\ndomains: [{name: a.b}]\nrelay_domains: [{name: a.b}]",
            "relay_domains[a.b].name: a.b is one of `domains` already",
        ),
        (
            "routes: []\nrewrite: [{when: {local: yes}, sender_domain: a.b}]",
            "rewrite[0].when.local: a sender has many recipients: a rule that changes it cannot look at one",
        ),
        (
            "routes: []\nrewrite: [{when: {size: {over: 1}}, recipient: a@b.c}]",
            "rewrite[0].when.size: is not known yet when addresses are rewritten",
        ),
        (
            "routes: []\nrewrite: [{sender: a@b.c, sender_domain: b.c}]",
            "rewrite[0]: say the whole address or its domain, not both",
        ),
        (
            "routes: []\nrewrite: [{when: {local: yes}}]",
            "rewrite[0]: say `sender`, `sender_domain`, `recipient` or `recipient_domain`",
        ),
    ],
)
def test_what_is_said_when_the_parts_do_not_fit(text, said):
    found = problems(f"hostname: a.example\nlisteners: [{{name: mx, protocol: smtp, bind: '*:25'}}]\n{text}\n")
    assert [problem.partition(": ")[2] for problem in found] == [said]


@pytest.mark.parametrize(
    ("listeners", "said"),
    [
        ("[]", ["listeners: names no listener"]),
        (
            "[{name: i, protocol: smtpd, bind: '*:25'}]",
            ['listeners[i].protocol: "smtpd" cannot stand here; did you mean "smtp"?'],
        ),
        (
            "[{name: a, protocol: smtp, bind: '*:25'}, {name: a, protocol: smtp, bind: '*:26'}]",
            ["listeners[a].name: another listener is called a too"],
        ),
        (
            "[{name: a, protocol: smtp, bind: '*:25'}, {name: b, protocol: smtp, bind: '*:25'}]",
            ["listeners[b].bind: *:25 is taken by the listener a"],
        ),
        (
            "[{name: a, protocol: smtp, bind: '127.0.0.1'}]",
            ["listeners[a].bind: '127.0.0.1' has no port between 1 and 65535"],
        ),
        (
            "[{name: a, protocol: smtp, bind: 'localhost:25'}]",
            ["listeners[a].bind: 'localhost' is no IP address, and not * for all"],
        ),
        (
            "[{name: a, protocol: smtp, bind: '::1:25'}]",
            ["listeners[a].bind: an IPv6 address stands in brackets: [::1]:2525"],
        ),
        (
            "[{name: a, protocol: smtp, bind: '*:25', proxies: 10.0.0.0/8}]",
            ["listeners[a].proxies: is of no use without `proxy_protocol: true`"],
        ),
        (
            "[{name: a, protocol: submission, bind: '*:25', tls: none, require_tls: yes}]",
            ["listeners[a].require_tls: nobody could send: `tls: none` offers no TLS"],
        ),
        (
            "[{name: a, protocol: lmtp, bind: '*:24', auth: yes}]",
            ["listeners[a].auth: clients log in with the protocols smtp and submission"],
        ),
    ],
)
def test_what_is_said_about_listeners(listeners, said):
    found = problems(f"hostname: a.example\nlisteners: {listeners}\nroutes: []\n")
    assert [problem.partition(": ")[2] for problem in found] == said


def test_a_route_behind_one_that_takes_everything_is_warned_about():
    routes = "[{name: all, deliver: mx}, {name: b, deliver: hold}, {name: c, deliver: hold}]"
    text = f"hostname: a.example\nlisteners: [{{name: mx, protocol: smtp, bind: '*:25'}}]\nroutes: {routes}\n"
    assert warnings(text) == ["f:3:36: routes[b]: is never reached: all before it takes everything"]


def test_a_private_key_that_others_may_read_is_warned_about(tmp_path):
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_bytes(b"".join(self_signed("mail.example")))
    text = HEAD + f"tls: {{certificate: {key}, key: {key}}}\n"
    assert warnings(text) == []
    key.chmod(0o604)
    assert warnings(text) == [
        f"f:4:{text.splitlines()[3].index(' key:') + 2}: tls.key: others may read {key}: chmod 600 {key}"
    ]


def test_the_hostname_is_a_name():
    assert problems(HEAD.replace("mail.home.example", "'[192.0.2.1]'")) == [
        "f:1:1: hostname: is a name, not an address"
    ]


def test_dns_servers_with_and_without_ports():
    servers = ["192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"]
    assert config(HEAD + f"dns: {{servers: {servers}}}\n").dns.servers == tuple(servers)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(BadConfig) as caught:
        load(tmp_path / "absent.yaml")
    assert str(caught.value) == f"{tmp_path}/absent.yaml:1:1: cannot be read: No such file or directory"


def test_alias_bombs_cost_no_more_than_the_file_allows():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    text = "routes:\n  - name: r\n    when: &w {any: [" + ", ".join(["*w"] * 50) + "]}\n    deliver: mx\n"
    assert problems("\n".join(lines))
    assert any("nested too deeply" in problem or "more than" in problem for problem in problems(text))


def test_acme_that_nobody_answers_for_is_warned_about():
    acme = "tls: {acme: {directory: 'https://ca.example/dir', names: a.example, terms_agreed: true}}\n"
    [warning] = warnings(HEAD + acme)
    assert "nobody answers http-01" in warning
    assert "protocol: http" in warning


def test_exemptions_of_imap_name_capabilities_and_listeners_that_there_are():
    text = HEAD + "imap: {exemptions: [{account: al@home.example, without: [QRESINC]}]}\n"
    assert problems(text) == [
        'f:4:58: imap.exemptions[0].without[0]: "QRESINC" cannot stand here; did you mean "qresync"?',
    ]
    text = HEAD + "imap: {exemptions: [{listener: mx, without: [QRESYNC]}]}\n"
    assert problems(text) == ["f:4:22: imap.exemptions[0].listener: no listener of IMAP is called mx"]
    text = HEAD + "imap: {exemptions: [{without: [IDLE]}]}\n"
    [problem] = problems(text)
    assert "names nobody" in problem


def test_limits_of_imap_that_clients_do_not_expect_are_warned_of():
    listener = '[{name: imap, protocol: imap, bind: "*:143", tls: none}]'
    text = HEAD.replace('[{name: mx, protocol: smtp, bind: "127.0.0.1:2525"}]', listener)
    found = warnings(text + "imap: {idle: 5m, command_line: 1000, save_limit: 999}\n")
    assert [each.partition(": ")[2].partition(":")[0] for each in found] == [
        "imap.idle",
        "imap.command_line",
        "imap.save_limit",
        "listeners[imap].tls",
    ]


def test_limits_of_messages_are_numbers_or_none():
    assert not problems(HEAD + "imap: {message_limit: null, save_limit: null}\n")
    [problem] = problems(HEAD + "imap: {message_limit: 0}\n")
    assert "1 or more" in problem
