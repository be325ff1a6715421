"""DNS and TLS."""
