"""Housekeeping: what was expunged and nobody can name, what is too old, what nothing names, removed accounts."""
