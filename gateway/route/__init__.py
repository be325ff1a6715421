"""Rules, aliases and the delivery decision. Pure."""
