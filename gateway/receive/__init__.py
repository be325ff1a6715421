"""SMTP and LMTP in."""
