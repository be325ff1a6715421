"""The certificates that listeners show: files, the self-signed one of the first start, ACME."""
