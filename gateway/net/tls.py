"""TLS contexts of a client (RFC 3207, RFC 8314 4.1: TLS 1.2 or better)."""

import ssl
from pathlib import Path

from gateway.mail.nexthop import ClientCertificate, TlsPolicy


class BadClientCertificate(Exception):
    """The certificate that we should show, or its key, cannot be used; the message names the file and says why."""


def client_context(
    policy: TlsPolicy, ca_file: Path | None = None, certificate: ClientCertificate | None = None
) -> ssl.SSLContext | None:
    """What a client demands under a policy; None: no TLS.

    `opportunistic` and `encrypt` take any certificate (RFC 7435): the name is still sent, for servers with several.
    `ca_file` adds authorities to the system's. `certificate` is shown to a server that asks for one.

    Raises BadClientCertificate.
    """
    if policy is TlsPolicy.NONE:
        return None
    context = _verifying(ca_file) if policy is TlsPolicy.VERIFY else _trusting()
    if certificate is not None:
        _show(context, certificate)
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _show(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    try:
        context.load_cert_chain(certificate.certificate, certificate.key, password=_no_password)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadClientCertificate(f"{certificate.certificate}, {certificate.key}: {why}") from error


def _no_password() -> str:
    """Instead of asking whoever sits at the terminal."""
    raise ValueError("the key is encrypted; keep it without a password, readable for the gateway alone")
