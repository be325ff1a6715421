"""AUTH PLAIN and LOGIN, as a sink checks them (RFC 4954 4, RFC 4616)."""

import base64
import binascii

ASK_USER = "334 VXNlcm5hbWU6"
ASK_PASSWORD = "334 UGFzc3dvcmQ6"


class LoginDialogue:
    """Fed with what the client says, from the argument of AUTH on; each step has a reply.

    `user` is set when the log-in succeeded, `over` when nothing more is to be fed.
    """

    def __init__(self, expected: tuple[str, str]) -> None:
        self.user: str | None = None
        self.over = False
        self._expected = expected
        self._mechanism = ""
        self._given: list[str] = []

    def begin(self, argument: str) -> str:
        """The argument of AUTH."""
        mechanism, _, initial = argument.partition(" ")
        self._mechanism = mechanism.upper()
        match self._mechanism:
            case "PLAIN":
                return self.step(initial) if initial else "334 "
            case "LOGIN":
                return self.step(initial) if initial else ASK_USER
            case _:
                self.over = True
                return "504 5.5.4 PLAIN and LOGIN are known here"

    def step(self, text: str) -> str:
        """A line after a 334 reply."""
        value = _decode64(text)
        if self._mechanism == "PLAIN":
            return self._verdict(value.split("\0")[1:])
        self._given.append(value)
        return ASK_PASSWORD if len(self._given) == 1 else self._verdict(self._given)

    def _verdict(self, given: list[str]) -> str:
        self.over = True
        if tuple(given) != self._expected:
            return "535 5.7.8 wrong user or password"
        self.user = given[0]
        return "235 2.7.0 welcome"


def _decode64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""
