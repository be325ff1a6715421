"""The schema of an account's `mail.db`.

`seq` in `account` is the counter of the account's changes: every operation takes the next number, which becomes the
`modseq` of what it touches and the key of its line in `change`. Nothing is found by modseq: what changed lately is in
`change`, as sets of UIDs, so that STORE on a whole mailbox writes one line there; what changed long ago is found by
reading the mailbox.
"""

from typing import Final

from gateway.storage.migration import Migration

TABLES: Final = (
    # `uidvalidity`: the last one given out. `since`: all changes after it are in `change`.
    """CREATE TABLE account (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        seq INTEGER NOT NULL,
        uidvalidity INTEGER NOT NULL,
        since INTEGER NOT NULL)""",
    # `parent` is 0 at the top; `name` is of this level alone. The counts are those of STATUS, kept with every change.
    """CREATE TABLE mailbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        parent INTEGER NOT NULL,
        name TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL,
        uidnext INTEGER NOT NULL DEFAULT 1,
        modseq INTEGER NOT NULL,
        created INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        messages INTEGER NOT NULL DEFAULT 0,
        unseen INTEGER NOT NULL DEFAULT 0,
        deleted INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL DEFAULT 0,
        first_recent INTEGER NOT NULL DEFAULT 1,
        special_use TEXT,
        selectable INTEGER NOT NULL DEFAULT 1,
        sort_order INTEGER NOT NULL DEFAULT 0,
        expire_after REAL,
        UNIQUE (parent, name))""",
    "CREATE UNIQUE INDEX mailbox_use ON mailbox (special_use) WHERE special_use IS NOT NULL",
    # `file` is NULL where the octets are in `body`. `gone`: when it was expunged from its last mailbox.
    # `summary` is NULL, with all that follows, until it is worked out; the columns after it are parts of it, those that
    # whole mailboxes are searched, sorted and threaded by. The rest is in `description`: what is read of every message
    # of a mailbox lies close together. `zone`: minutes east of UTC. `attached`: 1 where something is, and 2 times what
    # is odd about the message. `link_references` packed as in `change`.
    """CREATE TABLE email (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread INTEGER NOT NULL,
        size INTEGER NOT NULL,
        received REAL NOT NULL,
        created INTEGER NOT NULL,
        gone INTEGER,
        file TEXT,
        summary INTEGER,
        sent REAL,
        zone INTEGER,
        attached INTEGER,
        key_subject TEXT,
        key_sender TEXT,
        key_to TEXT,
        key_cc TEXT,
        key_display_from TEXT,
        key_display_to TEXT,
        link_own INTEGER,
        link_answers INTEGER,
        link_references BLOB)""",
    "CREATE INDEX email_gone ON email (gone) WHERE gone IS NOT NULL",
    "CREATE INDEX email_thread ON email (thread)",
    """CREATE TABLE description (
        email INTEGER PRIMARY KEY,
        envelope BLOB NOT NULL,
        structure BLOB NOT NULL,
        preview TEXT NOT NULL)""",
    "CREATE TABLE body (email INTEGER PRIMARY KEY, octets BLOB NOT NULL)",
    """CREATE TABLE entry (
        mailbox INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        email INTEGER NOT NULL,
        modseq INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        saved REAL NOT NULL,
        PRIMARY KEY (mailbox, uid)) WITHOUT ROWID""",
    "CREATE INDEX entry_email ON entry (email)",
    # `names`: a JSON array, sorted.
    "CREATE TABLE keyword_set (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE)",
    # `uids` as in `UidSet`; `emails` packed, 8 octets each, little-endian.
    """CREATE TABLE change (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        mailbox INTEGER,
        uids TEXT NOT NULL DEFAULT '',
        emails BLOB NOT NULL DEFAULT x'',
        at REAL NOT NULL)""",
    "CREATE INDEX change_mailbox ON change (mailbox, seq)",
    # Which conversation a message belongs to: by the Message-IDs that it names, and its base subject (RFC 8621 3).
    """CREATE TABLE thread_link (
        link INTEGER NOT NULL,
        subject INTEGER NOT NULL,
        thread INTEGER NOT NULL,
        PRIMARY KEY (link, subject)) WITHOUT ROWID""",
    "CREATE INDEX thread_link_thread ON thread_link (thread)",
    # Deliveries of the last days, so that none is carried out twice. `emails` packed as in `change`.
    """CREATE TABLE delivered (
        token TEXT PRIMARY KEY,
        mailbox INTEGER NOT NULL,
        first_uid INTEGER NOT NULL,
        emails BLOB NOT NULL,
        seq INTEGER NOT NULL,
        at REAL NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX delivered_at ON delivered (at)",
    "CREATE TABLE subscription (name TEXT PRIMARY KEY) WITHOUT ROWID",
    # `mailbox` 0: of the account. `viewer` 0: shared.
    """CREATE TABLE annotation (
        mailbox INTEGER NOT NULL,
        viewer INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (mailbox, viewer, name)) WITHOUT ROWID""",
    """CREATE TABLE acl (
        mailbox INTEGER NOT NULL,
        identifier TEXT NOT NULL,
        rights TEXT NOT NULL,
        PRIMARY KEY (mailbox, identifier)) WITHOUT ROWID""",
    # `most` NULL: no limit.
    "CREATE TABLE quota (resource TEXT PRIMARY KEY, most INTEGER) WITHOUT ROWID",
)

MIGRATIONS: Final = (Migration(1, TABLES),)
