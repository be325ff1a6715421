"""Configurations in tests: a valid one, and what is said about others."""

from pathlib import Path

from gateway.settings.config import Config
from gateway.settings.load import load_octets
from gateway.settings.problem import BadConfig
from gateway.settings.secrets import Surroundings

HEAD = """\
hostname: mail.home.example
listeners: [{name: mx, protocol: smtp, bind: "127.0.0.1:2525"}]
routes: [{name: internet, deliver: mx}]
"""
"""Three lines; what a test adds begins in line 4."""


def config(text: str, base: Path = Path("/etc/gateway"), **environ: str) -> Config:
    return load_octets(text.encode(), "f", Surroundings(base, environ)).config


def problems(text: str | bytes, base: Path = Path("/etc/gateway"), **environ: str) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    try:
        load_octets(data, "f", Surroundings(base, environ))
    except BadConfig as error:
        return [str(problem) for problem in error.problems]
    return []


def warnings(text: str, base: Path = Path("/etc/gateway"), **environ: str) -> list[str]:
    return [str(warning) for warning in load_octets(text.encode(), "f", Surroundings(base, environ)).warnings]
