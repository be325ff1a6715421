"""People's programs log in and submit: swaks, msmtp, curl, smtplib and Debian's Postfix, over STARTTLS and TLS."""

import smtplib
import ssl
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.reader import parse
from tests.support.sinks import one, start_sink
from tests.support.smtp_client import Client, submit
from tests.support.submission import ACCOUNT, Submissions, submissions

LETTER = letter("from a client").replace(b"ops@legacy.example", b"bo@old.example")


def _run(command: list[str], stdin: bytes = b"") -> str:
    done = subprocess.run(command, check=False, input=stdin, capture_output=True, timeout=60)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said
    return said


@pytest.mark.peer("swaks")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("way", ["starttls", "implicit"])
def test_swaks(way: str, mechanism: str, gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    port, tls = (server.starttls, "--tls") if way == "starttls" else (server.implicit, "--tlsc")
    command = [installed("swaks"), "--server", f"127.0.0.1:{port}", tls, "--auth", mechanism]
    command += ["--auth-user", ACCOUNT, "--auth-password", server.password, "--from", ACCOUNT, "--to", "bo@old.example"]
    _run(command)
    octets = one(sink).octets
    assert b"with ESMTPSA" in octets
    assert server.password.encode() not in server.gateway.output.read_bytes()


def _msmtp(folder: Path, server: Submissions, mechanism: str, password: str) -> list[str]:
    file = folder / "msmtprc"
    file.write_text(
        f"account default\nhost localhost\nport {server.starttls}\nfrom {ACCOUNT}\nuser {ACCOUNT}\n"
        f"password {password}\nauth {mechanism}\ntls on\ntls_starttls on\ntls_trust_file {server.certificate}\n"
    )
    file.chmod(0o600)
    return [installed("msmtp"), "-C", str(file), "--", "bo@old.example"]


@pytest.mark.peer("msmtp")
@pytest.mark.parametrize("mechanism", ["on", "plain", "login", "scram-sha-1", "scram-sha-256"])
@pytest.mark.parametrize("binding", [False, True], ids=["without channel binding", "with channel binding offered"])
def test_msmtp(
    binding: bool, mechanism: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """`on` takes the best that both have. The certificate is checked against the one that the gateway made."""
    sink = start_sink(background)
    server = submissions(gateway, sink, sasl={"channel_binding": binding})
    _run(_msmtp(tmp_path, server, mechanism, server.password), LETTER)
    assert parse(one(sink).octets).text("Subject") == "from a client"


@pytest.mark.peer("msmtp")
def test_msmtp_with_a_wrong_password_says_why(
    gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    command = _msmtp(tmp_path, server, "plain", "not-the-password")
    done = subprocess.run(command, check=False, input=LETTER, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert b"5.7.8" in done.stderr
    assert sink.messages == []


@pytest.mark.peer("curl")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_curl(mechanism: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    (tmp_path / "letter").write_bytes(LETTER)
    where = [f"smtps://localhost:{server.implicit}"]
    envelope = ["--mail-from", ACCOUNT, "--mail-rcpt", "bo@old.example", "--upload-file", str(tmp_path / "letter")]
    login = ["--user", f"{ACCOUNT}:{server.password}", "--login-options", f"AUTH={mechanism}"]
    _run([installed("curl"), "-sS", "--cacert", str(server.certificate), *where, *envelope, *login])
    assert parse(one(sink).octets).text("Subject") == "from a client"


def test_smtplib(gateway: Callable[..., Gateway], background: Background) -> None:
    """It tries CRAM-MD5, PLAIN and LOGIN, in this order; the certificate is checked, with its name."""
    sink = start_sink(background)
    server = submissions(gateway, sink)
    context = ssl.create_default_context(cafile=str(server.certificate))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ACCOUNT, "bo@old.example", "from a client"
    message["Bcc"] = "secret@old.example"
    message.set_content("All is well.\n")
    with smtplib.SMTP("localhost", server.starttls, timeout=30) as client:
        client.starttls(context=context)
        client.login(ACCOUNT, server.password)
        client.sendmail(ACCOUNT, ["bo@old.example"], message.as_bytes(policy=SMTP))
    octets = one(sink).octets
    assert b"Bcc" not in octets
    assert b"Message-ID" in octets
    assert b"Date:" in octets


@pytest.mark.peer("postfix")
def test_postfix_submits_to_the_gateway(
    gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """Postfix as a client: AUTH under verified TLS, with what libsasl2 has."""
    sink = start_sink(background)
    server = submissions(gateway, sink)
    password = tmp_path / "password"
    password.write_text(f"[127.0.0.1]:{server.starttls} {ACCOUNT}:{server.password}\n")
    settings = {
        "smtp_sasl_auth_enable": "yes",
        "smtp_sasl_password_maps": f"texthash:{password}",
        "smtp_sasl_security_options": "noanonymous",
        "smtp_tls_security_level": "secure",
        "smtp_tls_CAfile": str(server.certificate),
        "smtp_tls_secure_cert_match": "localhost",
    }
    with Postfix(tmp_path / "postfix", free_port(), server.starttls, **settings) as postfix:
        with Client(postfix.port) as client:
            client.greet()
            assert submit(client, ACCOUNT, ["bo@old.example"], LETTER).taken
        wait_for(lambda: sink.messages, within=20, what=f"the message, {postfix.mail_log()}")
    assert b"with ESMTPSA" in one(sink).octets


def test_nothing_goes_without_a_log_in(gateway: Callable[..., Gateway], background: Background) -> None:
    server = submissions(gateway, start_sink(background))
    for port in (server.starttls, server.gateway.port):
        with Client(port) as client:
            client.greet()
            answer = submit(client, ACCOUNT, ["bo@old.example"], LETTER)
            assert not answer.taken
            assert (answer.mail if answer.mail.code != 250 else answer.recipients[0]).code in (530, 550)


@pytest.mark.peer("gsasl")
@pytest.mark.parametrize("mechanism", ["", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"])
def test_gsasl(mechanism: str, gateway: Callable[..., Gateway], background: Background) -> None:
    """GNU SASL's own client, left to its own choice and told what to take. It checks the certificate.

    `--no-cb`: as soon as it has a binding, it breaks off any SCRAM without -PLUS by itself, before it says a word.
    """
    server = submissions(gateway, start_sink(background))
    command = [installed("gsasl"), "--smtp", "--no-cb", f"--connect=localhost:{server.starttls}"]
    command += ["--hostname=localhost", f"--x509-ca-file={server.certificate}", f"--authentication-id={ACCOUNT}"]
    command += [f"--password={server.password}", *([f"--mechanism={mechanism}"] if mechanism else [])]
    said = _run(command)
    assert "235 2.7.0" in said


@pytest.mark.peer("gsasl")
def test_gsasl_has_no_binding_that_we_have(gateway: Callable[..., Gateway], background: Background) -> None:
    """Why `channel_binding` is off by default: it takes -PLUS where that is offered, with `tls-exporter` alone (RFC
    9266), which Python cannot have (3.11). The day on which this fails is the day to offer it."""
    server = submissions(gateway, start_sink(background), sasl={"channel_binding": True})
    command = [installed("gsasl"), "--smtp", f"--connect=localhost:{server.starttls}", "--hostname=localhost"]
    command += [f"--x509-ca-file={server.certificate}", f"--authentication-id={ACCOUNT}"]
    done = subprocess.run(
        [*command, f"--password={server.password}"],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert b"AUTH SCRAM-SHA-256-PLUS" in done.stdout
    assert b"\n235 " not in done.stdout
