"""Tests of gateway.rewrite."""
