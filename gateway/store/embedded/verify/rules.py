"""What holds for the rows of an account's database: each rule is a query that finds nothing."""

from dataclasses import dataclass
from typing import Final

from gateway.store.embedded.verify.fault import Repair


@dataclass(frozen=True, slots=True)
class Rule:
    """`sql` yields a row for each violation; `what` says it, with the row's columns."""

    sql: str
    what: str
    repair: Repair = Repair.NONE


_TALLY: Final = """SELECT mailbox.id, messages, unseen, deleted, mailbox.size,
        count(uid), coalesce(sum(mark & 1 = 0), 0), coalesce(sum(mark & 8 <> 0), 0), coalesce(sum(email.size), 0)
    FROM mailbox LEFT JOIN entry ON entry.mailbox = mailbox.id LEFT JOIN email ON email.id = entry.email
    GROUP BY mailbox.id"""

MAILBOXES: Final = (
    Rule(
        "SELECT count(*) FROM account HAVING count(*) <> 1",
        "it has {0} accounts instead of one",
    ),
    Rule(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE parent = 0 AND name = 'INBOX' AND selectable)",
        "there is no INBOX",
        Repair.INBOX,
    ),
    Rule(
        f"""WITH tally (id, messages, unseen, deleted, size, m, u, d, s) AS ({_TALLY})
        SELECT * FROM tally WHERE (messages, unseen, deleted, size) <> (m, u, d, s)""",  # noqa: S608
        "mailbox {0}: counts {1} messages, {2} unseen, {3} deleted, {4} octets; it has {5}, {6}, {7} and {8}",
        Repair.COUNT,
    ),
    Rule(
        "SELECT id, uidnext, max(uid) FROM mailbox JOIN entry ON mailbox = id GROUP BY id HAVING uidnext <= max(uid)",
        "mailbox {0}: UIDNEXT is {1}, and there is a message {2}",
        Repair.NUMBERS,
    ),
    Rule(
        "SELECT id, first_recent, uidnext FROM mailbox WHERE first_recent > uidnext OR first_recent < 1",
        "mailbox {0}: messages are recent from {1} on, and UIDNEXT is {2}",
        Repair.NUMBERS,
    ),
    Rule(
        """SELECT mailbox.id, max(modseq, created, changed), seq FROM mailbox JOIN account
        WHERE max(modseq, created, changed) > seq""",
        "mailbox {0}: changed at {1}, and the account's state is {2}",
        Repair.NUMBERS,
    ),
    Rule(
        """SELECT mailbox.id, mailbox.uidvalidity, account.uidvalidity FROM mailbox JOIN account
        WHERE mailbox.uidvalidity > account.uidvalidity OR mailbox.uidvalidity < 1""",
        "mailbox {0}: UIDVALIDITY is {1}, and the last one given out is {2}",
        Repair.NUMBERS,
    ),
    Rule(
        "SELECT uidvalidity, count(*) FROM mailbox GROUP BY uidvalidity HAVING count(*) > 1",
        "UIDVALIDITY {0} belongs to {1} mailboxes",
    ),
    Rule(
        """WITH RECURSIVE found (id) AS (
            SELECT id FROM mailbox WHERE parent = 0
            UNION SELECT mailbox.id FROM mailbox JOIN found ON mailbox.parent = found.id)
        SELECT id, parent FROM mailbox WHERE id NOT IN found""",
        "mailbox {0}: its parent {1} leads to no top",
        Repair.TREE,
    ),
    Rule(
        "SELECT mailbox.id, count(*) FROM mailbox JOIN entry ON mailbox = id WHERE NOT selectable GROUP BY mailbox.id",
        "mailbox {0} is only a name, and has {1} messages",
        Repair.RECOVER,
    ),
    Rule(
        """SELECT 'rights', mailbox FROM acl WHERE mailbox NOT IN (SELECT id FROM mailbox)
        UNION SELECT 'annotations', mailbox FROM annotation
        WHERE mailbox <> 0 AND mailbox NOT IN (SELECT id FROM mailbox)""",
        "there are {0} of a mailbox {1} that is not there",
        Repair.ATTRIBUTES,
    ),
    Rule(
        """SELECT 'mailbox', max(id), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'mailbox'), 0)
        FROM mailbox HAVING max(id) > 0 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'mailbox'), 0)
        UNION SELECT 'message', max(id), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'email'), 0)
        FROM email HAVING max(id) > 0 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'email'), 0)""",
        "there is a {0} {1}, and the last number given out is {2}",
        Repair.NUMBERS,
    ),
)

