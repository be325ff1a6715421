"""One mail transaction over a conversation: SMTP (RFC 5321 3.3), pipelined where offered (RFC 2920), BDAT (RFC 3030),
LMTP (RFC 2033)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from gateway.deliver.config import Chunking, DeliverConfig
from gateway.deliver.conversation import SERVICE_CLOSING, Conversation
from gateway.deliver.stuffing import Ambiguous, Stuffer, stuffed
from gateway.deliver.verdict import Refusal, loss, recipient_refusal, refusal
from gateway.mail.codes import BAD_CONTENT, MESSAGE_TOO_BIG, NON_ASCII_ADDRESS
from gateway.mail.envelope import Body, MailOptions
from gateway.mail.octets import WINDOW
from gateway.mail.outcome import Delivered, Failed, Outcome
from gateway.mail.reply import Reply
from gateway.relay.transport import Transaction
from gateway.smtp.mail_parameters import format_mail
from gateway.smtp.rcpt_parameters import format_rcpt

START_INPUT: Final = 354


@dataclass(slots=True)
class _Answers:
    """Replies to the commands of the envelope; None where none came or the command was not sent."""

    mail: Reply | None = None
    rcpt: list[Reply] = field(default_factory=list)
    data: Reply | None = None


class Exchange:
    """A transaction under way. `begun` is set when octets of the message were sent: from then on it cannot be told
    whether the server has it until it says so."""

    __slots__ = ("_config", "_conversation", "_host", "_lmtp", "_transaction", "begun")

    def __init__(
        self, conversation: Conversation, transaction: Transaction, config: DeliverConfig, *, lmtp: bool
    ) -> None:
        self.begun = False
        self._conversation = conversation
        self._transaction = transaction
        self._config = config
        self._lmtp = lmtp
        self._host = conversation.endpoint.name

    async def run(self) -> Sequence[Outcome]:
        """An outcome per recipient, in order."""
        commands = self._commands()
        impossible = self._impossible(commands)
        if impossible is not None:
            return [impossible] * len(self._transaction.recipients)
        chunked = self._chunked()
        answers = await self._envelope(commands if chunked else [*commands, "DATA\r\n"])
        outcomes = self._envelope_outcomes(answers)
        accepted = [index for index, outcome in enumerate(outcomes) if outcome is None]
        if chunked and accepted:
            finals = await self._send_chunk(len(accepted))
        elif answers.data is not None and answers.data.code == START_INPUT:
            finals = await self._send_data(len(accepted))
        else:
            finals = [self._no_data(answers)] * len(accepted)
        for index, final in zip(accepted, finals, strict=True):
            outcomes[index] = final
        return [outcome or self._loss() for outcome in outcomes]

    def _commands(self) -> list[str]:
        transaction, capabilities = self._transaction, self._conversation.capabilities
        options = MailOptions(
            transaction.body,
            transaction.smtputf8,
            transaction.requiretls,
            len(transaction.octets),
            transaction.ret,
            transaction.envid,
            deliver_by=transaction.deliver_by,
            priority=transaction.priority,
        )
        return [
            f"{format_mail(transaction.sender, options, capabilities)}\r\n",
            *[f"{format_rcpt(recipient, options, capabilities)}\r\n" for recipient in transaction.recipients],
        ]

    def _impossible(self, commands: list[str]) -> Failed | None:
        """What can be told without asking: SIZE (RFC 1870 6.1), and the last guard against undeclared UTF-8."""
        limit, size = self._conversation.capabilities.size, len(self._transaction.octets)
        if limit is not None and size > limit:
            why = f"{self._host} takes messages of at most {limit} octets, this one has {size}"
            return Failed(MESSAGE_TOO_BIG, why, self._host)
        if not self._transaction.smtputf8 and not "".join(commands).isascii():
            return Failed(NON_ASCII_ADDRESS, "an address is not ASCII, and SMTPUTF8 is not declared", self._host)
        return None

    def _chunked(self) -> bool:
        if "CHUNKING" not in self._conversation.capabilities:
            return False
        octets = self._transaction.octets
        return (
            self._transaction.body is Body.BINARYMIME
            or self._config.chunking is Chunking.OFFERED
            or octets.read(len(octets) - 2, len(octets)) != b"\r\n"
        )

    # envelope

    async def _envelope(self, commands: list[str]) -> _Answers:
        conversation, within = self._conversation, self._config.timeouts.command
        if conversation.stale:
            commands = ["RSET\r\n", *commands]
        stale, conversation.stale = conversation.stale, True
        if "PIPELINING" in conversation.capabilities:
            replies = await conversation.exchange("".join(commands).encode(), len(commands), within)
        else:
            replies = await self._step_by_step(commands)
        if stale:
            del replies[:1]
        count = len(self._transaction.recipients)
        if conversation.broken and replies and replies[-1].code == SERVICE_CLOSING:
            return self._closing(replies, count)
        data = replies[1 + count] if len(replies) > 1 + count else None
        return _Answers(replies[0] if replies else None, replies[1 : 1 + count], data)

    def _closing(self, replies: list[Reply], count: int) -> _Answers:
        """421 answers the command it came for and all that were not answered."""
        last = replies[-1]
        rcpt = replies[1 : 1 + count]
        return _Answers(replies[0], rcpt + [last] * (count - len(rcpt)), last)

    async def _step_by_step(self, commands: list[str]) -> list[Reply]:
        """One command at a time; none is sent that cannot succeed any more."""
        timeouts = self._config.timeouts
        replies: list[Reply] = []
        taken = False
        for command in commands:
            verb = command[:4]
            if verb == "DATA" and not taken:
                break
            within = timeouts.data if verb == "DATA" else timeouts.command
            answer = await self._conversation.exchange(command.encode(), 1, within)
            replies += answer
            if not answer or self._conversation.broken or (verb == "MAIL" and not answer[0].positive):
                break
            taken = taken or (verb == "RCPT" and answer[0].positive)
        return replies

    def _envelope_outcomes(self, answers: _Answers) -> list[Outcome | None]:
        """None: accepted so far, or not answered because the connection broke."""
        count = len(self._transaction.recipients)
        if answers.mail is None:
            return [self._loss()] * count
        if answers.mail.code // 100 != 2:
            return [refusal(answers.mail, "MAIL", self._host)] * count
        outcomes: list[Outcome | None] = [
            None if reply.code // 100 == 2 else recipient_refusal(reply, self._host) for reply in answers.rcpt
        ]
        return outcomes + [self._loss()] * (count - len(outcomes))

    def _no_data(self, answers: _Answers) -> Refusal:
        return self._loss() if answers.data is None else refusal(answers.data, "DATA", self._host)

    # message

    async def _send_data(self, accepted: int) -> Sequence[Outcome]:
        conversation, final = self._conversation, self._config.timeouts.final
        if not accepted:
            await self._end_empty()
            return []
        octets = self._transaction.octets
        self.begun = True
        try:
            if len(octets) <= WINDOW:
                data: bytes | None = stuffed(octets.read(0, len(octets)))
            else:
                data = await self._stream_stuffed()
        except Ambiguous:
            conversation.abort("the message cannot be sent with DATA")
            why = "a dot follows a bare CR or LF, which servers read in different ways"
            return [Failed(BAD_CONTENT, why, self._host)] * accepted
        if data is None:
            return await self._cut_short(accepted)
        return self._finals(await conversation.exchange(data, self._final_count(accepted), final), accepted)

    async def _end_empty(self) -> None:
        """RFC 2920 3.1: DATA was taken though no recipient was; a lone dot ends it, and nobody gets anything.

        An LMTP server owes a reply per recipient, which is none: such a conversation is ended.
        """
        if self._lmtp:
            self._conversation.abort("DATA was accepted without a recipient")
            return
        await self._conversation.exchange(b".\r\n", 1, self._config.timeouts.final)
        self._conversation.stale = False

    async def _stream_stuffed(self) -> bytes | None:
        """Send all but the end, which is returned; None where the server has answered or gone meanwhile."""
        octets, stuffer = self._transaction.octets, Stuffer()
        for piece in octets.chunks(0, len(octets)):
            if not await self._conversation.send(stuffer.feed(piece), self._config.timeouts.block):
                return None
        return stuffer.end()

    async def _cut_short(self, accepted: int) -> Sequence[Outcome]:
        """The server answered in the middle of the message. A refusal counts; nothing else can be right."""
        replies = await self._conversation.exchange(b"", 1, self._config.timeouts.block)
        self._conversation.abort("the server answered in the middle of the message")
        final = refusal(replies[0], "the message", self._host) if replies else self._loss()
        return [final] * accepted

    async def _send_chunk(self, accepted: int) -> Sequence[Outcome]:
        """The whole message as one chunk (RFC 3030 2)."""
        conversation, octets = self._conversation, self._transaction.octets
        size, timeouts = len(octets), self._config.timeouts
        command = f"BDAT {size} LAST\r\n".encode()
        self.begun = True
        if size <= WINDOW:
            replies = await conversation.exchange(
                command + octets.read(0, size), self._final_count(accepted), timeouts.final
            )
            return self._finals(replies, accepted)
        for piece in chain((command,), octets.chunks(0, size)):
            if not await conversation.send(piece, timeouts.block):
                return await self._cut_short(accepted)
        return self._finals(await conversation.exchange(b"", self._final_count(accepted), timeouts.final), accepted)

    def _final_count(self, accepted: int) -> int:
        return accepted if self._lmtp else 1

    def _finals(self, replies: Sequence[Reply], accepted: int) -> Sequence[Outcome]:
        conversation = self._conversation
        conversation.stale = False
        conversation.transactions += 1
        outcomes = [self._final(reply) for reply in replies]
        if not self._lmtp and outcomes:
            return outcomes[:1] * accepted
        rest = outcomes[-1] if outcomes and replies[-1].code == SERVICE_CLOSING else self._loss()
        return [*outcomes[:accepted], *[rest] * (accepted - len(outcomes))]

    def _final(self, reply: Reply) -> Outcome:
        if reply.code // 100 == 2:
            return Delivered(self._host, reply)
        return refusal(reply, "the message", self._host)

    def _loss(self) -> Refusal:
        return loss(self._conversation.broken or "the server did not answer", self._host)
