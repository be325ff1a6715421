"""The durable queue: its Protocol and the embedded engine."""
