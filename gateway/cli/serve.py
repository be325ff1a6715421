"""`gateway serve`."""

import sys
from pathlib import Path

import click

from gateway.app.serve import CannotStart, run
from gateway.cli.common import config_path
from gateway.cli.root import Failure
from gateway.settings.load import load
from gateway.settings.problem import BadConfig


@click.command("serve")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file.")
def command(config: Path | None) -> None:
    """Run the gateway in the foreground.

    SIGHUP reads the configuration again, SIGTERM finishes what is in flight and stops.

    \b
    Examples:
      gateway serve --config config/gateway.yaml
      kill -HUP PID      # after a change to the configuration
    """
    path = config_path(config)
    try:
        sys.exit(run(path.absolute(), load(path)))
    except BadConfig as error:
        raise Failure("\n".join(map(str, error.problems))) from error
    except CannotStart as error:
        raise Failure(f"gateway: {error}") from error
