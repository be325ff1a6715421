"""What FETCH answers: sections of messages, the form in which a session sees them, and rows of responses."""
