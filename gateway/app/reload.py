"""Reading the configuration again, while the gateway runs."""

from dataclasses import replace
from pathlib import Path

from gateway.accounts.protocol import AccountsUnavailable
from gateway.app.accounts import Clash, refuse_clashes
from gateway.settings.config import Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig
from gateway.storage.migration import SchemaTooNew


class Refused(Exception):
    """The file cannot be used as it is; the message says why."""


def read_again(path: Path, data: Path) -> Config:
    """The configuration as the file has it now. `data`: the folder that is in use. Raises Refused, OSError."""
    try:
        config = load(path).config
        refuse_clashes(replace(config, data=data))
    except (BadConfig, Clash, AccountsUnavailable, SchemaTooNew) as error:
        raise Refused(str(error)) from error
    return config


def needs_restart(started_with: Config, config: Config) -> list[str]:
    """The keys whose values have changed and are not taken up by a reload."""
    fixed = {
        "listeners": tuple([(each.name, each.bind) for each in one.listeners] for one in (started_with, config)),
        "data": (started_with.data, config.data),
        "workers": (started_with.workers, config.workers),
        "log": (started_with.log, config.log),
        "user": (started_with.user, config.user),
    }
    return [key for key, (before, now) in fixed.items() if before != now]
