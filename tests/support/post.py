"""Sending one letter to a running gateway, and finding at a sink what became of it."""

from gateway.cli.sink.server import Received, SinkServer
from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.smtp_client import Submission, submit

AL = "al@home.example"


def post(
    running: Gateway, *recipients: str, octets: bytes = b"", sender: str = AL, mail: str = "", rcpt: str = ""
) -> Submission:
    """One transaction of a trusted client; all of it has to be taken. `mail` and `rcpt` are parameters."""
    with running.smtp() as client:
        done = submit(client, sender, list(recipients), octets or letter(), parameters=mail, rcpt=rcpt)
    assert done.taken, done
    return done


def for_recipient(sink: SinkServer, address: str) -> list[Received]:
    """What the sink has for this recipient now."""
    return [message for message in list(sink.messages) if address in addresses(message)]


def arrival(sink: SinkServer, address: str, *, within: float = 20) -> Received:
    """The one message for this recipient, once it is there."""
    [message] = wait_for(lambda: for_recipient(sink, address), within=within, what=f"mail for {address} at the sink")
    return message


def addresses(message: Received) -> list[str]:
    """Its recipients as RCPT named them."""
    return [each.address for each in message.recipients]


def settled(running: Gateway, address: str) -> None:
    """Wait until nothing for this recipient is in the queue."""
    wait_for(lambda: running.queue("--recipient", address) == [], what=f"the end of the mail for {address}")


def waiting(running: Gateway, address: str, state: str = "deferred") -> dict[str, object]:
    """The one delivery for this recipient that is in this state, once it is."""
    rows = wait_for(lambda: running.queue("--recipient", address, "--state", state), what=f"{state} mail for {address}")
    [row] = rows
    return row
