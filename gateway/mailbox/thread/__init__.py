"""Messages as trees of question and answer (RFC 5256 3), and as conversations (RFC 8621 3)."""
