"""DNS, and the TLS of a client."""
