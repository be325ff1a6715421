"""Every metric of the gateway, in one place. docs/metrics.md lists them for people; a test holds the two together.

Names follow the Prometheus conventions: base units (seconds, bytes), `_total` on counters (added by the board).
"""

from gateway.telemetry.board import Board
from gateway.telemetry.definition import Merge

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: what a person would call at once, up to what a client would call slow."""

SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
"""Seconds: from a relay next door to a host that was down for a day."""

BATCH = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Receiving:
    """Clients, and what they bring."""

    def __init__(self, board: Board) -> None:
        self.messages = board.counter("received_messages", "Messages taken: their 250 was given.", "listener")
        self.octets = board.counter("received_bytes", "Octets of the messages taken.", "listener")
        self.replies = board.counter("replies", "Replies given to clients, by class (2xx to 5xx).", "listener", "class")
        self.connections = board.counter("client_connections", "Connections that clients opened.", "listener")
        self.open = board.gauge("client_connections_open", "Connections of clients open now.", "listener")
        self.accept_seconds = board.histogram(
            "accept_seconds", "From the end of the data to the 250 that follows the fsync.", "listener", bounds=FAST
        )


class Needing:
    """What messages need, beside what their clients asked for."""

    def __init__(self, board: Board) -> None:
        self.derived = board.counter("needs_derived", "Messages found to need an extension.", "extension")
        self.requested = board.counter("needs_requested", "Messages whose client asked for an extension.", "extension")
        self.smtputf8_dropped = board.counter(
            "smtputf8_dropped", "Transactions sent without SMTPUTF8 that the client gave and nothing needed.", "route"
        )
        self.downgraded = board.counter(
            "downgraded_messages",
            "Deliveries rewritten for a hop, by kind of change.",
            "kind",
        )


class Queueing:
    """The durable queue."""

    def __init__(self, board: Board) -> None:
        self.deliveries = board.gauge("queue_deliveries", "Recipients in the queue, by state.", "state")
        self.oldest = board.gauge(
            "queue_oldest_seconds", "Age of the oldest message in the queue, by state.", "state", merge=Merge.MAX
        )
        self.wait_seconds = board.histogram(
            "queue_wait_seconds", "From the 250 to the client to the 250 of the next hop.", bounds=SLOW
        )
        self.commit_seconds = board.histogram("commit_seconds", "Time of one commit with its fsync.", bounds=FAST)
        self.commit_operations = board.histogram(
            "commit_operations", "Operations that shared one commit.", bounds=BATCH
        )
        self.unavailable = board.counter("queue_unavailable", "Commits that failed: disk full, read-only, locked.")
        self.perhaps_twice = board.counter(
            "duplicates_possible",
            "Deliveries found leased to a process that died: the hop may have them already.",
        )


class Delivering:
    """Attempts, and the hosts they go to."""

    def __init__(self, board: Board) -> None:
        self.messages = board.counter("delivered_messages", "Transactions that a next hop took.", "route")
        self.octets = board.counter("delivered_bytes", "Octets of the transactions that a next hop took.", "route")
        self.attempts = board.counter(
            "attempts", "Recipients attempted, by outcome: delivered, deferred, failed.", "route", "outcome"
        )
        self.seconds = board.histogram(
            "delivery_seconds", "Time of one attempt, from taking a connection to the outcome.", "route", bounds=SLOW
        )
        self.connections = board.counter(
            "hop_connections", "Connections to next hops, by result: opened, reused, failed.", "result"
        )
        self.open = board.gauge("hop_connections_open", "Connections to next hops open now.")
        self.dns_errors = board.counter("dns_errors", "DNS look-ups without an answer, by kind.", "kind")
        self.tls_errors = board.counter(
            "tls_errors", "TLS handshakes that failed, by side (client: theirs with us, hop: ours).", "side"
        )
        self.reports = board.counter("reports", "Reports (DSNs) made, by occasion.", "occasion")


class Storing:
    """Our own mailboxes."""

    def __init__(self, board: Board) -> None:
        self.deliveries = board.counter(
            "mailbox_deliveries",
            "Deliveries into mailboxes, by result: stored, full, refused, loop, unavailable.",
            "result",
        )
        self.octets = board.counter("mailbox_delivered_bytes", "Octets of the messages delivered into mailboxes.")
        self.seconds = board.histogram(
            "mailbox_delivery_seconds", "Time of one delivery into a mailbox, with its commit.", bounds=FAST
        )
        self.commit_seconds = board.histogram(
            "mailbox_commit_seconds", "Time of one commit to an account's mail, with its fsync.", bounds=FAST
        )
        self.commit_operations = board.histogram(
            "mailbox_commit_operations", "Operations on an account's mail that shared one commit.", bounds=BATCH
        )
        self.refusals = board.counter(
            "mailbox_full_refusals", "Refused since the mailbox is full, by step: rcpt, data.", "step"
        )


class Certifying:
    """The certificates that listeners show."""

    def __init__(self, board: Board) -> None:
        self.expiry = board.gauge(
            "certificate_expiry_timestamp_seconds",
            "When the certificate ends, in seconds since 1970; +Inf: it is no longer shown.",
            "name",
            merge=Merge.MAX,
        )
        self.unusable = board.counter(
            "certificate_errors", "Certificate files that changed and cannot be used; the old one is still shown."
        )
        self.acme_errors = board.counter(
            "acme_errors", "Attempts to get a certificate by ACME that failed, by its first name.", "name"
        )


class LoggingIn:
    """Log-in attempts, over every protocol."""

    def __init__(self, board: Board) -> None:
        self.logins = board.counter(
            "logins", "Log-in attempts that have ended, by result: ok, or why not.", "service", "mechanism", "result"
        )
        self.waits = board.counter("login_waits", "Log-in attempts that had to wait, after failures before them.")
        self.blocked = board.counter("logins_blocked", "Log-in attempts refused unlooked at, after too many failures.")


class Imap:
    """Mail programs at our mailboxes. Their connections are counted with those of all clients."""

    def __init__(self, board: Board) -> None:
        self.commands = board.counter(
            "imap_commands", "IMAP commands that have ended, by result: ok, no, bad.", "command", "result"
        )
        self.seconds = board.histogram(
            "imap_command_seconds", "Time of one IMAP command, without what arrives for it.", bounds=FAST
        )
        self.octets = board.counter(
            "imap_bytes", "Octets to and from IMAP clients, without TLS, by direction: in, out.", "direction"
        )
        self.idle = board.gauge("imap_idle_sessions", "IMAP sessions in IDLE now.")
        self.turned_away = board.counter(
            "imap_turned_away", "IMAP clients for whom there was no room, or whose PROXY header was none.", "listener"
        )


class Indexing:
    """The full-text index, which follows the mail."""

    def __init__(self, board: Board) -> None:
        self.waiting = board.gauge("index_waiting_messages", "Messages that are not in the full-text index yet.")
        self.lag = board.gauge(
            "index_lag_seconds", "Age of the oldest change that the full-text index does not know yet.", merge=Merge.MAX
        )
        self.messages = board.counter("indexed_messages", "Messages put into the full-text index.")
        self.errors = board.counter("index_errors", "Messages or accounts that could not be indexed.")
        self.rebuilds = board.counter("index_rebuilds", "Full-text indexes that were damaged and made anew.")


class Running:
    """The processes."""

    def __init__(self, board: Board) -> None:
        self.build = board.gauge("build_info", "Always 1; labels say what runs.", "version", "python", merge=Merge.MAX)
        self.workers = board.gauge("workers", "Worker processes running.")
        self.restarts = board.counter("worker_restarts", "Workers that died and were started again.")
        self.reloads = board.counter("config_reloads", "Reloads of the configuration: done, refused.", "result")
        self.ready = board.gauge(
            "ready", "1 while every worker can commit to its queue and write mailboxes.", merge=Merge.MIN
        )
        self.loop_lag = board.histogram("event_loop_lag_seconds", "How late timers of the event loop ran.", bounds=FAST)
        self.cpu = board.counter("cpu_seconds", "CPU time of all processes.")
        self.memory = board.gauge("resident_memory_bytes", "Resident memory of all processes.")


class Metrics:
    """All metrics of one process; each worker has its own, and the page adds them up."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.receiving = Receiving(board)
        self.needing = Needing(board)
        self.queueing = Queueing(board)
        self.delivering = Delivering(board)
        self.storing = Storing(board)
        self.certifying = Certifying(board)
        self.logging_in = LoggingIn(board)
        self.imap = Imap(board)
        self.indexing = Indexing(board)
        self.running = Running(board)
