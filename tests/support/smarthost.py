"""Debian's Postfix as a smarthost (root only): it relays for those alone who log in; Dovecot knows the password."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.dovecot_sasl import DovecotSasl
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.unit.certificates.authority import Authority

USER, PASSWORD = "gw", "a password for the smarthost"
_LOGGED_IN_ONLY = "permit_sasl_authenticated, reject"


@contextmanager
def smarthost(folder: Path, relay_to: int, authority: Authority, name: str = "localhost", **more: str) -> Iterator[int]:
    """Its port. Its certificate is the authority's, for `name`; `more` are settings for main.cf.

    Its Received field says who logged in and under which TLS.
    """
    own = authority.write(folder, "smarthost", name)
    with DovecotSasl(folder / "dovecot", USER, PASSWORD) as dovecot:
        settings = {
            "smtpd_tls_cert_file": str(own.certificate),
            "smtpd_tls_key_file": str(own.key),
            "smtpd_tls_security_level": "may",
            "smtpd_tls_auth_only": "yes",
            "smtpd_tls_received_header": "yes",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": str(dovecot.socket),
            "smtpd_sasl_authenticated_header": "yes",
            "smtpd_relay_restrictions": _LOGGED_IN_ONLY,
            "smtpd_recipient_restrictions": _LOGGED_IN_ONLY,
        }
        with Postfix(folder / "postfix", free_port(), relay_to, **(settings | more)) as postfix:
            yield postfix.port
