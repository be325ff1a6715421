"""The full-text index of an account in a file of its own (docs/search.md)."""
