"""What the sender can do about a status code (RFC 3463, RFC 6531 4.3), in plain English."""

from typing import Final

from gateway.mail.codes import EnhancedCode

_BY_DETAIL: Final = {
    (1, 1): "Check the address for typing errors: the server knows no such mailbox.",
    (1, 2): "Check the part after the @ for typing errors: there is no such mail domain.",
    (1, 3): "Check the address for typing errors: it is not a valid address.",
    (1, 6): "The recipient has moved. Ask them for their new address.",
    (1, 10): "This domain takes no mail at all. Ask the recipient for another address.",
    (2, 1): "The mailbox is disabled. Try to reach the recipient in another way.",
    (2, 2): "The mailbox is full. Try again later, or reach the recipient in another way.",
    (2, 3): "The message is too large for this mailbox. Send less, or a link to it.",
    (3, 4): "The message is too large for the recipient's server. Send less, or a link to it.",
    (4, 4): "No way to the recipient's server is known. Tell your postmaster.",
    (4, 6): "The message goes round in circles between servers. Tell your postmaster.",
    (4, 7): "The recipient's server could not be reached for a long time. Send it again later, or ask your postmaster.",
    (6, 2): "The recipient's server takes no 8-bit text, and this message may not be converted. Send it as plain text.",
    (6, 3): "The recipient's server cannot take this kind of content. Send it in another format.",
    (6, 7): (
        "The recipient's server knows no addresses with letters outside ASCII. "
        "Ask the recipient for an address in plain ASCII, or send from one."
    ),
    (6, 9): (
        "The recipient's server knows no headers with letters outside ASCII. "
        "Send it again with plain ASCII in addresses and file names."
    ),
    (7, 30): "The message demands TLS all the way, and the recipient's server cannot promise that.",
}

_BY_SUBJECT: Final = {
    4: "This is trouble with the network or the recipient's server. Send it again later.",
    6: "The message is not in a form that the recipient's server takes. Change it and send it again.",
    7: "The recipient's server refuses it by its rules. Ask the recipient's postmaster, in another way than this.",
}


def advice(status: EnhancedCode) -> str:
    """One or two sentences for the sender of a message that failed."""
    known = _BY_DETAIL.get((status.subject, status.detail)) or _BY_SUBJECT.get(status.subject)
    return known or "Reach the recipient in another way, or show this report to your postmaster."
