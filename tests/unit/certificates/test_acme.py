"""When certificates are asked for, what is kept meanwhile, and what the process that asks is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.certificates.acme.job import Answer, Job, Update, job_of
from gateway.certificates.acme.schedule import LONGEST_PAUSE, Attempts, due, renewal
from gateway.certificates.acme.store import Challenges, Ledger, Lock
from gateway.certificates.config import (
    AcmeConfig,
    ByCommand,
    ByUpdate,
    CertificateName,
    DnsChallenge,
    DnsUpdate,
    TsigKey,
)
from gateway.certificates.pair import Pair
from gateway.mail.secret import Secret
from gateway.mail.units import Seconds, Timestamp

DAY = 86_400.0
NOW = Timestamp(1.7e9)
times = st.floats(0, 4e9).map(Timestamp)


def pair(days: float, der: bytes = b"x") -> Pair:
    return Pair(b"", b"", der, ("mx.example",), NOW, Timestamp(NOW + days * DAY))


@given(days=st.floats(0.001, 400), der=st.binary(max_size=8), before=st.none() | st.floats(0, 4e8).map(Seconds))
def test_renewed_after_half_of_its_time_and_before_its_end(days: float, der: bytes, before: Seconds | None) -> None:
    moment = renewal(pair(days, der), before)
    assert NOW + days * DAY / 2 - 0.001 <= moment <= NOW + days * DAY + 0.001


def test_renewed_when_a_third_is_left_or_when_configured() -> None:
    assert 55 * DAY <= renewal(pair(90), None) - NOW <= 60 * DAY
    assert 65 * DAY <= renewal(pair(90), Seconds(20 * DAY)) - NOW <= 70 * DAY
    assert renewal(pair(90), None) == renewal(pair(90), None)
    assert len({renewal(pair(90, bytes([number])), None) for number in range(20)}) == 20


def test_without_a_certificate_it_is_asked_for_at_once_and_after_failures_ever_later() -> None:
    assert due(None, None, Attempts()) == Timestamp(0.0)
    attempts, pauses = Attempts(), []
    for _ in range(8):
        attempts = attempts.failed("no", 0.0, NOW, 0.0)
        pauses.append(attempts.again - NOW)
    assert pauses == [300, 600, 1200, 2400, 4800, 9600, LONGEST_PAUSE, LONGEST_PAUSE]
    assert due(None, None, attempts) == NOW + LONGEST_PAUSE
    assert due(None, None, attempts.hurried()) == Timestamp(0.0)


def test_the_authority_may_ask_for_more_patience() -> None:
    assert Attempts().failed("rateLimited", 86_400, NOW, 0.5).again == NOW + 86_400
    assert Attempts().failed("rateLimited", 1e12, NOW, 0.5).again == NOW + 7 * DAY


def test_failures_outlive_a_restart_and_hold_for_what_was_asked(tmp_path: Path) -> None:
    failed = Attempts().failed("no", 0.0, NOW, 0.0)
    Ledger(tmp_path, "a").write(failed)
    assert Ledger(tmp_path, "a").read() == failed
    assert Ledger(tmp_path, "b").read() == Attempts()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"asked": "a"}', b'{"asked": "a", "failures": "x"}', b"\xff"]
)
def test_a_ledger_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "attempts.json").write_bytes(content)
    assert Ledger(tmp_path, "a").read() == Attempts()


def test_answers_to_challenges(tmp_path: Path) -> None:
    challenges = Challenges(tmp_path)
    challenges.put("token-_1", "token-_1.key")
    assert Challenges(tmp_path).answer("token-_1") == b"token-_1.key"
    challenges.clear()
    assert challenges.answer("token-_1") is None
    with pytest.raises(ValueError, match="token"):
        challenges.put("../x", "y")


@given(token=st.text(max_size=40))
def test_no_token_leads_out_of_the_folder(token: str) -> None:
    assert Challenges(Path("/etc/x")).answer(f"../{token}") is None
    assert Challenges(Path("/nowhere")).answer(token) is None


def test_records_are_remembered_until_they_are_taken_back(tmp_path: Path) -> None:
    Challenges(tmp_path).note([("_acme-challenge.a.example", "v")])
    assert Challenges(tmp_path).records() == [("_acme-challenge.a.example", "v")]
    (tmp_path / "records.json").write_bytes(b"nonsense")
    assert Challenges(tmp_path).records() == []


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_a_job_survives_the_way_to_its_process_and_shows_no_secret(tmp_path: Path) -> None:
    key = TsigKey(name="gw", secret=Secret("c2VjcmV0"))
    update = ByUpdate(rfc2136=DnsUpdate(server="192.0.2.53", key=key, zone=CertificateName("a.example")))
    config = AcmeConfig(
        directory="https://ca.example/dir",
        names=(CertificateName.parse("*.bücher.example"),),
        challenge=DnsChallenge(dns_01=update),
        terms_agreed=True,
    )
    job = job_of(config, tmp_path, ("192.0.2.1",))
    again = Job.read(job.json())
    assert again.update == Update("192.0.2.53", "a.example", "gw", "hmac-sha256", "c2VjcmV0")
    assert list(again.names) == ["*.xn--bcher-kva.example"]
    assert (again.file, again.by_dns) == (job.file, True)
    assert Path(job.file).parent == tmp_path / "tls/acme/certificates"
    assert "c2VjcmV0" not in repr(job) + repr(config)
    assert Answer.read(Answer("no", 3.0).json()) == Answer("no", 3.0)


@pytest.mark.parametrize("text", ["a..b", "[192.0.2.1]", "*.*.example", "", "*"])
def test_names_that_no_certificate_is_for(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        CertificateName.parse(text)


@pytest.mark.parametrize("server", ["ns.example", "192.0.2.1:x", "192.0.2.1:0", "::1:53:", ""])
def test_what_is_no_name_server(server: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ByCommand(command=("/bin/true",), servers=(server,))
    ByCommand(command=("/bin/true",), servers=("192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"))
