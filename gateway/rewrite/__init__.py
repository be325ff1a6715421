"""Downgrading, re-encoding, trace fields, header edits: pure, by offsets, lazily rendered."""
