"""The embedded engine of the accounts: one SQLite database, `control.db`, for commands, pages and workers alike."""
