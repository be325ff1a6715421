"""Checks that people start, with programs that no Debian package brings (docs/imap-testing.md)."""
