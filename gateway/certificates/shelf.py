"""All certificates that our listeners show, each to the clients that ask for its name (SNI, RFC 6066 3).

Listeners keep the context that they were given: what it shows changes behind it, without a restart.
"""

import ssl
from pathlib import Path
from typing import Final, NoReturn
from weakref import WeakKeyDictionary

from gateway.auth.channel import server_end_point
from gateway.certificates.choice import Choice
from gateway.certificates.config import TlsConfig
from gateway.certificates.contexts import bare_context, context_with
from gateway.certificates.pair import BadCertificate, Kept
from gateway.certificates.sources import NOTHING_KEPT
from gateway.certificates.stock import EMPTY, Place, Stock, Stocktaker
from gateway.certificates.tally import Observer, Unobserved

LOOK: Final = 10.0
"""Seconds between two looks at the files."""

_UNOBSERVED: Final = Unobserved()


class _Front:
    """The context that listeners have. It shows nothing itself: each client is handed on to another one."""

    def __init__(self, mode: ssl.VerifyMode, choice: Choice[ssl.SSLContext]) -> None:
        self.context = bare_context()
        self.context.verify_mode = mode
        if mode is not ssl.CERT_NONE:
            # Whoever resumes a session is not looked at again.
            self.context.options |= ssl.OP_NO_TICKET
            self.context.num_tickets = 0
        self.context.sni_callback = self._hand_on
        self.choice = choice

    def _hand_on(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self.choice.pick(name)


class Shelf:
    """Certificates by name; of one process and one thread."""

    def __init__(
        self, config: TlsConfig, place: Place, *, observer: Observer = _UNOBSERVED, kept: Kept = NOTHING_KEPT
    ) -> None:
        """`kept`: files that are closed to us since we changed our user. Raises BadCertificate."""
        self._config = config
        self._place = place
        self._observer = observer
        self._taker = Stocktaker(place, kept)
        self._end_points: WeakKeyDictionary[ssl.SSLContext, bytes] = WeakKeyDictionary()
        self.stock = self._taken(config, EMPTY)
        plain, asking = self._choices(self.stock)
        self._front = _Front(ssl.CERT_NONE, plain)
        self._asking = _Front(ssl.CERT_OPTIONAL, asking)
        observer.shown(self.stock.pairs)

    def context(self) -> ssl.SSLContext:
        """For a listener whose clients are not asked for certificates."""
        return self._front.context

    def asking_context(self) -> ssl.SSLContext:
        """For a listener whose clients may show a certificate, where `client_ca` says whose are good."""
        return (self._asking if self.stock.authorities is not None else self._front).context

    def end_point(self, context: ssl.SSLContext) -> bytes | None:
        """The `tls-server-end-point` binding (RFC 5929 4) of a connection, by its context after the handshake."""
        return self._end_points.get(context)

    def reload(self, config: TlsConfig) -> None:
        """Take another configuration, and read every file again. Raises BadCertificate; then nothing has changed."""
        stock = self._taken(config, EMPTY)
        self._show(stock)
        self._config = config

    def look(self) -> None:
        """Take up files that have changed. One that cannot be used is told of, and what it held before stays."""
        try:
            stock = self._taker.take(self._config, self.stock, self._tell)
            if stock != self.stock:
                self._show(stock)
        except (BadCertificate, OSError) as error:
            self._observer.unusable(str(self._place.data), str(error))

    def _taken(self, config: TlsConfig, before: Stock) -> Stock:
        try:
            return self._taker.take(config, before, _raise)
        except OSError as error:
            raise BadCertificate(f"{self._place.data}: {error.strerror or error}") from error

    def _tell(self, path: Path, error: BadCertificate) -> None:
        self._observer.unusable(str(path), str(error))

    def _show(self, stock: Stock) -> None:
        self._front.choice, self._asking.choice = self._choices(stock)
        self.stock = stock
        self._observer.shown(stock.pairs)

    def _choices(self, stock: Stock) -> tuple[Choice[ssl.SSLContext], Choice[ssl.SSLContext]]:
        """Without and with asking clients for certificates."""
        plain = self._choice(stock, None)
        return plain, self._choice(stock, stock.client_ca) if stock.client_ca else plain

    def _choice(self, stock: Stock, client_ca: str | None) -> Choice[ssl.SSLContext]:
        offered = []
        for pair in stock.pairs:
            context = context_with(pair, client_ca)
            self._end_points[context] = server_end_point(pair.der)
            offered.append((pair.names, context))
        return Choice(offered, self._place.hostname)


def _raise(path: Path, error: BadCertificate) -> NoReturn:
    raise BadCertificate(str(error) if str(path) in str(error) else f"{path}: {error}") from error
