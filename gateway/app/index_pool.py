"""Processes that index: one for each core, forked before their parent has threads, gone as soon as it is."""

import gc
import multiprocessing
import os
import threading
from array import array
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.index.follow import Added, Plan, add, complete, plan
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.paths import folder_of

AT_ONCE = 4096
"""Messages that one process takes at a time."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was found to be done; `added`: it was little, and is done. None: the caller has it done in pieces."""

    plan: Plan
    added: Added | None


def index_pool(processes: int) -> ProcessPoolExecutor:
    """To be called while the process has one thread."""
    here, kept = os.pipe()
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), _live_with_parent, (here, kept))
    pool.submit(os.getpid).result()
    os.close(here)
    return pool


def step(data: Path, account: AccountId) -> Step:
    """Look at an account. Raises sqlite3.Error, OSError."""
    made = plan(folder_of(data, account))
    if len(made.missing) > AT_ONCE:
        return Step(made, None)
    added = index(data, account, made.missing)
    finish(data, account, made)
    return Step(made, added)


def index(data: Path, account: AccountId, emails: "array[int]") -> Added:
    """Some of what is missing. Raises sqlite3.Error, OSError."""
    return add(folder_of(data, account), emails, text_of) if emails else Added()


def finish(data: Path, account: AccountId, made: Plan) -> None:
    """All that was missing is indexed. Raises sqlite3.Error, OSError."""
    if not made.idle:
        complete(folder_of(data, account), made)


def _live_with_parent(here: int, kept: int) -> None:
    """Nothing here needs to be ended well: what is not committed is done again."""
    os.close(kept)
    # Lists of numbers by the hundred thousand, and no cycles among them: looking for some costs a tenth of the time.
    gc.set_threshold(200_000)

    def wait() -> None:
        os.read(here, 1)
        os._exit(0)

    threading.Thread(target=wait, name="parent", daemon=True).start()
