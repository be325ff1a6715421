"""The embedded engine: one SQLite database for each account (docs/store.md)."""
