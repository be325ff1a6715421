"""How an account's database is read and written: snapshots for readers, group commit for the rest."""
