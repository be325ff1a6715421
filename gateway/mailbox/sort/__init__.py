"""Messages in the order that somebody wants to see them in (RFC 5256, RFC 5957, RFC 6203 5, RFC 8621 4.4.2)."""
