"""HTTP: metrics and health pages."""
