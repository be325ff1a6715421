"""Tests of gateway.certificates."""
