"""The schema of `activity.db`. `changed` numbers the commits, so that each worker reads what is new to it."""

from gateway.storage.migration import Migration

MIGRATIONS = (
    Migration(
        1,
        (
            """CREATE TABLE login (
                id INTEGER PRIMARY KEY,
                first REAL NOT NULL,
                last REAL NOT NULL,
                count INTEGER NOT NULL,
                account INTEGER,
                name TEXT NOT NULL,
                service TEXT NOT NULL,
                mechanism TEXT NOT NULL,
                client TEXT NOT NULL,
                tls TEXT NOT NULL,
                result TEXT NOT NULL)""",
            "CREATE INDEX login_last ON login (last)",
            "CREATE INDEX login_account ON login (account, last)",
            """CREATE TABLE used (
                credential INTEGER PRIMARY KEY,
                account INTEGER NOT NULL,
                at REAL NOT NULL,
                client TEXT NOT NULL)""",
            "CREATE INDEX used_account ON used (account)",
            """CREATE TABLE place (
                account INTEGER NOT NULL,
                network TEXT NOT NULL,
                last INTEGER NOT NULL,
                changed INTEGER NOT NULL,
                PRIMARY KEY (account, network)) WITHOUT ROWID""",
            "CREATE INDEX place_changed ON place (changed)",
            """CREATE TABLE tally (
                kind INTEGER NOT NULL,
                key TEXT NOT NULL,
                start INTEGER NOT NULL,
                one INTEGER NOT NULL,
                two INTEGER NOT NULL,
                changed INTEGER NOT NULL,
                PRIMARY KEY (kind, key, start)) WITHOUT ROWID""",
            "CREATE INDEX tally_changed ON tally (changed)",
            "CREATE TABLE turn (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL)",
            "INSERT INTO turn VALUES (1, 0)",
        ),
    ),
)

NEXT_TURN = "UPDATE turn SET number = number + 1 RETURNING number"

PUT_LOGIN = """INSERT INTO login VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        first = min(first, excluded.first), last = max(last, excluded.last), count = count + excluded.count,
        name = excluded.name, client = excluded.client"""
PUT_USE = """INSERT INTO used VALUES (?, ?, ?, ?)
    ON CONFLICT (credential) DO UPDATE SET at = excluded.at, client = excluded.client WHERE at < excluded.at"""
PUT_PLACE = """INSERT INTO place VALUES (?, ?, ?, ?)
    ON CONFLICT (account, network) DO UPDATE SET last = max(last, excluded.last), changed = excluded.changed"""
PUT_TALLY = """INSERT INTO tally VALUES (?1, ?2, ?3, max(?4, 0), max(?5, 0), ?6)
    ON CONFLICT (kind, key, start) DO UPDATE SET
        one = max(one + ?4, 0), two = max(two + ?5, 0), changed = excluded.changed"""

NEW_PLACES = "SELECT account, network, last, changed FROM place WHERE changed > ? ORDER BY changed"
NEW_TALLIES = "SELECT kind, key, start, one, two, changed FROM tally WHERE changed > ? ORDER BY changed"

OLD_TALLIES = "DELETE FROM tally WHERE kind = ? AND start < ?"
EXCESS_TALLIES = """DELETE FROM tally WHERE kind = ?1 AND changed <=
    (SELECT changed FROM tally WHERE kind = ?1 ORDER BY changed DESC LIMIT 1 OFFSET ?2)"""
OLD_PLACES = "DELETE FROM place WHERE last <= ?"
EXCESS_PLACES = """DELETE FROM place WHERE (account, network) IN (
    SELECT account, network FROM (
        SELECT account, network, row_number() OVER (PARTITION BY account ORDER BY last DESC) AS rank FROM place)
    WHERE rank > ?)"""
OLD_LOGINS = "DELETE FROM login WHERE last < ?"
EXCESS_FAILURES = """DELETE FROM login WHERE id IN (
    SELECT id FROM login WHERE result <> '' ORDER BY last DESC LIMIT -1 OFFSET ?)"""
EXCESS_SUCCESSES = """DELETE FROM login WHERE id IN (
    SELECT id FROM login WHERE result = '' ORDER BY last DESC LIMIT -1 OFFSET ?)"""

_LOGIN = "SELECT first, last, count, account, name, service, mechanism, client, tls, result FROM login"
LOGINS = f"{_LOGIN} WHERE last >= ? ORDER BY last DESC LIMIT ?"
LOGINS_OF = f"{_LOGIN} WHERE account = ? AND last >= ? ORDER BY last DESC LIMIT ?"
USES = "SELECT credential, at, client FROM used WHERE account = ?"
