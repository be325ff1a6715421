"""The index: against a plain model of it."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.queue.index import Census, Index

hops = st.sampled_from(["a", "b", "c"])
times = st.integers(0, 20).map(Timestamp)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("lower"), hops, times),
        st.tuples(st.just("settle"), hops, st.none() | times),
        st.tuples(st.just("ripe"), st.just(""), times),
    ),
    max_size=200,
)


@given(steps)
def test_it_knows_the_earliest_of_each_hop(script: list[tuple[str, str, Timestamp | None]]) -> None:
    index, model = Index(), dict[str, Timestamp]()
    for verb, hop, time in script:
        if verb == "lower" and time is not None:
            index.lower(hop, time)
            model[hop] = min(time, model.get(hop, time))
        elif verb == "settle":
            index.settle(hop, time)
            model.pop(hop, None)
            if time is not None:
                model[hop] = time
        elif time is not None:
            ripe = index.ripe(time)
            assert sorted(each.hop_key for each in ripe) == sorted(h for h, due in model.items() if due <= time)
            assert [each.due for each in ripe] == sorted(due for due in model.values() if due <= time)
        assert index.next_due() == min(model.values(), default=None)
        assert len(index._heap) <= 2 * len(model) + 70


def test_a_census_replaces_everything() -> None:
    index = Index()
    index.lower("old", Timestamp(1))
    index.count(State.HELD, 5)
    index.load(Census({"new": Timestamp(3)}, {State.QUEUED: 2}))
    assert index.next_due() == Timestamp(3)
    assert index.counts == {State.QUEUED: 2, State.DEFERRED: 0, State.HELD: 0}
