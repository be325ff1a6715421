"""8BITMIME (RFC 6152): the BODY parameter, whose third value BINARYMIME adds (RFC 3030 3).

ABNF: `body-value = "7BIT" / "8BITMIME" / "BINARYMIME"`.
"""

from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import Body, MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import ServiceExtension, always


def _read(value: str | None, options: MailOptions) -> MailOptions:
    try:
        return replace(options, body=Body((value or "").upper()))
    except ValueError as error:
        raise bad_parameter("BODY is one of 7BIT, 8BITMIME, BINARYMIME") from error


def _write(options: MailOptions, capabilities: Capabilities) -> str:
    """BINARYMIME is always said: a host that cannot take it must refuse rather than mangle."""
    if options.body is Body.BINARYMIME or (options.body is Body.EIGHTBITMIME and "8BITMIME" in capabilities):
        return f" BODY={options.body}"
    return ""


EIGHTBITMIME = ServiceExtension("8BITMIME", always("8BITMIME"), mail={"BODY": _read}, write_mail=_write)
