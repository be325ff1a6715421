"""SQLite databases that survive a crash: connections, the write lock, migrations."""
