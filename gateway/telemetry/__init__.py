"""Metrics and logs: how the gateway is seen from outside while it runs."""
