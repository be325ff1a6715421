"""testssl.sh on TLS ports: nothing above low, but for what it says of the certificate made at the first start."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.gateway_process import Gateway
from tests.support.peers import installed
from tests.support.ports import free_port

CHECKS = ("-p", "-s", "-f", "-P", "-S", "-U")
"""Protocols, ciphers, forward secrecy, preferences, certificate, vulnerabilities; no simulated clients."""

OF_THE_CERTIFICATE = {"cert_trust", "cert_chain_of_trust", "cert_validityPeriod", "cert_revocation"}
"""Nobody vouches for a self-signed certificate, for a name that is not 127.0.0.1, and nobody revokes it."""

LOOKED_AT = {"SSLv3", "TLS1", "TLS1_2", "TLS1_3", "heartbleed", "ROBOT", "SWEET32", "LUCKY13", "secure_client_renego"}
"""Some findings that have to be there: testssl.sh came to its end."""


@pytest.mark.peer("testssl")
@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
def test_nothing_above_low(implicit: bool, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    port = running.port
    if implicit:
        port = free_port()
        listener = {"name": "submissions", "protocol": "submission", "bind": f"127.0.0.1:{port}", "tls": "implicit"}
        running.stop()
        running.write(listeners=[*running.config["listeners"], listener])
        running.start()
    findings = look(port, tmp_path / "findings.json", *(() if implicit else ("-t", "smtp")))
    assert {each["id"] for each in findings} >= LOOKED_AT
    bad = [each for each in findings if each["severity"] in {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}]
    assert [each for each in bad if each["id"] not in OF_THE_CERTIFICATE] == []


@pytest.mark.peer("testssl")
@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
def test_nothing_above_low_where_mail_is_read(implicit: bool, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    port, options = (running.imaps_port, ()) if implicit else (running.imap_port, ("-t", "imap"))
    findings = look(port, tmp_path / "findings.json", *options)
    assert {each["id"] for each in findings} >= LOOKED_AT
    bad = [each for each in findings if each["severity"] in {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}]
    assert [each for each in bad if each["id"] not in OF_THE_CERTIFICATE] == []


def look(port: int, report: Path, *options: str) -> list[dict[str, str]]:
    """What testssl.sh finds."""
    quiet = ("--quiet", "--warnings", "off", "--color", "0", "--ip", "one", "--fast")
    command = [installed("testssl"), *quiet, *CHECKS, "--jsonfile", str(report), *options, f"127.0.0.1:{port}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert report.exists(), done.stdout + done.stderr
    found: list[dict[str, str]] = json.loads(report.read_text())
    return found
