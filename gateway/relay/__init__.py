"""One mail's story: accept, attempt, bounce."""
