"""The account with an authority (RFC 8555 7.3): its key, kept, and the network that signs with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import requests
from acme import client, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from josepy.jwa import ES256
from josepy.jwk import JWKEC
from typing_extensions import override

from gateway.certificates.acme.job import Job
from gateway.certificates.acme.store import account_file
from gateway.certificates.self_signed import key_pem
from gateway.storage.files import replace

_TIMEOUT: Final = 30
_NONCES: Final = 4

Waiting = Callable[[str], None]
"""Told the Retry-After of a refusal."""


class _Network(client.ClientNetwork):
    """Patient with nonces, which an authority may refuse at any time (RFC 8555 6.5)."""

    @override
    def post(self, *args: object, **kwargs: object) -> requests.Response:
        for _ in range(_NONCES):
            try:
                return super().post(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return super().post(*args, **kwargs)


def account_key(job: Job) -> JWKEC:
    """Written down before the authority hears of it: a killed attempt makes no second account. Raises OSError."""
    path = account_file(Path(job.folder), job.directory)
    if not path.exists():
        replace(path, key_pem(ec.generate_private_key(ec.SECP256R1())))
    return JWKEC(key=load_pem_private_key(path.read_bytes(), None))


def network_of(job: Job, key: JWKEC, waiting: Waiting) -> client.ClientNetwork:
    """What requests go through."""
    trusted = cast("bool", job.ca_file or True)  # requests, behind it, takes the path of a file with authorities too
    network = _Network(key, alg=ES256, verify_ssl=trusted, user_agent="mail-gateway", timeout=_TIMEOUT)

    def heard(response: requests.Response, **_: object) -> None:
        """RFC 8555 6.6: with a refusal it says when to try again."""
        if response.status_code >= 400 and "Retry-After" in response.headers:
            waiting(response.headers["Retry-After"])

    network.session.hooks["response"].append(heard)
    return network


def log_in(authority: client.ClientV2, job: Job) -> None:
    """Make the account, or find the one that has our key."""
    asked = messages.NewRegistration.from_data(email=job.email, terms_of_service_agreed=True)
    try:
        authority.new_account(asked)
    except errors.ConflictError as known:
        authority.net.account = messages.RegistrationResource(body=messages.Registration(), uri=known.location)
