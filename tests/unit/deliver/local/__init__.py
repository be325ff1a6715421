"""Delivery into mailboxes, piece by piece."""
