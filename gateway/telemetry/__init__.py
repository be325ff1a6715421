"""Metrics and logs: set up in one place, named in one place."""
