"""SMTP grammar and extensions, shared by server and client. Pure."""
