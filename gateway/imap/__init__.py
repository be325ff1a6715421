"""The IMAP server (RFC 9051, RFC 3501 and their extensions)."""
