"""The schema of `control.db`.

A `key` is what addresses are compared by (`gateway.auth.names.account_key`), a `text` is what was written. Ids are
never used again (AUTOINCREMENT): records of log-ins, and mail until nobody reads it, outlive their account. `removal`
has accounts that are no more and whose mail is to go.
"""

from gateway.storage.migration import Migration

TABLES = (
    "CREATE TABLE installation (id INTEGER PRIMARY KEY CHECK (id = 1), pepper BLOB NOT NULL)",
    """CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        created REAL NOT NULL,
        salt BLOB NOT NULL,
        disabled_since REAL,
        disabled_reason TEXT,
        disabled_mail TEXT)""",
    # `position` 0 is the primary address.
    """CREATE TABLE address (
        key TEXT PRIMARY KEY,
        domain TEXT NOT NULL,
        text TEXT NOT NULL,
        account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
        position INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX address_account ON address (account, position)",
    "CREATE INDEX address_domain ON address (domain)",
    # `name` is the A-label form.
    """CREATE TABLE domain (
        name TEXT PRIMARY KEY,
        catch_all TEXT REFERENCES address,
        separators TEXT) WITHOUT ROWID""",
    "CREATE INDEX domain_catch_all ON domain (catch_all) WHERE catch_all IS NOT NULL",
    """CREATE TABLE alias (
        key TEXT PRIMARY KEY,
        domain TEXT NOT NULL,
        text TEXT NOT NULL,
        targets TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX alias_domain ON alias (domain)",
    """CREATE TABLE refusal (
        key TEXT PRIMARY KEY,
        domain TEXT NOT NULL,
        text TEXT NOT NULL,
        code INTEGER NOT NULL,
        status TEXT NOT NULL,
        reply TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX refusal_domain ON refusal (domain)",
    # `target` is the key of an address, or `@` and a domain.
    """CREATE TABLE send_grant (
        account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
        target TEXT NOT NULL,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        PRIMARY KEY (account, target)) WITHOUT ROWID""",
    # `name` is empty for the account's own password.
    """CREATE TABLE credential (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        services TEXT NOT NULL,
        created REAL NOT NULL,
        iterations INTEGER NOT NULL,
        sha1_stored BLOB NOT NULL,
        sha1_server BLOB NOT NULL,
        sha256_stored BLOB NOT NULL,
        sha256_server BLOB NOT NULL,
        argon2 TEXT,
        UNIQUE (account, name))""",
)

REMOVAL = "CREATE TABLE removal (account INTEGER PRIMARY KEY, at REAL NOT NULL)"

MIGRATIONS: tuple[Migration, ...] = (Migration(1, TABLES), Migration(2, (REMOVAL,)))
"""In order. A new database goes through all of them, so that old and new ones cannot differ."""
