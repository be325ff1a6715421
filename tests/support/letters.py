"""Letters as they lie in a mailbox: whole, with CRLF."""


def letter(subject: str, body: str = "All is well.\r\n", *, name: str = "", more: str = "") -> bytes:
    """From Bo to Al. `name`: the Message-ID before its @, by default made of the subject; `more`: fields with CRLF."""
    name = name or "".join(each for each in subject if each.isascii() and each.isalnum())
    return (
        "From: Bo Berg <bo@x.example>\r\nTo: Al <al@home.example>\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\n"
        f"Message-ID: <{name}@x.example>\r\nSubject: {subject}\r\n{more}\r\n{body}"
    ).encode()
