"""The networks that accounts were used from, in memory; `Activity` shares them between workers. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.accounts.activity.guard import Familiar
from gateway.accounts.activity.network import Networks
from gateway.accounts.activity.tally import STEP
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds, Timestamp

_REFRESH = 3600
"""Seconds after which another log-in from the same network is worth writing down."""
_MOST = 500_000


class Place(NamedTuple):
    """A network that an account was used from."""

    account: int
    network: str


@dataclass(slots=True)
class Places:
    """Where accounts were used, with the time of the last success in seconds since 1970."""

    remember: Seconds
    _last: dict[Place, int] = field(default_factory=dict)
    _pending: dict[Place, int] = field(default_factory=dict)

    def familiar(self, account: AccountId, networks: Networks, now: Timestamp) -> Familiar:
        """Whether the account was used from there within `remember`."""
        for network, familiar in ((networks.host, Familiar.HOST), (networks.wide, Familiar.WIDE)):
            if self._last.get(Place(account, network), 0) > now - self.remember:
                return familiar
        return Familiar.NOT

    def used(self, account: AccountId, networks: Networks, now: Timestamp) -> None:
        """A log-in has succeeded."""
        for network in (networks.host, networks.wide):
            place = Place(account, network)
            if self._last.get(place, 0) <= now - min(_REFRESH, self.remember / 2):
                self._pending[place] = int(now)
                self._put(place, int(now))

    def take(self) -> Mapping[Place, int]:
        """What others have not been told. Where they could not be told, `give_back` follows."""
        pending, self._pending = self._pending, {}
        return pending

    def give_back(self, pending: Mapping[Place, int]) -> None:
        """It could not be told."""
        self._pending = {**pending, **self._pending}

    def learn(self, places: Iterable[tuple[Place, int]]) -> None:
        """What all workers know."""
        for place, last in places:
            self._put(place, max(last, self._last.get(place, 0)))

    def sweep(self, now: Timestamp) -> Iterator[None]:
        """Forget what is too long ago. Yields after each small step."""
        for number, place in enumerate(tuple(self._last)):
            if self._last.get(place, 0) <= now - self.remember:
                self._last.pop(place, None)
            if number % STEP == STEP - 1:
                yield

    def _put(self, place: Place, last: int) -> None:
        self._last[place] = last
        if len(self._last) > _MOST:
            del self._last[next(iter(self._last))]
