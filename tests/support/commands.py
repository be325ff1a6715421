"""Commands of the gateway, run in this process over a data folder of the test's."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gateway.accounts.control.registrar import ControlRegistrar
from gateway.app.accounts import registrar
from gateway.cli.root import main
from gateway.settings.load import load


class Commands:
    """`gateway.ok("account", "list")`. The configuration has the domain home.example; `config` adds keys."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.file = folder / "gateway.yaml"
        self.data = folder / "data"
        keys = {
            "hostname": "mail.home.example",
            "data": str(self.data),
            "listeners": [{"name": "submission", "protocol": "submission", "bind": "127.0.0.1:2587"}],
            "domains": [{"name": "home.example"}],
            "routes": [],
        }
        self.file.write_text(json.dumps(keys | config), encoding="utf-8")

    def run(self, *arguments: str, stdin: str | bytes = "") -> Result:
        """A command without a terminal."""
        return CliRunner().invoke(main, arguments, input=stdin, env={"GATEWAY_CONFIG": str(self.file)})

    def ok(self, *arguments: str, stdin: str | bytes = "") -> str:
        """The standard output of a command that succeeds."""
        done = self.run(*arguments, stdin=stdin)
        assert done.exit_code == 0, done.output
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.ok(*arguments, "--json"))

    def refused(self, *arguments: str, stdin: str | bytes = "", status: int = 1) -> str:
        """The one line on standard error of a command that fails and prints nothing else."""
        done = self.run(*arguments, stdin=stdin)
        assert (done.exit_code, done.stdout) == (status, ""), done.output
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.rstrip("\n")

    def accounts(self) -> ControlRegistrar:
        """The accounts themselves, to look at or to change. The caller closes it."""
        return registrar(load(self.file).config)
