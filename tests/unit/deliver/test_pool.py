"""Kept connections, and slots."""

from dataclasses import dataclass

from gateway.deliver.pool import Place, Pool, Slots


@dataclass(eq=False)
class Kept:
    """A connection as the pool knows it."""

    fit: bool = True
    idle_since: float = 0.0


A, B, OTHER = Place("relay:r", "a"), Place("relay:r", "b"), Place("relay:s", "a")


def test_the_last_used_comes_first() -> None:
    pool: Pool[Kept] = Pool()
    first, second = Kept(), Kept()
    pool.give(A, first, 1.0)
    pool.give(A, second, 2.0)
    assert pool.count == 2
    assert pool.take(B) is None
    assert pool.take(A) is second
    assert pool.take(A) is first
    assert pool.take(A) is None
    assert pool.count == 0


def test_what_is_not_fit_is_passed_over() -> None:
    pool: Pool[Kept] = Pool()
    good, bad = Kept(), Kept(fit=False)
    pool.give(A, good, 1.0)
    pool.give(A, bad, 2.0)
    assert pool.take(A) is good
    assert pool.count == 0


def test_removing() -> None:
    pool: Pool[Kept] = Pool()
    one = Kept()
    pool.remove(A, one)
    pool.give(A, one, 1.0)
    pool.remove(A, one)
    assert (pool.count, pool.take(A)) == (0, None)


def test_eviction_takes_the_longest_idle_of_the_hop() -> None:
    pool: Pool[Kept] = Pool()
    old, young, foreign = Kept(), Kept(), Kept()
    pool.give(OTHER, foreign, 0.0)
    pool.give(B, old, 1.0)
    pool.give(A, young, 2.0)
    assert pool.evict("relay:r") is old
    assert pool.evict("relay:r") is young
    assert pool.evict("relay:r") is None
    assert pool.count == 1


def test_expiry_and_draining() -> None:
    pool: Pool[Kept] = Pool()
    connections = [Kept() for _ in range(4)]
    for number, each in enumerate(connections):
        pool.give(A if number % 2 else B, each, float(number))
    assert set(pool.expired(1.0)) == set(connections[:2])
    assert pool.count == 2
    assert set(pool.drain()) == set(connections[2:])
    assert pool.count == 0


def test_slots_and_those_who_wait() -> None:
    slots, called = Slots(), list[str]()

    def first() -> None:
        called.append("first")

    def second() -> None:
        called.append("second")

    def third() -> None:
        called.append("third")

    assert slots.take("h", 1)
    assert not slots.take("h", 1)
    assert slots.take("other", 1)
    for call in (first, second, third):
        slots.wait("h", call)
    assert slots.forget("h", second)
    assert not slots.forget("h", second)
    slots.give_back("h")
    assert called == ["first"]
    assert slots.used("h") == 0
    slots.call_next("h")
    slots.call_next("h")
    assert called == ["first", "third"]
