"""Messages of a source in batches: each is one transaction of the store."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from gateway.mailbox.transfer.journal import Intent
from gateway.mailbox.transfer.model import Letter, Skipped, Source, Wanted

MOST: Final = 1000
_MOST_OCTETS: Final = 8 * 1024 * 1024


@dataclass(slots=True)
class Batch:
    """Some messages. A large one is alone, and is to be read before the next batch is asked for."""

    letters: list[Letter] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    read: int = 0

    @property
    def large(self) -> bool:
        """Whether it is one that is not in memory."""
        return len(self.letters) == 1 and not isinstance(self.letters[0].content, bytes)

    def full(self) -> bool:
        """Whether it is enough for one transaction."""
        return len(self.letters) + len(self.skipped) >= MOST or self.read >= _MOST_OCTETS


def batches(source: Source, wanted: Wanted) -> Iterator[Batch]:
    """In order; the same ones each time. Raises what `pieces` raises."""
    batch = Batch()
    for piece in source.pieces(wanted):
        if isinstance(piece, Skipped):
            batch.skipped.append(piece)
        elif isinstance(piece.content, bytes):
            batch.letters.append(piece)
            batch.read += piece.read
        else:
            if batch.letters or batch.skipped:
                yield batch
            yield Batch([piece], [], piece.read)
            batch = Batch()
        if batch.full():
            yield batch
            batch = Batch()
    if batch.letters or batch.skipped:
        yield batch


def intent_for(source: Source, batch: Batch, start: int, salt: str) -> Intent:
    """Its line in the journal. The token names this batch of this source with this content. Raises OSError."""
    digest = sha256(f"{salt}\0{source.key}\0{start}\0".encode("utf-8", "surrogatepass"))
    for letter in batch.letters:
        digest.update(letter.mark.encode("utf-8", "surrogatepass"))
        if isinstance(letter.content, bytes):
            digest.update(letter.content)
    token = f"import-{digest.hexdigest()[:40]}"
    if not source.sequential:
        return Intent(source.key, token, len(batch.letters), names=tuple(letter.mark for letter in batch.letters))
    stop = int(batch.letters[-1].mark)
    return Intent(source.key, token, len(batch.letters), start, stop, source.fingerprint(stop))


def wanted_again(intent: Intent) -> Wanted:
    """What to read to have the same batch."""
    if intent.names:
        return Wanted(only=frozenset(intent.names))
    return Wanted(start=intent.start, stop=intent.stop)
