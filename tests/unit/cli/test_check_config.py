from click.testing import CliRunner

from gateway.cli.root import main

VALID = "hostname: a.example\nlisteners: [{name: a, protocol: smtp, bind: '*:25'}]\n"


def test_it_says_nothing_about_a_good_file():
    result = CliRunner().invoke(main, ["check-config", "config/gateway.yaml"])
    assert (result.exit_code, result.output) == (0, "")


def test_it_says_all_that_is_wrong(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("hostnam: a\nlisteners: 5\nroutes: []\n")
    result = CliRunner().invoke(main, ["check-config", "--config", str(path)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f'{path}:1:1: hostnam: no such key; did you mean "hostname"?',
        f"{path}:1:1: lacks `hostname`",
        f"{path}:2:12: listeners[0]: expected keys and values, not one value",
    ]


def test_warnings_leave_the_status_at_0(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(VALID + "routes: [{name: a, deliver: mx}, {name: b, deliver: mx}]\n")
    result = CliRunner().invoke(main, ["check-config", str(path)])
    assert result.exit_code == 0
    assert result.stderr == f"{path}:3:34: routes[b]: is never reached: a before it takes everything (warning)\n"
