"""Annotations of accounts and mailboxes."""
