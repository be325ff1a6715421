"""Whatever aliases say, expanding them ends, and names whom mail can go to."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import parse_address
from gateway.route.aliases import AliasTable
from gateway.route.patterns import Mailboxes

names = st.sampled_from([f"{local}@{domain}.example" for local in "abc" for domain in "xy"])
entries = st.dictionaries(
    names | st.sampled_from(["@x.example", "@y.example"]),
    st.lists(names | st.just("@y.example"), max_size=4),
    max_size=6,
)


@given(entries, names)
def test_expanding_ends_with_recipients_that_stand_for_nobody_else(entries, name):
    table = AliasTable({Mailboxes.parse(key): tuple(map(Mailboxes.parse, to)) for key, to in entries.items()})
    expansion = table.expand(parse_address(name))
    if expansion is None:
        assert table.targets(parse_address(name)) is None
        return
    keys = [recipient.key for recipient in expansion.recipients]
    assert len(keys) == len(set(keys))
    for recipient in expansion.recipients:
        further = table.targets(recipient)
        assert further is None or recipient in further
