"""The rules against guessing, one by one."""

import pytest

from gateway.accounts.activity.guard import MAX_WAITING, WIDE, Attempt, Ended, Familiar, Go, Guard, Refuse, Turn, Wait
from gateway.accounts.activity.network import networks
from gateway.accounts.config import LoginConfig
from gateway.mail.units import Seconds, Timestamp

START = Timestamp(1_800_000_000.0)


def at(seconds: float) -> Timestamp:
    return Timestamp(START + seconds)


def attempt(client: str, who: str = "account:1", familiar: Familiar = Familiar.NOT) -> Attempt:
    return Attempt(who, networks(client), familiar)


def fail(guard: Guard, one: Attempt, now: Timestamp = START) -> Timestamp:
    """A failure, after whatever wait it takes; when it was."""
    ticket = guard.ticket(one)
    turn = guard.ask(ticket, now)
    if isinstance(turn, Wait):
        now = turn.until
        turn = guard.ask(ticket, now)
    assert isinstance(turn, Go)
    guard.leave(ticket, Ended.FAILED, now)
    return now


def ask(guard: Guard, one: Attempt, now: Timestamp = START) -> Turn:
    return guard.ask(guard.ticket(one), now)


@pytest.mark.parametrize(
    ("client", "host", "wide"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:1:203:4::5", "2001:db8:1:203::/64", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/56"),
        ("", "local", "local"),
    ],
)
def test_networks_of_a_client(client: str, host: str, wide: str) -> None:
    assert (networks(client).host, networks(client).wide) == (host, wide)


def test_pauses_grow_and_a_host_is_blocked_for_the_window() -> None:
    guard = Guard(LoginConfig())
    now, waits = START, []
    for number in range(20):
        later = fail(guard, attempt("192.0.2.1", f"account:{number}"), now)
        waits.append(later - now)
        now = later
    assert waits == [0] * 5 + [1, 2, 4, 8] + [15] * 11
    refused = ask(guard, attempt("192.0.2.1", "account:99"), now)
    assert isinstance(refused, Refuse)
    assert now < refused.again <= now + 3600 + 450
    assert isinstance(ask(guard, attempt("192.0.2.1", "account:99"), Timestamp(refused.again - 1)), Refuse)
    assert not isinstance(ask(guard, attempt("192.0.2.1", "account:99"), refused.again), Refuse)


def test_a_wide_network_takes_more_than_a_host() -> None:
    guard = Guard(LoginConfig(slow_after=5, block_after=10))
    for number in range(10 * WIDE):
        fail(guard, attempt(f"192.0.2.{number}", f"account:{number}"), at(number * 20))
    assert isinstance(ask(guard, attempt("192.0.2.200", "account:200"), at(1000)), Refuse)
    assert isinstance(ask(guard, attempt("192.0.3.200", "account:200"), at(1000)), Go)


def test_an_account_is_blocked_from_networks_unknown_to_it_alone() -> None:
    guard = Guard(LoginConfig(slow_after=5, block_accounts_after=10))
    for number in range(10):
        fail(guard, attempt(f"10.{number}.0.1"), at(number * 20))
    assert isinstance(ask(guard, attempt("10.99.0.1"), at(300)), Refuse)
    assert isinstance(ask(guard, attempt("10.99.0.1", familiar=Familiar.HOST), at(300)), Go)
    assert isinstance(ask(guard, attempt("10.99.0.1", "account:2"), at(300)), Go)


def test_names_of_nobody_are_treated_alike() -> None:
    """Otherwise being blocked would tell who has an account."""
    turns = []
    for who in ("account:1", "name:abc"):
        guard = Guard(LoginConfig(slow_after=5, block_accounts_after=10))
        for number in range(10):
            fail(guard, attempt(f"10.{number}.0.1", who), at(number * 20))
        turns.append(ask(guard, attempt("10.99.0.1", who), at(300)))
    assert turns[0] == turns[1]
    assert isinstance(turns[0], Refuse)


