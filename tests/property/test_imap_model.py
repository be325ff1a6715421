"""Several sessions of all kinds on two mailboxes, beside deliveries and changes from outside, against the real server.

After every command, what the client believes, from its responses alone and by the RFCs' rules, is compared with what is
true; at the end all is fetched.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from typing_extensions import override

from gateway.store.actions import Expunge, SetFlags, Which
from gateway.store.flags import How
from gateway.store.uids import UidSet
from tests.property.imap_model import NO_FLAGS, Flagged, Mailbox, Row, View, uids_of
from tests.support.background import Background
from tests.support.imap_client import Answer, ImapClient, Literal
from tests.support.imap_preparations import flags_of
from tests.support.imap_world import ImapWorld, append, imap_world, new_email

PICKS = st.integers(0, 2**24 - 1)
NAMES = st.sampled_from(["INBOX", "Archive"])
FLAGS = st.sets(st.sampled_from(["\\Seen", "\\Deleted", "\\Flagged", "$Later", "Work"]), max_size=3).map(frozenset)
KINDS = st.sampled_from(["", "IMAP4rev2", "CONDSTORE", "QRESYNC", "QRESYNC IMAP4rev2", "UIDONLY"])
Stored = tuple[str, bool, Flagged, str]
"""The sign, whether silently, the flags, and which of the mod-sequences is UNCHANGEDSINCE."""
HOWS: st.SearchStrategy[Stored] = st.tuples(
    st.sampled_from(["+", "-", ""]), st.booleans(), FLAGS, st.sampled_from(["", "", "all", "none", "some"])
)
_numbers = count(1)


@dataclass
class Session:
    """A client; `counted`: the UIDs that its message numbers have to mean."""

    client: ImapClient
    kind: str
    view: View | None = None
    counted: list[int] = field(default_factory=list)
    read_only: bool = False
    uidvalidity: int = 0

    @property
    def uidonly(self) -> bool:
        return self.kind == "UIDONLY"

    @property
    def condstore(self) -> bool:
        return "CONDSTORE" in self.kind or "QRESYNC" in self.kind


class Served:
    """The server of an example, in a thread of its own."""

    def __init__(self) -> None:
        self.background = Background()
        self.background.__enter__()
        self.folder = Path(tempfile.mkdtemp(prefix="imap-model-"))
        self.world: ImapWorld = self.background.enter(imap_world(self.folder))

    def close(self) -> None:
        self.background.__exit__()
        shutil.rmtree(self.folder)


class Sessions(RuleBasedStateMachine):
    @initialize(kinds=st.lists(KINDS, min_size=2, max_size=3), flags=st.lists(FLAGS, min_size=4, max_size=10))
    def begin(self, kinds: list[str], flags: list[Flagged]) -> None:
        self.served = Served()
        self.world, self.run = self.served.world, self.served.background.run
        self.mail = self.world.mail()
        self.mailboxes = {name: Mailbox(name) for name in ("INBOX", "Archive")}
        self.ids = {name: self.run(self.mail.mailboxes.find(name)).id for name in self.mailboxes}
        self.sessions: list[Session] = []
        self.clients: list[ImapClient] = []
        for each in flags:
            self.deliver("INBOX", each, 1)
        for kind in kinds:
            self.connect(kind)

    @override
    def teardown(self) -> None:
        try:
            for session in self.sessions:
                if session.view is not None:
                    self._fetch_all(session)
        finally:
            for client in self.clients:
                self.run(client.close())
            self.served.close()

    # Who does it, and to what

    def _session(self, pick: int) -> tuple[Session, View]:
        able = [session for session in self.sessions if session.view is not None]
        session = able[pick % len(able)]
        assert session.view is not None
        return session, session.view

    def _selected(self) -> bool:
        return any(session.view is not None for session in self.sessions)

    def _named(self, session: Session, pick: int, *, uids: bool) -> tuple[str, list[int]]:
        """A set as a client writes it, and the UIDs that it means."""
        places = [at for at in range(len(session.counted)) if pick >> at % 20 & 1]
        chosen = [session.counted[at] for at in places]
        if not chosen:
            return "", []
        if uids:
            return str(UidSet.of(chosen)), chosen
        return str(UidSet.of(at + 1 for at in places)), chosen

    # What a client does

    def _do(self, session: Session, text: str, *, exact: bool = True, numbers_stay: bool = False) -> Answer:
        answer = self.run(session.client.command(text))
        self._take(session, answer, exact=exact, numbers_stay=numbers_stay)
        return answer

    def _take(self, session: Session, answer: Answer, *, exact: bool = True, numbers_stay: bool = False) -> None:
        view = session.view
        assert answer.status in ("OK", "NO"), answer.tagged
        assert "SERVERBUG" not in answer.code, answer.tagged
        if view is None:
            return
        for response in answer.untagged:
            view.take(response, numbers_stay=numbers_stay)
        if answer.code.startswith("HIGHESTMODSEQ"):
            view.highest = max(view.highest, int(answer.code.split()[1]))
        uids = view.mailbox.uids
        session.counted = uids if exact else sorted({*session.counted, *uids})

    def _compare(self, session: Session) -> None:
        if session.view is not None:
            session.view.compare(session.counted)

    @precondition(lambda self: len(self.sessions) < 4)
    @rule(kind=KINDS)
    def connect(self, kind: str) -> None:
        client = self.run(ImapClient.connect(self.world.port))
        self.clients.append(client)
        self.run(client.ok("LOGIN al@home.example secret"))
        if kind:
            answer = self.run(client.ok(f"ENABLE {kind}"))
            enabled = {word for each in answer.named("ENABLED") for word in each.rest.decode().upper().split()}
            assert enabled >= set(kind.upper().split())
        session = Session(client, kind)
        self.sessions.append(session)
        self._open(session, "INBOX", "SELECT")

    def _open(self, session: Session, name: str, command: str) -> None:
        session.view = View(
            self.mailboxes[name],
            rev2="IMAP4rev2" in session.kind,
            condstore=session.condstore,
            qresync="QRESYNC" in session.kind or session.uidonly,
            uidonly=session.uidonly,
        )
        answer = self.run(session.client.ok(f"{command} {name}"))
        self._opened(session, answer, command)

    def _opened(self, session: Session, answer: Answer, command: str) -> None:
        view = session.view
        assert view is not None
        for response in answer.untagged:
            if response.code.startswith("UIDVALIDITY"):
                session.uidvalidity = int(response.code.split()[1])
            if response.code.startswith("UIDNEXT"):
                assert int(response.code.split()[1]) == view.mailbox.uidnext
            view.take(response, opening=True)
        session.read_only = command == "EXAMINE"
        assert answer.code == ("READ-ONLY" if session.read_only else "READ-WRITE")
        session.counted = view.mailbox.uids
        self._compare(session)

    @precondition(_selected)
    @rule(who=PICKS, name=NAMES, command=st.sampled_from(["SELECT", "SELECT", "EXAMINE"]))
    def select(self, who: int, name: str, command: str) -> None:
        session, _ = self._session(who)
        self._open(session, name, command)

    @precondition(_selected)
    @rule(who=PICKS, close=st.booleans(), name=NAMES)
    def close_and_select(self, who: int, close: bool, name: str) -> None:
        session, view = self._session(who)
        self.run(session.client.ok("CLOSE" if close else "UNSELECT"))
        if close and not session.read_only:
            self._expunge_deleted(view.mailbox, view.mailbox.uids)
        session.view = None
        self._open(session, name, "SELECT")

    @precondition(_selected)
    @rule(who=PICKS, command=st.sampled_from(["NOOP", "NOOP", "CHECK"]))
    def noop(self, who: int, command: str) -> None:
        session, _ = self._session(who)
        if "IMAP4rev2" in session.kind:
            command = "NOOP"
        assert self._do(session, command).status == "OK"
        self._compare(session)

    @precondition(_selected)
    @rule(who=PICKS, pick=PICKS, uids=st.booleans(), seen=st.booleans())
    def fetch(self, who: int, pick: int, uids: bool, seen: bool) -> None:
        session, view = self._session(who)
        uids = uids or session.uidonly
        text, chosen = self._named(session, pick, uids=uids)
        if not chosen:
            return
        there = [uid for uid in chosen if uid in view.mailbox.messages]
        body = "BODY[]" if seen else "BODY.PEEK[]"
        modseq = " MODSEQ" if session.condstore else ""
        if seen and not session.read_only:
            for uid in there:
                view.mailbox.change(uid, view.mailbox.messages[uid].flags | {"\\Seen"})
        answer = self._do(
            session,
            f"{'UID ' * uids}FETCH {text} (UID FLAGS {body}{modseq})",
            exact=uids,
            numbers_stay=not uids,
        )
        self._compare(session)
        self._contents(view, answer, there)

    def _contents(self, view: View, answer: Answer, there: list[int]) -> None:
        got: dict[int, object] = {}
        for each in (*answer.named("FETCH"), *answer.named("UIDFETCH")):
            if "BODY[]" in each.items:
                uid = each.number if view.uidonly else each.items["UID"]
                assert isinstance(uid, int)
                assert uid not in got, f"UID {uid} twice"
                got[uid] = each.items["BODY[]"]
        for uid in there:
            assert got.get(uid) == view.mailbox.messages[uid].content, f"the octets of UID {uid}"

    @precondition(_selected)
    @rule(who=PICKS, pick=PICKS, uids=st.booleans(), how=HOWS)
    def store(self, who: int, pick: int, uids: bool, how: Stored) -> None:
        sign, silent, flags, since = how
        session, view = self._session(who)
        uids = uids or session.uidonly
        text, chosen = self._named(session, pick, uids=uids)
        if not chosen or not (flags or not sign) or session.read_only:
            return
        there = [uid for uid in chosen if uid in view.mailbox.messages]
        limit = {"all": view.highest, "none": 0, "some": view.highest // 2}.get(since if session.condstore else "")
        unchanged = "" if limit is None else f"(UNCHANGEDSINCE {limit}) "
        silently = ".SILENT" * silent
        command = f"{'UID ' * uids}STORE {text} {unchanged}{sign}FLAGS{silently} ({' '.join(sorted(flags))})"
        answer = self.run(session.client.command(command))
        failed = self._modified(session, answer, there, limit, uids=uids)
        for uid in there:
            if uid not in failed:
                view.mailbox.change(uid, applied(view.mailbox.messages[uid].flags, sign, flags))
        self._take(session, answer, exact=uids, numbers_stay=not uids)
        if silent:
            for row in view.rows:
                if row.uid in there and row.uid not in failed and row.flags is not None:
                    row.flags = applied(row.flags, sign, flags)
            if not all(row.uid for row in view.rows):
                self._forget_flags(view)
        self._compare(session)

    def _forget_flags(self, view: View) -> None:
        """A client that does not know UIDs cannot tell which it changed without being answered."""
        for row in view.rows:
            if row.uid is None:
                row.flags = None

    def _modified(
        self, session: Session, answer: Answer, there: list[int], limit: int | None, *, uids: bool
    ) -> set[int]:
        failed = set[int]()
        if answer.code.startswith("MODIFIED"):
            told = uids_of(answer.code.split()[1])
            failed = set(told) if uids else {session.counted[number - 1] for number in told}
            assert limit is not None
        else:
            assert answer.status == "OK" or answer.code == "EXPUNGEISSUED", answer.tagged
        assert session.view is not None
        if limit is None:
            return failed
        for uid in there:
            message = session.view.mailbox.messages[uid]
            if message.modseq is not None:
                assert (uid in failed) == (message.modseq > limit), f"UID {uid}: {message.modseq}, {limit}"
            elif message.floor >= limit:
                assert uid in failed, f"UID {uid} was changed after {limit}"
        return failed

    @precondition(_selected)
    @rule(
        who=PICKS,
        uids=st.booleans(),
        key=st.sampled_from(["ALL", "SEEN", "UNSEEN", "DELETED", "NOT FLAGGED", "KEYWORD $later", "UNKEYWORD Work"]),
    )
    def search(self, who: int, uids: bool, key: str) -> None:
        session, view = self._session(who)
        uids = uids or session.uidonly
        there = [uid for uid in session.counted if uid in view.mailbox.messages]
        answer = self._do(session, f"{'UID ' * uids}SEARCH RETURN (ALL COUNT) {key}", exact=uids, numbers_stay=not uids)
        wanted = [uid for uid in there if found(view.mailbox.messages[uid].flags, key)]
        [response] = answer.named("ESEARCH")
        result = re.search(rb"ALL ([0-9,:]+)", response.rest)
        numbers = uids_of(result[1].decode()) if result else []
        got = numbers if uids else [session.counted[number - 1] for number in numbers]
        assert sorted(got) == wanted, f"{key}: {got} instead of {wanted}"
        assert b"COUNT %d" % len(wanted) in response.rest
        self._compare(session)

    @precondition(_selected)
    @rule(who=PICKS, pick=PICKS | st.none())
    def expunge(self, who: int, pick: int | None) -> None:
        session, view = self._session(who)
        if session.read_only:
            return
        text, chosen = self._named(session, pick, uids=True) if pick is not None else ("", [])
        if pick is not None and not chosen:
            return
        self._expunge_deleted(view.mailbox, view.mailbox.uids if pick is None else chosen)
        assert self._do(session, "EXPUNGE" if pick is None else f"UID EXPUNGE {text}").status == "OK"
        self._compare(session)

    def _expunge_deleted(self, mailbox: Mailbox, uids: list[int]) -> None:
        there = [uid for uid in uids if uid in mailbox.messages]
        mailbox.remove([uid for uid in there if "\\Deleted" in mailbox.messages[uid].flags])

    @precondition(_selected)
    @rule(who=PICKS, flags=FLAGS, number=st.integers(1, 3), name=NAMES, plus=st.booleans())
    def append(self, who: int, flags: Flagged, number: int, name: str, plus: bool) -> None:
        session, _ = self._session(who)
        contents = [content() for _ in range(number)]
        parts: list[str | Literal] = [f"APPEND {name}"]
        for each in contents:
            parts += [f" ({' '.join(sorted(flags))}) ", Literal(each, plus=plus)]
        answer = self.run(session.client.ok(*parts))
        uids = [self.mailboxes[name].add(each, flags) for each in contents]
        _, _, got = answer.code.split()
        assert answer.code.startswith("APPENDUID")
        assert uids_of(got) == uids
        self._take(session, answer)
        self._compare(session)

    @precondition(_selected)
    @rule(who=PICKS, pick=PICKS, uids=st.booleans(), move=st.booleans(), name=NAMES)
    def copy(self, who: int, pick: int, uids: bool, move: bool, name: str) -> None:
        session, view = self._session(who)
        uids = uids or session.uidonly
        text, chosen = self._named(session, pick, uids=uids)
        if not chosen or (move and session.read_only) or (move and name == view.mailbox.name):
            return
        there = [uid for uid in chosen if uid in view.mailbox.messages]
        command = "MOVE" if move else "COPY"
        answer = self.run(session.client.command(f"{'UID ' * uids}{command} {text} {name}"))
        codes = [answer.code, *(each.code for each in answer.named("OK"))]
        copied = next((code.split() for code in codes if code.startswith("COPYUID")), None)
        if answer.status == "NO" and copied is None:
            assert len(there) < len(chosen), answer.tagged
            there = []
        target = self.mailboxes[name]
        made = [target.add(view.mailbox.messages[uid].content, view.mailbox.messages[uid].flags) for uid in there]
        assert (copied is not None) == bool(there), answer.tagged
        if copied is not None:
            assert uids_of(copied[2]) == there
            assert uids_of(copied[3]) == made
        if move:
            view.mailbox.remove(there)
        self._take(session, answer)
        self._compare(session)

    @precondition(_selected)
    @rule(who=PICKS, name=NAMES)
    def status(self, who: int, name: str) -> None:
        session, _ = self._session(who)
        answer = self._do(session, f"STATUS {name} (MESSAGES UIDNEXT UNSEEN DELETED HIGHESTMODSEQ)")
        [response] = answer.named("STATUS")
        mailbox = self.mailboxes[name]
        all_flags = [message.flags for message in mailbox.messages.values()]
        values = {
            key: int(value) for key, value in re.findall(r"([A-Z]+) ([0-9]+)", response.rest.decode().partition("(")[2])
        }
        highest = values.pop("HIGHESTMODSEQ")
        assert highest >= mailbox.highest, "HIGHESTMODSEQ fell"
        assert values == {
            "MESSAGES": len(all_flags),
            "UIDNEXT": mailbox.uidnext,
            "UNSEEN": sum("\\Seen" not in flags for flags in all_flags),
            "DELETED": sum("\\Deleted" in flags for flags in all_flags),
        }
        self._compare(session)

    # From outside

    @rule(name=NAMES, flags=FLAGS, number=st.integers(1, 4))
    def deliver(self, name: str, flags: Flagged, number: int) -> None:
        contents = [content() for _ in range(number)]
        now = self.world.clock()
        emails = [self.run(new_email(each, now, flags_of(" ".join(flags)))) for each in contents]
        arrived = self.run(append(self.mail, name, *emails, now=now))
        assert list(arrived.uids) == [self.mailboxes[name].add(each, flags) for each in contents]

    @rule(name=NAMES, pick=PICKS, flags=FLAGS | st.none())
    def change_from_outside(self, name: str, pick: int, flags: Flagged | None) -> None:
        mailbox = self.mailboxes[name]
        uids = [uid for at, uid in enumerate(mailbox.uids) if pick >> at % 20 & 1]
        chosen = UidSet.of(uids)
        if flags is None:
            mailbox.remove(uids)
            action: Expunge | SetFlags = Expunge(self.ids[name], chosen, Which.ALL)
        else:
            for uid in uids:
                mailbox.change(uid, flags)
            action = SetFlags(self.ids[name], chosen, How.REPLACE, flags_of(" ".join(flags)))
        if uids:
            self.run(self.mail.emails.carry_out([action], self.world.clock()))

    # Longer stories

    @precondition(_selected)
    @rule(who=PICKS, name=NAMES, pick=PICKS, flags=FLAGS | st.none(), number=st.integers(1, 2))
    def idle(self, who: int, name: str, pick: int, flags: Flagged | None, number: int) -> None:
        """News comes by itself."""
        session, view = self._session(who)
        view.idle = True
        tag = self.run(session.client.send("IDLE"))
        while (response := self.run(session.client.response())).tag != "+":
            view.take(response)
        self.deliver(name, NO_FLAGS, number)
        self.change_from_outside(name, pick, flags)
        session.counted = view.mailbox.uids
        self.run(self._until_right(session))
        session.client.channel.write(b"DONE\r\n")
        answer = self.run(session.client.answer(tag))
        self._take(session, answer)
        self._compare(session)
        view.idle = False

    async def _until_right(self, session: Session) -> None:
        view = session.view
        assert view is not None
        while True:
            try:
                view.compare(session.counted)
            except AssertionError:
                view.take(await session.client.response())
            else:
                return

    @precondition(lambda self: any("QRESYNC" in each.kind and each.view is not None for each in self.sessions))
    @rule(who=PICKS, data=st.data(), known=st.booleans())
    def resynchronise(self, who: int, data: st.DataObject, known: bool) -> None:
        """A client comes back with what it knew (RFC 7162 3.2.5)."""
        able = [each for each in self.sessions if "QRESYNC" in each.kind and each.view is not None]
        session = able[who % len(able)]
        view = session.view
        assert view is not None
        self._fetch_all(session)
        self.run(session.client.ok("UNSELECT"))
        for _ in range(data.draw(st.integers(0, 3))):
            if data.draw(st.booleans()):
                self.deliver(view.mailbox.name, data.draw(FLAGS), data.draw(st.integers(1, 2)))
            else:
                self.change_from_outside(view.mailbox.name, data.draw(PICKS), data.draw(FLAGS | st.none()))
        uids = [row.uid for row in view.rows if row.uid is not None]
        named = f" {UidSet.of(uids)}" if known and uids else ""
        answer = self.run(
            session.client.ok(f"SELECT {view.mailbox.name} (QRESYNC ({session.uidvalidity} {view.highest}{named}))")
        )
        cache = {row.uid: row for row in view.rows}
        view.rows = []
        session.read_only = False
        self._resynchronised(session, view, answer, cache, every=not named)

    def _resynchronised(
        self, session: Session, view: View, answer: Answer, cache: dict[int | None, Row], *, every: bool
    ) -> None:
        for response in answer.untagged:
            if response.name == "VANISHED":
                assert response.rest.startswith(b"(EARLIER) ")
                for uid in uids_of(response.rest.decode().removeprefix("(EARLIER) ")):
                    cache.pop(uid, None)
                continue
            view.take(response, opening=True)
            if response.name == "FETCH":
                number, flags = response.items["UID"], response.items["FLAGS"]
                assert isinstance(number, int)
                assert isinstance(flags, list)
                cache[number] = Row(number, frozenset(map(str, flags)) - {"\\Recent"})
        session.counted = view.mailbox.uids
        self._compare(session)
        assert len(cache) <= len(session.counted), f"{set(cache) - set(session.counted)} has not vanished"
        for uid, message in view.mailbox.messages.items():
            if every or uid in cache:
                assert cache[uid].flags == message.flags, f"UID {uid} after QRESYNC: {cache[uid].flags}"

    @precondition(_selected)
    @rule(who=PICKS)
    def fetch_all(self, who: int) -> None:
        self._fetch_all(self._session(who)[0])

    def _fetch_all(self, session: Session) -> None:
        view = session.view
        assert view is not None
        self._do(session, "NOOP")
        modseq = " MODSEQ" if session.condstore else ""
        answer = self._do(session, f"UID FETCH 1:* (UID FLAGS BODY.PEEK[]{modseq})")
        self._contents(view, answer, view.mailbox.uids)
        self._compare(session)
        assert sorted(row.uid or 0 for row in view.rows) == view.mailbox.uids
        assert all(row.flags is not None for row in view.rows)

    @precondition(lambda self: len(self.sessions) > 1)
    @rule(who=PICKS)
    def leave(self, who: int) -> None:
        session = self.sessions.pop(who % len(self.sessions))
        self.run(session.client.ok("LOGOUT"))


def content() -> bytes:
    """One of its own."""
    number = next(_numbers)
    return f"Subject: message {number}\r\n\r\nThis is message {number}.\r\n".encode()


def applied(before: Flagged, sign: str, flags: Flagged) -> Flagged:
    """By STORE."""
    return {"+": before | flags, "-": before - flags, "": flags}[sign]


def found(flags: Flagged, key: str) -> bool:
    """By SEARCH."""
    return {
        "ALL": True,
        "SEEN": "\\Seen" in flags,
        "UNSEEN": "\\Seen" not in flags,
        "DELETED": "\\Deleted" in flags,
        "NOT FLAGGED": "\\Flagged" not in flags,
        "KEYWORD $later": "$Later" in flags,
        "UNKEYWORD Work": "Work" not in flags,
    }[key]


Sessions.TestCase.settings = settings(deadline=None, max_examples=20, stateful_step_count=40)
TestSessions = Sessions.TestCase
