"""What a gateway leaves behind has to be in order."""

from pathlib import Path

from gateway.app import clock
from gateway.app.verification.data import verify_data
from gateway.store.embedded.paths import MAIL


def assert_sound(data: Path) -> None:
    """All that `gateway verify` looks at, where there are mailboxes. Files that a kill left are no fault within a day:
    they are swept."""
    if (data / MAIL).is_dir():
        faults = [f"{fault.where}: {fault.what}" for fault in verify_data(data, clock.now())]
        assert faults == [], "\n".join(faults)