def test_a_success_forgives_the_pair_and_not_the_network() -> None:
    guard = Guard(LoginConfig())
    mine = attempt("192.0.2.1", familiar=Familiar.HOST)
    for number in range(7):
        fail(guard, mine, at(number * 20))
    waiting = guard.ticket(mine)
    assert isinstance(guard.ask(waiting, at(200)), Wait)
    ticket = guard.ticket(mine)
    assert isinstance(guard.ask(ticket, at(200)), Wait)
    assert isinstance(guard.ask(ticket, at(230)), Go)
    guard.leave(ticket, Ended.SUCCEEDED, at(230))
    assert isinstance(guard.ask(waiting, at(230)), Go)
    guard.leave(waiting, Ended.SUCCEEDED, at(230))
    assert isinstance(ask(guard, mine, at(230)), Go)
    assert isinstance(ask(guard, attempt("192.0.2.1", "account:2"), at(230)), Wait)


def test_a_right_password_of_no_use_counts_for_nothing() -> None:
    guard = Guard(LoginConfig())
    for _ in range(100):
        ticket = guard.ticket(attempt("192.0.2.1"))
        assert isinstance(guard.ask(ticket, START), Go)
        guard.leave(ticket, Ended.NEITHER, START)


def test_a_thousand_at_once_are_no_way_around() -> None:
    guard = Guard(LoginConfig(block_accounts_after=30))
    tickets = [guard.ticket(attempt(f"10.{n // 250}.{n % 250}.1")) for n in range(1000)]
    going = [ticket for ticket in tickets if isinstance(guard.ask(ticket, START), Go)]
    assert len(going) == 30
    for ticket in going:
        guard.leave(ticket, Ended.FAILED, START)
    assert all(isinstance(guard.ask(ticket, at(1)), Refuse) for ticket in tickets if ticket not in going)


def test_a_thousand_who_succeed_at_once_all_get_in() -> None:
    guard = Guard(LoginConfig())
    left = [guard.ticket(attempt("192.0.2.1", f"account:{n}")) for n in range(1000)]
    now = START
    while left:
        now = Timestamp(now + 0.05)
        going = [ticket for ticket in left if isinstance(guard.ask(ticket, now), Go)]
        assert going
        for ticket in going:
            guard.leave(ticket, Ended.SUCCEEDED, now)
        left = [ticket for ticket in left if ticket not in going]


def test_a_full_line_refuses_and_a_place_in_it_can_be_given_up() -> None:
    guard = Guard(LoginConfig(slow_after=0))
    mine = attempt("192.0.2.1", familiar=Familiar.HOST)
    tickets = [guard.ticket(mine) for _ in range(MAX_WAITING + 1)]
    turns = [guard.ask(ticket, START) for ticket in tickets]
    assert [type(turn) for turn in turns] == [Wait] * MAX_WAITING + [Refuse]
    guard.give_up(tickets[0])
    guard.give_up(tickets[0])
    assert isinstance(ask(guard, mine), Wait)


def test_who_does_not_fit_into_a_line_has_failed() -> None:
    """A flood ends in a block, not in a line that is always full."""
    guard = Guard(LoginConfig(block_accounts_after=40))
    for number in range(5):
        fail(guard, attempt(f"10.{number}.0.1"))
    for number in range(100):
        ask(guard, attempt(f"10.{number}.1.1"))
    assert guard.blocked(attempt("10.200.0.1"), START) is not None


def test_a_clock_that_is_put_back_keeps_nobody_out() -> None:
    guard = Guard(LoginConfig())
    mine = attempt("192.0.2.1", familiar=Familiar.HOST)
    for number in range(20):
        fail(guard, mine, at(number * 20))
    turn = ask(guard, mine, at(-86_400))
    assert isinstance(turn, Go)


def test_a_new_configuration_counts_at_once() -> None:
    guard = Guard(LoginConfig())
    for number in range(10):
        fail(guard, attempt("192.0.2.1", f"account:{number}"), at(number * 20))
    guard.adopt(LoginConfig(block_after=10, window=Seconds(7200)))
    assert isinstance(ask(guard, attempt("192.0.2.1"), at(300)), Refuse)


def test_ever_more_hosts_take_bounded_memory() -> None:
    guard = Guard(LoginConfig())
    for number in range(51_000):
        client = f"{10 + number // 65536}.{number // 256 % 256}.{number % 256}.1"
        fail(guard, attempt(client, f"name:{number}"), at(number / 100))
    assert len(guard.strangers) <= 50_000
    assert len(guard._lines) < 100
    assert len(guard.strangers.take()) == 0
