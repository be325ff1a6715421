import subprocess
import sys

import pytest
from click.testing import CliRunner

from gateway.cli.root import COMMANDS, main


def test_help_names_every_command_without_importing_any():
    code = (
        "import sys; from gateway.cli.root import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith('gateway.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name, entry in COMMANDS.items():
        assert name in done.stdout
        assert entry.help in done.stdout
    assert "['gateway.cli', 'gateway.cli.root']" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name):
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage: " in result.output
    assert "Examples:" in result.output


def test_version():
    assert CliRunner().invoke(main, ["--version"]).output.startswith("gateway ")


@pytest.mark.parametrize("arguments", [["--foo"], ["nonsense"], ["check-config", "--foo"], ["route", "explain"]])
def test_wrong_usage_is_one_line_and_status_2(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "--help" in result.stderr
    assert result.stdout == ""


def test_a_file_that_cannot_be_read_is_one_line_and_status_1(tmp_path):
    config = tmp_path / "gateway.yaml"
    config.write_text("hostname: a.example\nlisteners: [{name: a, protocol: smtp, bind: '*:25'}]\nroutes: []\n")
    result = CliRunner().invoke(
        main, ["route", "explain", "--config", str(config), "--rcpt-to", "a@b.example", "/no/such/file"]
    )
    assert result.exit_code == 1
    assert result.stderr == "gateway: /no/such/file: No such file or directory\n"


def test_a_fault_of_its_own_is_one_line():
    code = "from gateway.cli import root; root.COMMANDS['x'] = root.Entry('no.such.module', ''); root.main(['x'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "gateway: a fault of its own: ModuleNotFoundError: No module named 'no' (GATEWAY_TRACEBACK=1 shows where)\n"
    )
    traced = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"GATEWAY_TRACEBACK": "1"}
    )
    assert traced.stderr.startswith("Traceback")
