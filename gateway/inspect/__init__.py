"""What a message needs of the next hop, and why."""
