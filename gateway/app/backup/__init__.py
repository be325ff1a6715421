"""Backups: taken while the gateway runs, whole after any crash, put back into an empty data folder (docs/backup.md)."""
