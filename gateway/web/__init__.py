"""HTTP: the metrics listener, with health and readiness; the HTTP listener, with answers to ACME challenges."""
