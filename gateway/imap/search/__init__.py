"""Searches of a session: from what a client wrote to what it is answered, and what it is told of later."""
