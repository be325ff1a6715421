"""What all servers share below their protocols: listeners, PROXY headers, TLS, who may connect, who logs in."""
