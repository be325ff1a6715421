"""Summaries of imported messages."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.mailbox.transfer.importing import Summariser
from gateway.summary.model import Summary


class Summarisers(Summariser):
    """None yet."""

    def __init__(self, octets: int) -> None:
        self._octets = octets

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    @override
    async def summaries(self, messages: Sequence[OctetSource]) -> Sequence[Summary | None]:
        return [None] * len(messages)
