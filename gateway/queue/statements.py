"""The SQL of the embedded engine, a line on each statement, and the way to run one for many rows.

Many rows are one statement with many `VALUES`, so that SQLite works through them without taking the interpreter's lock
for each. Row counts are cut into powers of two: a handful of prepared statements serves every batch.
"""

import functools
import sqlite3
from collections.abc import Sequence
from itertools import chain

from gateway.queue.rows import SqlValue

_LARGEST = 64

# A message with its body, or the name of its file.
INSERT_MESSAGE = "INSERT INTO message (id, meta, file, body) VALUES {rows}"

# A recipient, in whichever state it begins.
INSERT_DELIVERY = "INSERT INTO delivery (id, state, hop, due, turn, flow, route, needs, who, reason) VALUES {rows}"

# Finished deliveries go to the history: FinalRow joined with what is stored.
INSERT_HISTORY = """INSERT OR REPLACE INTO history (id, at, state, meta, who, attempts, result)
    SELECT d.id, f.column2, f.column3, m.meta, d.who, d.attempts + f.column4, f.column5
    FROM (VALUES {rows}) AS f
    CROSS JOIN delivery AS d ON d.id = f.column1 CROSS JOIN message AS m ON m.id = d.id >> 16"""

# Finished deliveries leave the queue. A JSON array of ids.
DELETE_DELIVERIES = "DELETE FROM delivery WHERE id IN (SELECT value FROM json_each(?))"

# Messages without deliveries leave it too. A JSON array of keys.
DELETE_MESSAGES = """DELETE FROM message WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.id BETWEEN message.id << 16 AND message.id << 16 | 65535)"""

# The files of those messages, asked before they leave.
SELECT_ORPHANED = """SELECT file FROM message WHERE id IN (SELECT value FROM json_each(?)) AND file IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.id BETWEEN message.id << 16 AND message.id << 16 | 65535)"""

# What an operator ordered meanwhile. A JSON array of delivery ids.
SELECT_MARKS = "SELECT id, mark, attempts, reason FROM delivery WHERE id IN (SELECT value FROM json_each(?))"

# An attempt that did not finish the delivery.
UPDATE_ATTEMPTED = """UPDATE delivery SET state = ?, hop = ?, due = ?, turn = NULL, route = ?, needs = ?,
    attempts = attempts + ?, told = max(told, ?), reply = ?, reason = ?, mark = 0 WHERE id = ?"""

# The attempt's result in full.
INSERT_ATTEMPT = "INSERT OR REPLACE INTO attempt (delivery, at, result) VALUES (?, ?, ?)"

# Rows of a hop whose time has come and that have no turn.
SELECT_DUE = """SELECT id, flow FROM delivery WHERE hop = ? AND turn IS NULL AND state < 2 AND due <= ?
    ORDER BY due LIMIT ?"""

# They get one.
UPDATE_TURN = "UPDATE delivery SET turn = ? WHERE id = ?"

# The next rows of a hop, by turn.
SELECT_READY = """SELECT id, state, due, turn, route, needs, who, attempts, told, reply, reason FROM delivery
    WHERE hop = ? AND turn IS NOT NULL ORDER BY turn, id LIMIT ?"""

# Lease them. A JSON array of ids.
LEASE = "UPDATE delivery SET state = 2, turn = NULL WHERE id IN (SELECT value FROM json_each(?))"

# Give leases up: due as before, so at once; or held, as an operator ordered. A JSON array of ids.
RELEASE = """UPDATE delivery SET state = CASE WHEN mark = 2 THEN 3 ELSE attempts > 0 END, turn = NULL,
    reason = CASE WHEN mark = 2 AND reason = '' THEN 'held by an operator' ELSE reason END, mark = 0
    WHERE state = 2 AND mark <> 1 AND id IN (SELECT value FROM json_each(?))"""

# Every lease in the shard: whose owner died.
SELECT_LEASED = "SELECT id, mark FROM delivery WHERE state = 2"

# The messages of a claim. A JSON array of keys.
SELECT_MESSAGES = "SELECT id, meta, file, body FROM message WHERE id IN (SELECT value FROM json_each(?))"

# The octets of one message.
SELECT_BODY = "SELECT file, body FROM message WHERE id = ?"

# When the next ready row of a hop became due.
SELECT_NEXT_READY = "SELECT due FROM delivery WHERE hop = ? AND turn IS NOT NULL ORDER BY turn, id LIMIT 1"

# When the next waiting row of a hop becomes due.
SELECT_NEXT_WAITING = "SELECT min(due) FROM delivery WHERE hop = ? AND turn IS NULL AND state < 2"

# The least turn of a hop.
SELECT_LOWEST_TURN = "SELECT min(turn) FROM delivery WHERE hop = ? AND turn IS NOT NULL"

# The census: by hop, the earliest due time, rows queued, rows deferred. Two covering indexes, no row is read.
CENSUS_READY = "SELECT hop, min(due), sum(state = 0), sum(state = 1) FROM delivery WHERE turn IS NOT NULL GROUP BY hop"
CENSUS_WAITING = """SELECT hop, min(due), sum(state = 0), sum(state = 1) FROM delivery
    WHERE turn IS NULL AND state < 2 GROUP BY hop"""
CENSUS_HELD = "SELECT count(*) FROM delivery WHERE state = 3"

# The last key that was given out, and the first message that is still here.
SELECT_LAST_KEY = (
    "SELECT max((SELECT coalesce(max(id), 0) FROM message), (SELECT coalesce(max(id), 0) >> 16 FROM history))"
)

# The oldest row of each state but leased, from the three partial indexes; what was never due yet does not count.
SELECT_OLDEST = """SELECT state, min(id) FROM (
    SELECT state, id FROM delivery WHERE turn IS NOT NULL
    UNION ALL SELECT state, id FROM delivery WHERE turn IS NULL AND state < 2 AND (state = 1 OR due <= ?)
    UNION ALL SELECT 3, id FROM delivery WHERE state = 3) GROUP BY state"""

# History that is over: by age, and by number. Small steps.
SELECT_HISTORY_OVER = "SELECT id FROM history WHERE at < ? ORDER BY at LIMIT ?"
SELECT_HISTORY_EXCESS = "SELECT id FROM history ORDER BY at LIMIT ?"
DELETE_HISTORY = "DELETE FROM history WHERE id IN (SELECT value FROM json_each(?))"
DELETE_ATTEMPTS = "DELETE FROM attempt WHERE delivery IN (SELECT value FROM json_each(?))"
COUNT_HISTORY = "SELECT count(*) FROM history"

# Bodies that messages name.
SELECT_FILES = "SELECT file FROM message WHERE file IS NOT NULL"

# A real commit, to see whether one is possible.
PROBE = "INSERT INTO probe (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1"

# Changes when another connection has committed.
DATA_VERSION = "PRAGMA data_version"


def run_bulk(connection: sqlite3.Connection, template: str, rows: Sequence[Sequence[SqlValue]]) -> None:
    """Run a statement whose `{rows}` is replaced by the rows. Raises sqlite3.Error."""
    position, left = 0, len(rows)
    while left:
        size = min(1 << left.bit_length() - 1, _LARGEST)
        chunk = rows[position : position + size]
        connection.execute(_statement(template, len(chunk[0]), size), tuple(chain.from_iterable(chunk)))
        position += size
        left -= size


@functools.lru_cache(maxsize=64)
def _statement(template: str, width: int, count: int) -> str:
    row = f"({','.join('?' * width)})"
    return template.replace("{rows}", ",".join([row] * count))
