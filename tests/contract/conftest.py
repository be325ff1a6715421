"""Stores for the contract suite. After every test all that is stored is verified."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.protocol.store import Mail
from tests.contract.store_support import ENGINES, Stores


@pytest.fixture(params=ENGINES)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    """Opens stores on one folder."""
    made = Stores(ENGINES[request.param], tmp_path)
    try:
        yield made
    finally:
        await made.close()
    assert await made.faults() == []


@pytest.fixture
async def mail(stores: Stores) -> Mail:
    """An account's mail."""
    return stores.mail()
