"""Relays that want to know who we are: Postfix that demands a client certificate of an authority that it knows."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.background import Background
from tests.support.configs import letter, route
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.sinks import one, start_sink
from tests.support.smtp_client import submit
from tests.unit.certificates.authority import Authority

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root: Postfix starts as root only")
SENDER, RECIPIENT = "al@home.example", "bo@old.example"


def demanding(folder: Path, port: int, relay_to: int, authority: Authority) -> Postfix:
    """It takes mail from those alone who show a certificate of the authority."""
    own = authority.write(folder, "postfix", "localhost")
    (folder / "ca.pem").write_bytes(authority.pem)
    settings = {
        "smtpd_tls_cert_file": str(own.certificate),
        "smtpd_tls_key_file": str(own.key),
        "smtpd_tls_CAfile": str(folder / "ca.pem"),
        "smtpd_tls_security_level": "encrypt",
        "smtpd_tls_req_ccert": "yes",
    }
    return Postfix(folder / "postfix", port, relay_to, **settings)


def relay(port: int, **keys: Any) -> dict[str, Any]:
    hosts = [f"localhost:{port}"]
    return {
        "relays": {"smarthost": {"hosts": hosts, "tls": "verify"} | keys},
        "routes": [route("old.example", "smarthost")],
    }


@needs_root
@pytest.mark.peer("postfix")
def test_a_smarthost_that_demands_a_certificate(
    gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    authority, sink, port = Authority(), start_sink(background), free_port()
    files = authority.write(tmp_path, "gateway", "gw.example")
    with demanding(tmp_path, port, sink.port, authority):
        shown = {"certificate": str(files.certificate), "key": str(files.key)}
        running = gateway(**relay(port), delivery={"ca_file": str(tmp_path / "ca.pem"), "family": "ipv4"})
        with running.smtp() as client:
            assert submit(client, SENDER, [RECIPIENT], letter()).taken
        wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
        assert sink.messages == []
        running.write(**relay(port, **shown))
        running.reload()
        assert one(sink).octets.endswith(letter())


def test_a_certificate_that_cannot_be_used_is_found_before_anything_starts(
    gateway: Callable[..., Gateway], tmp_path: Path
) -> None:
    authority = Authority()
    files, other = (authority.write(tmp_path, label, "gw.example") for label in ("one", "other"))
    running = gateway(**relay(2526))
    running.write(**relay(2526, certificate=str(files.certificate)))
    assert "`certificate` and `key` go together" in running.cli("check-config", str(running.file), ok=False)
    running.write(**relay(2526, certificate=str(files.certificate), key=str(other.key)))
    assert "the key belongs to another certificate" in running.cli("check-config", str(running.file), ok=False)
    other.key.chmod(0o644)
    running.write(**relay(2526, certificate=str(other.certificate), key=str(other.key)))
    assert f"others may read {other.key}" in running.cli("check-config", str(running.file), ok=False)
