"""DSN (RFC 3461 4, RFC 6533 3): RET and ENVID with MAIL, NOTIFY and ORCPT with RCPT.

ABNF, as read here::

    ret-value     = "FULL" / "HDRS"
    envid-value   = xtext                                  ; at most 100 characters
    notify-value  = "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )
    orcpt-value   = addr-type ";" ( xtext / utf-8-enc-addr )   ; the latter for addr-type "utf-8"
"""

import re
from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions, Notify, OriginalRecipient, Recipient, Ret
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import RecipientOptions, ServiceExtension, always
from gateway.smtp.xtext import (
    BadEncoding,
    decode_unitext,
    decode_xtext,
    encode_ascii_unitext,
    encode_unitext,
    encode_xtext,
)

MAX_ENVID = 100
MAX_ORCPT = 1024
"""Characters read; RFC 3461 4.2 has 500, before an address could be UTF-8 in hexadecimal."""

_TYPE = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]{1,40}")


def _read_ret(value: str | None, options: MailOptions) -> MailOptions:
    try:
        return replace(options, ret=Ret((value or "").upper()))
    except ValueError as error:
        raise bad_parameter("RET is FULL or HDRS") from error


def _read_envid(value: str | None, options: MailOptions) -> MailOptions:
    if value is None or len(value) > MAX_ENVID:
        raise bad_parameter(f"ENVID has 1 to {MAX_ENVID} characters")
    try:
        return replace(options, envid=decode_xtext(value))
    except BadEncoding as error:
        raise bad_parameter(f"ENVID is malformed: {error}") from error


def _read_notify(value: str | None, options: RecipientOptions) -> RecipientOptions:
    try:
        notify = frozenset(Notify(word) for word in (value or "").upper().split(","))
    except ValueError as error:
        raise bad_parameter("NOTIFY is NEVER, or some of SUCCESS, FAILURE, DELAY with commas between") from error
    if Notify.NEVER in notify and len(notify) > 1:
        raise bad_parameter("NOTIFY=NEVER stands alone")
    return replace(options, notify=notify)


def _read_orcpt(value: str | None, options: RecipientOptions) -> RecipientOptions:
    kind, semicolon, text = (value or "").partition(";")
    if not (semicolon and text and _TYPE.fullmatch(kind)) or len(text) > MAX_ORCPT:
        raise bad_parameter("ORCPT has the form rfc822;address or utf-8;address")
    kind = kind.lower()
    try:
        address = decode_unitext(text) if kind == "utf-8" else decode_xtext(text)
    except BadEncoding as error:
        raise bad_parameter(f"ORCPT is malformed: {error}") from error
    return replace(options, original=OriginalRecipient(kind, address))


def _write_mail(options: MailOptions, capabilities: Capabilities) -> str:
    if "DSN" not in capabilities:
        return ""
    ret = f" RET={options.ret}" if options.ret else ""
    return f"{ret} ENVID={encode_xtext(options.envid)}" if options.envid else ret


def _write_rcpt(recipient: Recipient, capabilities: Capabilities, mail: MailOptions) -> str:
    if "DSN" not in capabilities:
        return ""
    notify = f" NOTIFY={','.join(sorted(recipient.notify))}" if recipient.notify else ""
    return f"{notify} ORCPT={_orcpt(recipient.original, mail)}" if recipient.original else notify


def _orcpt(original: OriginalRecipient, mail: MailOptions) -> str:
    """RFC 6533 3: native UTF-8 only where this MAIL carries SMTPUTF8; nothing is ever encoded twice."""
    if original.kind == "utf-8" or not original.address.isascii():
        encode = encode_unitext if mail.smtputf8 else encode_ascii_unitext
        return f"utf-8;{encode(original.address)}"
    return f"{original.kind};{encode_xtext(original.address)}"


DSN = ServiceExtension(
    "DSN",
    always("DSN"),
    mail={"RET": _read_ret, "ENVID": _read_envid},
    rcpt={"NOTIFY": _read_notify, "ORCPT": _read_orcpt},
    write_mail=_write_mail,
    write_rcpt=_write_rcpt,
)
