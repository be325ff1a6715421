"""A process that makes summaries for an import: `python -m`, started by `Summarisers`."""

import gc
import marshal
import sys
from typing import IO

from gateway.mail.octets import MemoryOctets
from gateway.mailbox.transfer.summarising import LENGTH, packed
from gateway.summary.work import summarize


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Until the input ends."""
    gc.disable()  # what is made here has no cycles, and collecting costs a sixth
    while len(head := asked.read(LENGTH)) == LENGTH:
        messages: list[bytes] = marshal.loads(asked.read(int.from_bytes(head, "little")))  # noqa: S302 (our parent's)
        frame = marshal.dumps([packed(summarize(MemoryOctets(one))) for one in messages])
        answers.write(len(frame).to_bytes(LENGTH, "little") + frame)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
