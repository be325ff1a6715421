"""The small parts under the dialogue."""

import asyncio
from ipaddress import ip_network

from gateway.mail.domain import parse_domain
from gateway.mail.units import OctetCount, Seconds
from gateway.receive.config import Limits
from gateway.receive.patience import Patience
from gateway.receive.service import Service
from gateway.receive.session import Session
from tests.support.fake_acceptor import FakeAcceptor
from tests.support.receiver import listener, surroundings


def service(limits: Limits) -> Service:
    return Service(listener(), limits, FakeAcceptor(), surroundings(trusted=(ip_network("2001:db8::/32"),)))


def test_trust() -> None:
    served = service(Limits())
    assert served.trusts("2001:db8::1")
    assert not served.trusts("192.0.2.1")
    assert not served.trusts(""), "whoever has no address any more is nobody we know"


def test_patience_counts_from_the_last_whole_command() -> None:
    limits = Limits(command_idle=Seconds(10))
    session, patience = Session(service(limits), "", None), Patience(limits)
    assert patience.exhausted(session, 100) is None
    assert patience.exhausted(session, 110) is None
    session.progress += 1
    assert patience.exhausted(session, 111) is None
    assert patience.exhausted(session, 121) is None
    assert patience.exhausted(session, 122) == "command"


def test_nobody_is_waited_for_while_we_work() -> None:
    limits = Limits(command_idle=Seconds(10))
    session, patience = Session(service(limits), "", None), Patience(limits)
    session.work = patient_work = asyncio.sleep(0)
    assert [patience.exhausted(session, now) for now in (0, 100, 200)] == [None, None, None]
    session.work = None
    assert patience.exhausted(session, 205) is None
    assert patience.exhausted(session, 211) == "command"
    patient_work.close()


def test_patience_with_a_handshake() -> None:
    patience = Patience(Limits(handshake=Seconds(5)))
    assert patience.exhausted(None, 1) is None
    assert patience.exhausted(None, 7) == "handshake"


def test_the_announcement_follows_the_limits() -> None:
    served = service(Limits(message_size=OctetCount(7), recipients=8))
    assert served.hostname == parse_domain("mail.home.example").ascii
    assert {"SIZE 7", "LIMITS RCPTMAX=8"} <= set(served.extended_greeting((), served.minute(), under_tls=False))
    assert "STARTTLS" not in served.extended_greeting((), served.minute(), under_tls=False)
    assert "AUTH PLAIN LOGIN" in served.extended_greeting(("PLAIN", "LOGIN"), served.minute(), under_tls=False)
