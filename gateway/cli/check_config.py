"""`gateway check-config`: what is wrong with a configuration file, or nothing."""

from pathlib import Path

import click

from gateway.accounts.control.files import DATABASE
from gateway.accounts.protocol import AccountsUnavailable
from gateway.app.accounts import Clash, refuse_clashes
from gateway.cli.common import config_path
from gateway.cli.root import Failure
from gateway.settings.config import Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig
from gateway.storage.migration import SchemaTooNew


@click.command("check-config")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--config", "option", type=click.Path(path_type=Path), help="The file, as other commands name it.")
def command(file: Path | None, option: Path | None) -> None:
    """Say what is wrong with the configuration FILE, or nothing.

    All problems at once, a line each, as FILE:LINE:COLUMN: key: what is wrong. The exit status is 1 where there is
    any. Warnings go to standard error too, but leave the status at 0.

    \b
    Examples:
      gateway check-config config/gateway.yaml
      gateway check-config --config /etc/gateway/gateway.yaml && systemctl reload gateway
    """
    try:
        loaded = load(config_path(file or option))
    except BadConfig as error:
        raise Failure("\n".join(map(str, error.problems))) from error
    _refuse_clashes(loaded.config)
    for warning in loaded.warnings:
        click.echo(f"{warning} (warning)", err=True)


def _refuse_clashes(config: Config) -> None:
    """What the control database of the gateway has, the file must not have too."""
    if not (config.data / DATABASE).exists():
        return
    try:
        refuse_clashes(config)
    except (AccountsUnavailable, Clash, SchemaTooNew) as error:
        raise Failure(str(error)) from error
