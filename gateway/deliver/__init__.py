"""SMTP and LMTP out."""
