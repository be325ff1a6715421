"""The one MIME scanner: byte offsets into the message, never re-serialised."""
