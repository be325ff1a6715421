"""What holds for the rows of the databases besides those of mailboxes: each rule is a query that finds nothing."""

from typing import Final

from gateway.store.embedded.verify.rules import Rule

CONTROL: Final = (
    Rule("SELECT [table], rowid, parent FROM pragma_foreign_key_check", "{0}, row {1}: there is no such {2}"),
    Rule(
        "SELECT id, name FROM account WHERE NOT EXISTS (SELECT 1 FROM address WHERE account = id AND position = 0)",
        "account {0} has no primary address",
    ),
    Rule(
        "SELECT id FROM account WHERE NOT EXISTS (SELECT 1 FROM credential WHERE account = id AND name = '')",
        "account {0} has no password of its own",
    ),
    Rule("SELECT account FROM removal JOIN account ON id = account", "account {0} is there, and was removed"),
    Rule("SELECT count(*) FROM installation HAVING count(*) <> 1", "it has {0} installations instead of one"),
    Rule(
        """SELECT max(id), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'account'), 0) FROM account
        HAVING max(id) > 0 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'account'), 0)""",
        "there is an account {0}, and the last number given out is {1}",
    ),
)

ACTIVITY: Final = (
    Rule("SELECT id FROM login WHERE last < first OR count < 1", "log-in {0} ends before it begins"),
    Rule("SELECT kind, key FROM tally WHERE one < 0 OR two < 0", "the tally {0} of {1} is below nothing"),
)

QUEUE: Final = (
    Rule(
        """SELECT id >> 16, id & 65535 FROM delivery
        WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.id = delivery.id >> 16)""",
        "message {0} is lost, and is to be delivered to recipient {1}",
    ),
    Rule(
        """SELECT id FROM message WHERE NOT EXISTS
            (SELECT 1 FROM delivery WHERE delivery.id BETWEEN message.id << 16 AND message.id << 16 | 65535)""",
        "message {0} has nobody left to go to",
    ),
    Rule(
        "SELECT id FROM message WHERE (file IS NULL) = (body IS NULL)", "message {0}: where its octets are is unclear"
    ),
    Rule("SELECT id, state FROM delivery WHERE state NOT BETWEEN 0 AND 3", "delivery {0} is in no state: {1}"),
    Rule(
        """SELECT delivery FROM attempt
        WHERE delivery NOT IN (SELECT id FROM delivery UNION ALL SELECT id FROM history) GROUP BY delivery""",
        "there are attempts of a delivery {0} that is neither in the queue nor in its history",
    ),
    Rule(
        "SELECT file, count(*) FROM message WHERE file IS NOT NULL GROUP BY file HAVING count(*) > 1",
        "the file {0} belongs to {1} messages",
    ),
    Rule("SELECT id FROM history WHERE state NOT BETWEEN 4 AND 6", "history: delivery {0} has not ended"),
)

SHARES: Final = (Rule("SELECT viewer, owner FROM share WHERE viewer = owner", "account {0} shares with itself"),)
