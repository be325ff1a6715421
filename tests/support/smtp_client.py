"""A bare SMTP client: sends exactly the octets it is given, reads replies, and thinks nothing."""

import base64
import socket
import ssl
from dataclasses import dataclass
from typing import Self

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: its code and its lines as they came, without line ends."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def status(self) -> str:
        """The enhanced status code, or nothing."""
        word = self.lines[-1][4:].split(" ", 1)[0]
        return word if word.count(".") == 2 else ""

    @override
    def __str__(self) -> str:
        return self.text


class Client:
    """One connection. `timeout` bounds every wait, in seconds."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", source: str | None = None, timeout: float = 20) -> None:
        where = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), timeout=timeout, source_address=where)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> bytes:
        """One line without its CRLF. Raises ConnectionError when the server has closed."""
        while b"\r\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed by the server after {self._buffer!r}")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def answer(self) -> Answer:
        """The next whole reply."""
        lines = [self.line().decode("ascii")]
        while lines[-1][3:4] == "-":
            lines.append(self.line().decode("ascii"))
        return Answer(int(lines[-1][:3]), tuple(lines))

    def say(self, command: str) -> Answer:
        """One command in UTF-8, and its reply."""
        self.send(command.encode() + b"\r\n")
        return self.answer()

    def greet(self, name: str = "client.example") -> Answer:
        """Greeting and EHLO; the reply to EHLO."""
        greeting = self.answer()
        return self.say(f"EHLO {name}") if greeting.code == 220 else greeting

    def plain(self, name: str, password: str) -> Answer:
        """AUTH PLAIN with its initial response (RFC 4616)."""
        response = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        return self.say(f"AUTH PLAIN {response}")

    def encrypt(self) -> ssl.SSLSocket:
        """Start TLS, whatever certificate there is; call it when STARTTLS was answered, or at once."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        wrapped = context.wrap_socket(self.socket)
        self.socket = wrapped
        return wrapped

    def closed(self) -> bool:
        """Whether the server closes the connection now; what it says before that is read away."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True


@dataclass(frozen=True, slots=True)
class Submission:
    """What the server said to one transaction: to MAIL, to each RCPT, and to the message where it got so far."""

    mail: Answer
    recipients: tuple[Answer, ...]
    data: Answer | None

    @property
    def taken(self) -> bool:
        return self.data is not None and self.data.code == 250


def stuffed(octets: bytes) -> bytes:
    """As DATA carries it, with the end (RFC 5321 4.5.2)."""
    body = (b"\r\n" + octets).replace(b"\r\n.", b"\r\n..")[2:]
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def submit(
    client: Client, sender: str, recipients: list[str], octets: bytes, *, parameters: str = "", rcpt: str = ""
) -> Submission:
    """One transaction by DATA, pipelined up to it. `parameters` follow MAIL FROM, `rcpt` every RCPT TO."""
    commands = [f"MAIL FROM:<{sender}>{parameters and ' '}{parameters}"]
    commands += [f"RCPT TO:<{each}>{rcpt and ' '}{rcpt}" for each in recipients]
    client.send("".join(f"{each}\r\n" for each in commands).encode())
    mail, answers = client.answer(), tuple(client.answer() for _ in recipients)
    if not any(answer.code // 100 == 2 for answer in answers):
        client.say("RSET")
        return Submission(mail, answers, None)
    go = client.say("DATA")
    if go.code != 354:
        return Submission(mail, answers, go)
    client.send(stuffed(octets))
    return Submission(mail, answers, client.answer())


def submit_chunks(
    client: Client, sender: str, recipients: list[str], octets: bytes, *, parameters: str = ""
) -> Submission:
    """One transaction by a single BDAT (RFC 3030), which carries any octets."""
    mail = client.say(f"MAIL FROM:<{sender}>{parameters and ' '}{parameters}")
    answers = tuple(client.say(f"RCPT TO:<{each}>") for each in recipients)
    client.send(b"BDAT %d LAST\r\n" % len(octets) + octets)
    return Submission(mail, answers, client.answer())
