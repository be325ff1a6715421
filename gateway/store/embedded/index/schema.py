"""The schema of an account's `index.db`, and what is written there. Every change of it is a new index: nothing is
migrated.

`synchronous = NORMAL`: a power cut may take the last batches back, whole, and what they claimed with them.
"""

from typing import Final

VERSION: Final = 1
"""Of the schema, and of what terms are made of (`letters`, `terms`)."""

TABLES: Final = (
    # `followed`: the state of the account up to which all is indexed; `last`: the last message looked at by then.
    "CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1), followed INTEGER NOT NULL, last INTEGER NOT NULL)",
    "INSERT INTO progress VALUES (1, 0, 0)",
    # `emails`: 8 octets each, little-endian, by number.
    "CREATE TABLE segment (id INTEGER PRIMARY KEY AUTOINCREMENT, count INTEGER NOT NULL, emails BLOB NOT NULL)",
    # As in `segment.Column`.
    """CREATE TABLE field (
        segment INTEGER NOT NULL,
        name TEXT NOT NULL,
        counts BLOB NOT NULL,
        terms BLOB NOT NULL,
        ends BLOB NOT NULL,
        messages BLOB NOT NULL,
        UNIQUE (segment, name))""",
    # Messages in segments that were expunged since.
    "CREATE TABLE dead (email INTEGER PRIMARY KEY)",
)