ENTRIES: Final = (
    Rule(
        """SELECT mailbox, count(*) FROM entry WHERE mailbox NOT IN (SELECT id FROM mailbox) GROUP BY mailbox""",
        "a mailbox {0} that is not there has {1} messages",
        Repair.RECOVER,
    ),
    Rule(
        """SELECT mailbox, uid, email FROM entry WHERE NOT EXISTS (SELECT 1 FROM email WHERE id = entry.email)""",
        "mailbox {0}, UID {1}: message {2} is lost",
        Repair.DROP_ENTRIES,
    ),
    Rule(
        """SELECT mailbox, uid, entry.modseq, mailbox.modseq FROM entry JOIN mailbox ON mailbox.id = mailbox
        WHERE entry.modseq > mailbox.modseq OR entry.modseq < 1""",
        "mailbox {0}, UID {1}: changed at {2}, and the mailbox at {3}",
        Repair.NUMBERS,
    ),
    Rule("SELECT mailbox, uid FROM entry WHERE uid NOT BETWEEN 1 AND 4294967295", "mailbox {0}: no UID: {1}"),
    Rule(
        """SELECT mailbox, uid, mark >> 5 FROM entry
        WHERE mark < 0 OR mark >> 5 <> 0 AND mark >> 5 NOT IN (SELECT id FROM keyword_set)""",
        "mailbox {0}, UID {1}: a set of keywords {2} that is not there",
        Repair.KEYWORDS,
    ),
    Rule(
        """SELECT id FROM email WHERE gone IS NULL AND NOT EXISTS (SELECT 1 FROM entry WHERE email = email.id)""",
        "message {0} lies in no mailbox",
        Repair.RECOVER,
    ),
    Rule(
        """SELECT id, gone FROM email
        WHERE gone IS NOT NULL AND EXISTS (SELECT 1 FROM entry WHERE entry.email = email.id)""",
        "message {0} is in a mailbox, and was expunged at {1}",
        Repair.MARK_GONE,
    ),
    Rule(
        """SELECT email.id, max(created, coalesce(gone, 0)), seq FROM email JOIN account
        WHERE max(created, coalesce(gone, 0)) > seq""",
        "message {0}: changed at {1}, and the account's state is {2}",
        Repair.NUMBERS,
    ),
)

OCTETS: Final = (
    Rule(
        """SELECT id FROM email WHERE file IS NULL AND NOT EXISTS (SELECT 1 FROM body WHERE email = email.id)""",
        "message {0}: its octets are lost",
    ),
    Rule(
        "SELECT id, file FROM email JOIN body ON body.email = id WHERE file IS NOT NULL",
        "message {0} is in the database and in {1}",
        Repair.ORPHANS,
    ),
    Rule(
        "SELECT id, size, length(octets) FROM email JOIN body ON body.email = id WHERE size <> length(octets)",
        "message {0}: {1} octets are wanted, it has {2}",
        Repair.SIZES,
    ),
    Rule(
        "SELECT email FROM body WHERE email NOT IN (SELECT id FROM email)",
        "there are octets of a message {0} that is not there",
        Repair.RECOVER,
    ),
    Rule(
        "SELECT email FROM description WHERE email NOT IN (SELECT id FROM email)",
        "there is a description of a message {0} that is not there",
        Repair.ORPHANS,
    ),
    Rule(
        "SELECT file, count(*) FROM email WHERE file IS NOT NULL GROUP BY file HAVING count(*) > 1",
        "the file {0} belongs to {1} messages",
    ),
)

FEED: Final = (
    Rule("SELECT since, seq FROM account WHERE since > seq", "history from {0} on, in state {1}", Repair.NUMBERS),
    Rule(
        """SELECT seq - since, (SELECT count(*) FROM change WHERE change.seq > since AND change.seq <= account.seq)
        FROM account WHERE seq - since <>
            (SELECT count(*) FROM change WHERE change.seq > since AND change.seq <= account.seq)""",
        "the history has {1} of {0} lines",
        Repair.HISTORY,
    ),
    Rule(
        "SELECT max(change.seq), account.seq FROM change JOIN account HAVING max(change.seq) > account.seq",
        "the history goes up to {0}, and the account's state is {1}",
        Repair.NUMBERS,
    ),
    Rule(
        """SELECT entry.mailbox, entry.uid, entry.modseq FROM entry JOIN account ON entry.modseq > since
        LEFT JOIN change ON change.seq = entry.modseq
        WHERE change.seq IS NULL OR change.mailbox IS NOT entry.mailbox OR change.kind NOT IN ('arrived', 'flags')""",
        "mailbox {0}, UID {1}: what changed at {2} is not in the history",
        Repair.HISTORY,
    ),
)

ALL: Final = (*MAILBOXES, *ENTRIES, *OCTETS, *FEED)
