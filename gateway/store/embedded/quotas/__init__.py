"""How much an account may have, and has."""
