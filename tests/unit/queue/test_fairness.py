"""Turns."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.queue.fairness import MAX_FLOWS, MAX_HOPS, STEP, Turns, flow_of


def _fresh(_hop: str) -> int | None:
    return None


def test_a_long_line_has_turns_in_a_row_and_others_get_the_current_one() -> None:
    turns = Turns(_fresh)
    assert [turns.take("hop", 1, 1) for _ in range(5)] == [0, 1, 2, 3, 4]
    turns.served("hop", 2)
    assert turns.take("hop", 2, 1) == 2
    assert turns.take("hop", 1, 1) == 5


def test_more_recipients_take_more_turns() -> None:
    turns = Turns(_fresh)
    assert [turns.take("hop", 1, 10), turns.take("hop", 1, 1)] == [0, 10]


def test_hops_are_apart() -> None:
    turns = Turns(_fresh)
    turns.take("one", 1, 100)
    turns.served("one", 50)
    assert turns.take("two", 1, 1) == 0


def test_an_unknown_hop_begins_at_its_lowest_stored_turn() -> None:
    turns = Turns({"hop": 7000}.get)
    assert turns.take("hop", 1, 1) == 7000


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=60))
def test_one_senders_turns_only_grow(work: list[tuple[int, int]]) -> None:
    turns = Turns(_fresh)
    last = dict.fromkeys(range(4), -1)
    for flow, size in work:
        turn = turns.take("hop", flow, size)
        assert turn > last[flow]
        last[flow] = turn
        turns.served("hop", turn)


def test_memory_is_bounded_and_the_longest_lines_are_remembered() -> None:
    turns = Turns(_fresh)
    turns.take("hop", 0, 1000)
    for flow in range(1, 3 * MAX_FLOWS):
        turns.take("hop", flow, 1)
    assert turns.take("hop", 0, 1) == 1000
    assert len(turns._hops["hop"].ends) <= MAX_FLOWS
    for number in range(MAX_HOPS + 10):
        turns.take(f"hop{number}", 0, 1)
    assert len(turns._hops) == MAX_HOPS


def test_what_is_urgent_goes_first_and_what_is_not_waits_for_a_bounded_time() -> None:
    turns = Turns(_fresh)
    usual, low, urgent = (turns.take("hop", flow_of(sender, p), 1) for sender, p in ((1, 0), (2, -9), (3, 9)))
    assert urgent < usual < low
    for _ in range(9 * STEP):
        turns.served("hop", turns.take("hop", flow_of(1, 0), 1))
    assert turns.take("hop", flow_of(1, 0), 1) > low


def test_a_sender_waits_in_its_own_line_for_what_is_as_urgent_or_more_so() -> None:
    turns = Turns(_fresh)
    for _ in range(5000):
        turns.take("hop", flow_of(1, 0), 1)
    assert turns.take("hop", flow_of(1, 1), 1) == -STEP
    assert turns.take("hop", flow_of(1, 0), 1) == 5000
    assert turns.take("hop", flow_of(1, -1), 1) == 5001 + STEP


@given(st.integers(0, 2**32 - 1), st.integers(-9, 9))
def test_a_flow_fits_into_its_column_and_the_usual_one_is_the_sender_alone(sender: int, priority: int) -> None:
    flow = flow_of(sender, priority)
    assert -(2**63) <= flow < 2**63
    assert (flow == sender) == (priority == 0)
