"""Data and the secrets that open it: one without the other is refused, and nothing is made anew."""

from __future__ import annotations

import json
import time

import pytest

from exchange.launcher.environment import read_json, remembered_port
from tests.exchange.launcher.conftest import Launcher

pytestmark = pytest.mark.xdist_group("launcher")

SECONDS = 20.0  # of these, one or two on a machine that has nothing else to do


def refusal(launcher: Launcher, *command: str, **env: str) -> str:
    """The only line of a start that was refused quickly and left nothing running."""
    began = time.monotonic()
    code, said = launcher.call(*command, **env)
    assert time.monotonic() - began < SECONDS
    assert code == 1
    assert launcher.processes() == []
    (line,) = [line for line in said.splitlines() if "could not start" in line]
    assert "Traceback" not in said
    return line


def test_lost_secrets_beside_data_are_refused_at_once(launcher):
    secrets = launcher.var / "secrets.json"
    kept = secrets.rename(launcher.var.with_name("backup"))
    port = str(remembered_port(launcher.var, "web"))

    for command in (("servers",), ("run",), ("with-servers", "--", "true")):
        line = refusal(launcher, *command, PORT=port)
        assert f"{secrets} is gone, and there is data that nothing else opens." in line
        assert "Put the file back from a backup; or, to give up that data" in line
        assert not secrets.exists()

    kept.rename(secrets)
    assert launcher.call("with-servers", "--", "true")[0] == 0


def test_passwords_of_other_data_are_refused_quickly(launcher):
    secrets = launcher.var / "secrets.json"
    right = read_json(secrets)

    for name in ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"):
        wrong = json.dumps(right | {name: "somebody-else"})
        secrets.write_text(wrong)
        line = refusal(launcher, "servers")
        assert f"{secrets} does not belong to the data in {launcher.var / 'postgres'}" in line
        assert "password authentication failed for user" in line
        assert "somebody-else" not in line
        assert secrets.read_text() == wrong

    secrets.write_text(json.dumps(right))
    assert launcher.call("with-servers", "--", "true")[0] == 0
