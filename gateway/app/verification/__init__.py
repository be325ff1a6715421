"""Every invariant of a data folder: accounts, log-ins, the queue, the mailboxes, and what joins them."""
