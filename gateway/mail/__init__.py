"""The values: addresses, envelopes, replies, needs, outcomes. Frozen, pure, in the words of the RFCs."""
