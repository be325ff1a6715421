"""Certificates by ACME (RFC 8555): a process of its own for each attempt, and who decides when it runs."""
