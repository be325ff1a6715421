"""One order, from the account to the certificate (RFC 8555 7): blocking, for a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from acme import challenges, client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.certificates.acme.account import Waiting, account_key, log_in, network_of
from gateway.certificates.acme.job import Job
from gateway.certificates.acme.records import CommandedZone, RecordTrouble, UpdatedZone, Zone, wait_until_answered
from gateway.certificates.acme.store import Challenges
from gateway.certificates.pair import pair_of
from gateway.certificates.self_signed import key_pem
from gateway.storage.files import replace


class OrderFailed(Exception):
    """There is no certificate; the message says why, and what to look at."""


def obtain(job: Job, waiting: Waiting) -> None:
    """Get the certificate and put it, with its new key, where it belongs. Raises OrderFailed, OSError."""
    desk = _Desk(job)
    desk.clear()
    with _explained(job):
        network = network_of(job, account_key(job), waiting)
        authority = client.ClientV2(client.ClientV2.get_directory(job.directory, network), network)
        log_in(authority, job)
        key = ec.generate_private_key(ec.SECP256R1())
        order = authority.new_order(_request(job, key))
        try:
            desk.answer(authority, order)
            order = authority.poll_and_finalize(order)
        finally:
            with suppress(RecordTrouble):
                desk.clear()
        _keep(job, order.fullchain_pem.encode("ascii"), key_pem(key))


class _Desk:
    """Where challenges are answered."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._answers = Challenges(Path(job.folder))
        self._zone = _zone(job)

    def answer(self, authority: client.ClientV2, order: messages.OrderResource) -> None:
        """Be ready for those that are still to be shown, and say so."""
        chosen = [self._choose(each.body) for each in order.authorizations if each.body.status != messages.STATUS_VALID]
        key = authority.net.key
        if self._zone is None:
            for body, _ in chosen:
                self._answers.put(body.chall.encode("token"), body.chall.key_authorization(key))
        else:
            records = [(body.chall.validation_domain_name(name), body.chall.validation(key)) for body, name in chosen]
            self._publish(self._zone, records)
        for body, _ in chosen:
            authority.answer_challenge(body, body.chall.response(key))

    def clear(self) -> None:
        """Take everything back, also what a killed attempt has left. Raises RecordTrouble, OSError."""
        self._answers.clear()
        left = self._answers.records()
        if self._zone is not None and left:
            for name, value in left:
                self._zone.cleanup(name, value)
            self._answers.note([])

    def _publish(self, zone: Zone, records: list[tuple[str, str]]) -> None:
        self._answers.note(records)
        for name, value in records:
            zone.present(name, value)
        wait_until_answered(self._job, records)

    def _choose(self, authorization: messages.Authorization) -> tuple[messages.ChallengeBody, str]:
        wanted = challenges.DNS01 if self._job.by_dns else challenges.HTTP01
        for body in authorization.challenges:
            if isinstance(body.chall, wanted):
                return body, authorization.identifier.value
        raise OrderFailed(f"the authority offers no {wanted.typ} for {authorization.identifier.value}")


def _zone(job: Job) -> Zone | None:
    if job.update is not None:
        return UpdatedZone(job.update)
    return CommandedZone(job.command) if job.command else None


def _request(job: Job, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The CSR (RFC 2986), PEM."""
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in job.names])
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in job.names[:1] if len(name) <= 64]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    request = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def _keep(job: Job, chain: bytes, key: bytes) -> None:
    """In one file, whole at any time. What cannot be used never replaces what can."""
    try:
        pair = pair_of(chain, key)
    except ValueError as error:
        raise OrderFailed(f"the authority gave a certificate that cannot be used: {error}") from error
    if not set(job.names) <= set(pair.names):
        raise OrderFailed(f"the authority gave a certificate for {', '.join(pair.names)}")
    replace(Path(job.file), key + chain)


@contextmanager
def _explained(job: Job) -> Iterator[None]:
    """What libraries raise, as OrderFailed."""
    try:
        yield
    except RecordTrouble as error:
        raise OrderFailed(str(error)) from error
    except errors.ValidationError as error:
        raise OrderFailed(_refusal(error, job)) from error
    except errors.IssuanceError as error:
        raise OrderFailed(f"the authority refuses the certificate: {_text(error.error)}") from error
    except errors.TimeoutError as error:
        raise OrderFailed(
            "the authority did not come to a decision in time; nothing to do, it is asked again"
        ) from error
    except messages.Error as error:
        raise OrderFailed(f"the authority refuses: {_text(error)}") from error
    except requests.exceptions.SSLError as error:
        raise OrderFailed(
            f"{job.directory}: its certificate is not valid; set `ca_file` for one of your own"
        ) from error
    except (errors.Error, requests.RequestException, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise OrderFailed(f"{job.directory} cannot be asked: {said}") from error


def _refusal(error: errors.ValidationError, job: Job) -> str:
    """Which name could not be shown to be ours, why, and what to look at."""
    told = []
    for authorization in error.failed_authzrs:
        reasons = [_text(each.error) for each in authorization.body.challenges if each.error is not None]
        told.append(f"{authorization.body.identifier.value}: {'; '.join(reasons)}")
    look = (
        "does the public DNS show the zone that is written to?"
        if job.by_dns
        else "does port 80 of this name lead to the listener with `protocol: http`?"
    )
    return f"the authority could not find that the name is ours: {', '.join(told)}; {look}"


def _text(error: messages.Error) -> str:
    return " ".join(f"{error.detail or error.typ} ({error.code or error.typ})".split())[:400]
