"""Delivery into the mailboxes of our own accounts: one more transport of the queue."""
