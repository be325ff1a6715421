"""Message numbers of a mailbox that takes several slices, with holes in it."""

import pytest
from typing_extensions import override

from gateway.imap.search.found import Counting, numbering
from gateway.mailbox.holes import Holes
from gateway.mailbox.slices import COMPARED


class Mailbox(Counting):
    """As a session may know it."""

    def __init__(self, upto: int, uncounted: Holes) -> None:
        self._upto = upto
        self._uncounted = uncounted

    @property
    @override
    def upto(self) -> int:
        return self._upto

    @property
    @override
    def uncounted(self) -> Holes:
        return self._uncounted


@pytest.mark.parametrize(
    "holes",
    [
        (),
        ((0, 1),),
        ((5, 9), (COMPARED - 1, COMPARED + 1), (2 * COMPARED, 2 * COMPARED + 3)),
        ((0, COMPARED), (COMPARED + 1, COMPARED + 2)),
        ((2 * COMPARED + 9, 2 * COMPARED + 10),),
    ],
)
async def test_numbers_of_positions(holes: tuple[tuple[int, int], ...]) -> None:
    stop = 2 * COMPARED + 10
    gone = {at for low, high in holes for at in range(low, high)}
    found = await numbering(Mailbox(stop, Holes(holes)))
    counted = [at for at in range(stop) if at not in gone]
    assert len(found) == stop
    assert [found[at] for at in counted] == list(range(1, len(counted) + 1))
