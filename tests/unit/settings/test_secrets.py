import pytest

from tests.unit.settings.read import HEAD, config, problems, warnings

RELAY = HEAD + "relays: {r: {hosts: a, tls: verify, auth: {user: gw, password: %s}}}\n"


def test_from_the_environment():
    auth = config(RELAY % "{env: PASSWORD}", PASSWORD="geheim").relays["r"].auth
    assert auth is not None
    assert auth.password.value == "geheim"
    assert "geheim" not in repr(auth)


def test_from_a_file_beside_the_configuration(tmp_path):
    (tmp_path / "secret").write_text("geheim\n")
    (tmp_path / "secret").chmod(0o600)
    auth = config(RELAY % "{file: secret}", tmp_path).relays["r"].auth
    assert auth is not None
    assert auth.password.value == "geheim"
    assert warnings(RELAY % "{file: secret}", tmp_path) == []


@pytest.mark.parametrize("tls", ["none", "opportunistic", "encrypt"])
def test_a_password_for_a_host_that_is_not_checked_is_warned_about(tmp_path, tls):
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "secret").chmod(0o600)
    [warning] = warnings(RELAY.replace("verify", tls) % "{file: secret}", tmp_path)
    assert "relays.r.auth: the password goes to whoever answers" in warning


def test_a_file_that_others_may_read_is_warned_about(tmp_path):
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "secret").chmod(0o640)
    path = tmp_path / "secret"
    expected = f"f:4:54: relays.r.auth.password: others may read {path}: chmod 600 {path}"
    assert warnings(RELAY % "{file: secret}", tmp_path) == [expected]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("geheim", "a secret is never written here: use {file: PATH} or {env: NAME}"),
        ("{env: ABSENT}", "the environment has no ABSENT"),
        ("{file: absent}", "absent cannot be read: No such file or directory"),
        ("{file: .}", " is no file"),
        ("{file: empty}", "empty is not one line of text"),
        ("{file: binary}", "binary is not UTF-8"),
        ("{value: geheim}", "a secret is {file: PATH} or {env: NAME}"),
        ("{file: a, env: B}", "a secret is {file: PATH} or {env: NAME}"),
        ("[geheim]", "expected keys and values, not a list"),
    ],
)
def test_what_is_no_secret(tmp_path, written, said):
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff")
    found = problems(RELAY % written, tmp_path)
    assert len(found) == 1
    assert found[0].startswith("f:4:")
    assert found[0].endswith(said)
    assert "geheim" not in found[0]
