"""What survives a crash: files that are replaced as a whole, SQLite databases, their write lock, migrations."""
