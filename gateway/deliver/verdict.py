"""What a reply means for a recipient (RFC 5321 4.2.1, 4.5.3.1.10; RFC 3463). All failure policy of sending is here."""

from gateway.deliver.conversation import SERVICE_CLOSING
from gateway.mail.codes import CONNECTION_BROKEN, TOO_MANY_RECIPIENTS, EnhancedCode
from gateway.mail.outcome import Deferred, Failed
from gateway.mail.reply import Reply

_UNSPECIFIED_TRANSIENT = EnhancedCode(4, 0, 0)
_UNSPECIFIED_PERMANENT = EnhancedCode(5, 0, 0)
_PROTOCOL_TROUBLE = EnhancedCode(4, 5, 0)

Refusal = Deferred | Failed


def refusal(reply: Reply, command: str, host: str) -> Refusal:
    """What a reply other than the expected one means.

    421 speaks of the host, never of the message. A positive reply out of place is a fault of the host's protocol.
    """
    why = f"{host} answered {command} with {reply}"
    if reply.permanent:
        return Failed(reply.status or _UNSPECIFIED_PERMANENT, why, host, reply)
    if reply.positive:
        return Deferred(_PROTOCOL_TROUBLE, why, host, reply, hop_trouble=True)
    return Deferred(reply.status or _UNSPECIFIED_TRANSIENT, why, host, reply, hop_trouble=reply.code == SERVICE_CLOSING)


def recipient_refusal(reply: Reply, host: str) -> Refusal:
    """As `refusal`, for RCPT: 552 is what old servers say for 452, too many recipients (RFC 5321 4.5.3.1.10)."""
    if reply.code != 552:
        return refusal(reply, "RCPT", host)
    status = reply.status
    transient = EnhancedCode(4, status.subject, status.detail) if status else TOO_MANY_RECIPIENTS
    return Deferred(transient, f"{host} answered RCPT with {reply}, which may pass", host, reply)


def loss(why: str, host: str) -> Deferred:
    """The connection broke: the host's fault, never the message's."""
    return Deferred(CONNECTION_BROKEN, f"{host}: {why}", host, hop_trouble=True)
