"""HTTP: the metrics listener, with health and readiness."""
