"""Any octets are a configuration or a list of problems, never anything else."""

from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.settings.config import Config
from gateway.settings.load import load_octets
from gateway.settings.problem import BadConfig
from gateway.settings.secrets import Surroundings

DEFAULT = (Path(__file__).parents[2] / "config/gateway.yaml").read_bytes()
LINES = DEFAULT.splitlines(keepends=True)
SURROUNDINGS = Surroundings(Path("/nowhere"), {})

KEYS = [
    "hostname", "listeners", "routes", "name", "when", "deliver", "relay", "any", "not", "header", "Subject", "between",
    "time", "size", "over", "relays", "hosts", "auth", "user", "password", "file", "aliases", "a@b.example", "retry",
]  # fmt: skip
scalars = st.one_of(
    st.sampled_from(
        ["mx", "yes", "5m", "1/s", "127.0.0.1:25", "*:25", "a@b.example", "5.1.1", "<>", "null", "~", "22:00"]
    ),
    st.integers(-5, 70_000),
    st.none(),
    st.text(max_size=8),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner),
    max_leaves=15,
)


def outcome(data: bytes) -> Config | None:
    found = []
    try:
        return load_octets(data, "f", SURROUNDINGS).config
    except BadConfig as error:
        found = list(error.problems)
    assert found
    for problem in found:
        assert problem.place.line >= 1
        assert problem.place.column >= 1
        assert problem.what
        assert str(problem).isprintable()
    return None


@given(st.binary(max_size=80))
@example(b"%YAML 99999999999999999999.1\n---\n")
@example(b"&a [*a]")
@example(b"<<: {a: b}")
@example(b"\xef\xbb\xbfhostname: x")
@example(b"a: \x00")
@example(b"{? {? a : b} : c}")
@example(b"!!python/object:os.system x")
def test_any_octets(data):
    outcome(data)


@given(trees)
def test_any_tree(tree):
    outcome(yaml.safe_dump(tree, allow_unicode=True).encode())


@given(st.dictionaries(st.sampled_from(["relays", "aliases", "rewrite", "dns", "limits", "log", "tls"]), trees))
def test_any_tree_below_a_key_that_exists(tree):
    base = {
        "hostname": "a.example",
        "listeners": {"name": "mx", "protocol": "smtp", "bind": "*:25"},
        "routes": {"name": "a", "deliver": "mx"},
    }
    outcome(yaml.safe_dump(base | tree, allow_unicode=True).encode())


@given(
    st.integers(0, len(DEFAULT)), st.integers(0, 30), st.sampled_from([b"", b"[", b"- ", b"x", b": ", b"\t", b"\xff"])
)
def test_the_default_file_with_a_piece_replaced(start, length, piece):
    outcome(DEFAULT[:start] + piece + DEFAULT[start + length :])


@given(st.lists(st.integers(0, len(LINES) - 1), max_size=4))
def test_the_default_file_without_some_lines_loads_or_says_why(left_out):
    outcome(b"".join(line for number, line in enumerate(LINES) if number not in left_out))
