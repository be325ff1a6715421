"""What a host said in its reply to EHLO after TLS (RFC 5321 4.1.1.1): capability is per host and per session."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.mail.need import Extension


@dataclass(frozen=True, slots=True)
class Capabilities:
    """EHLO keywords in upper case with their parameters; empty for a host that knows only HELO."""

    keywords: Mapping[str, str]
    tls: bool = False
    """Whether the session is under TLS whose certificate was checked (REQUIRETLS counts only then)."""
    logged_in: bool = False
    """Whether we logged in with AUTH."""

    def offers(self, extension: Extension) -> bool:
        """Whether mail that needs `extension` may be sent as it is.

        SMTPUTF8 without 8BITMIME is no SMTPUTF8 (RFC 6531 3.1 item 8); BINARYMIME wants CHUNKING (RFC 3030 3).
        """
        match extension:
            case Extension.SMTPUTF8:
                return "SMTPUTF8" in self.keywords and "8BITMIME" in self.keywords
            case Extension.BINARYMIME:
                return "BINARYMIME" in self.keywords and "CHUNKING" in self.keywords
            case Extension.EIGHTBITMIME:
                return "8BITMIME" in self.keywords
            case Extension.REQUIRETLS:
                return "REQUIRETLS" in self.keywords and self.tls

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def size(self) -> int | None:
        """The largest message in octets that it takes (RFC 1870); None where it does not say or sets no limit."""
        text = self.keywords.get("SIZE", "")
        return int(text) or None if text.isascii() and text.isdigit() and len(text) < 19 else None


NO_EXTENSIONS = Capabilities({})
