"""What the mechanisms share: octets of a client as text, and the end of an exchange that broke off."""

from gateway.auth.authenticator import Authenticator, Denial, Login, Why
from gateway.auth.sasl import MAX_RESPONSE, Channel, Denied, Granted


def text_of(response: bytes | None) -> str | None:
    """A response as text; None where it is missing, too long, or no UTF-8."""
    if response is None or len(response) > MAX_RESPONSE:
        return None
    try:
        return response.decode("utf-8")
    except UnicodeDecodeError:
        return None


def ended(result: Login | Denial, last: bytes | None = None) -> Granted | Denied:
    """The end of an exchange. `last` goes with success alone."""
    return Granted(result, last) if isinstance(result, Login) else Denied(result)


async def malformed(channel: Channel, authenticator: Authenticator, name: str = "") -> Denied:
    """The client does not speak the mechanism that it chose."""
    return Denied(await authenticator.failed(Why.MALFORMED, name, channel.around))
