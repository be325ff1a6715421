"""Asking a host whether it would take mail for somebody: MAIL and RCPT, and no message (RFC 5321 3.3)."""

from gateway.deliver.conversation import Conversation
from gateway.mail.address import Address, ReversePath
from gateway.mail.codes import NON_ASCII_ADDRESS
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.need import Extension
from gateway.mail.reply import Reply
from gateway.smtp.mail_parameters import format_mail
from gateway.smtp.rcpt_parameters import format_rcpt


async def ask_about(
    conversation: Conversation, sender: ReversePath, recipient: Recipient, within: float
) -> Reply | None:
    """What RCPT is answered with, or MAIL where that is refused. None: the connection broke.

    A UTF-8 address at a host that cannot be told one is answered for it: 553 5.6.7.
    """
    utf8 = not (recipient.address.is_ascii and (not isinstance(sender, Address) or sender.is_ascii))
    if utf8 and not conversation.capabilities.offers(Extension.SMTPUTF8):
        return Reply(553, NON_ASCII_ADDRESS, ("the host knows no SMTPUTF8",))
    options = MailOptions(smtputf8=utf8)
    commands = (
        "RSET",
        format_mail(sender, options, conversation.capabilities),
        format_rcpt(recipient, options, conversation.capabilities),
        "RSET",
    )
    conversation.stale = True
    answer: Reply | None = None
    for command in commands if conversation.transactions else commands[1:]:
        replies = await conversation.exchange(f"{command}\r\n".encode(), 1, within)
        if not replies:
            return None
        if command != "RSET" and (answer is None or answer.positive):
            answer = replies[0]
    conversation.stale = False
    return answer
