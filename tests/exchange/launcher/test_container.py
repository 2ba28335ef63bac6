"""Root of a container without user namespaces, in a folder that is root's alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from exchange.launcher import unprivileged
from tests.exchange.launcher import container
from tests.exchange.launcher.conftest import (
    LEAVE_BEHIND,
    SAY_OK,
    Launcher,
    gone,
    last_words,
    namespaces,
    soon,
)

pytestmark = [
    pytest.mark.xdist_group("launcher"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make itself root of a container"),
    namespaces,
]

DAC_OVERRIDE, DAC_READ_SEARCH = 1 << 1, 1 << 2
SAY_CAPABILITIES = f"""
{SAY_OK}
from pathlib import Path
var = Path(os.environ["HOLDFAST_VAR"])
pid = (var / "postgres/postmaster.pid").read_text().split()[0]
status = dict(line.split(":", 1) for line in Path(f"/proc/{{pid}}/status").read_text().splitlines())
print(status["Uid"].split()[1], *(int(status[n], 16) for n in ("CapEff", "CapPrm", "CapBnd")))
"""


@pytest.fixture
def contained(launcher) -> Launcher:
    return inside(launcher)


def inside(launcher: Launcher, capabilities: str = container.USUAL) -> Launcher:
    assert stat.S_IMODE(launcher.var.parent.stat().st_mode) == 0o700
    launcher.before = [sys.executable, container.__file__, capabilities]
    return launcher


def test_the_container_is_one_without_namespaces(contained):
    asked = [*contained.before, "unshare", "--user", "true"]
    assert subprocess.run(asked, capture_output=True).returncode != 0
    assert subprocess.run(asked[3:], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("has", "gets"),
    [
        (container.USUAL, DAC_OVERRIDE),
        (f"{container.USUAL},dac_read_search", DAC_READ_SEARCH),
    ],
    ids=["usual", "with-the-weaker-one"],
)
def test_nobody_may_look_there_and_can_do_nothing_else(launcher, has, gets):
    code, said = inside(launcher, has).with_servers(SAY_CAPABILITIES)
    assert (code, said.splitlines()[-2:]) == (0, ["ok", f"65534 {gets} {gets} {gets}"])
    assert launcher.processes() == []


def test_a_first_start_makes_its_cluster_there(bare):
    code, said = inside(bare).with_servers(SAY_OK)
    assert (code, said.splitlines()[-1]) == (0, "ok")


def test_the_data_changes_hands_when_the_container_is_left_and_entered(launcher):
    owners = []
    for before in ([], inside(launcher).before, []):
        launcher.before = before
        code, said = launcher.with_servers(SAY_OK)
        assert (code, said.splitlines()[-1]) == (0, "ok")
        owners.append({path.stat().st_uid for path in (launcher.var / "postgres").rglob("*")})
    assert owners == [{0}, {65534}, {0}]


def test_a_killed_launcher_leaves_nothing_running(contained):
    (contained.var / "env.json").unlink()
    process = contained.start("servers")
    assert soon((contained.var / "env.json").exists, 90), last_words(process)
    assert len(contained.processes()) > 2

    os.kill(contained.pid("launcher.lock"), signal.SIGKILL)

    assert soon(lambda: contained.processes() == [], 10), contained.processes()


def test_a_server_left_over_is_ended_though_root_may_not_look_at_it(contained):
    """Both in one container: in another, everything is different."""
    both = '"$1" -c "$2" && cat "$3" && exec "$1" -m exchange.launcher with-servers -- true'
    pidfile = contained.var / "postgres/postmaster.pid"
    contained.before += ["sh", "-c", both, "sh", sys.executable, LEAVE_BEHIND, str(pidfile)]

    process = contained.python()
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert gone(int(said.split()[0]))
    assert contained.processes() == []


def test_where_root_is_as_weak_as_nobody_the_start_is_refused_in_words(launcher):
    code, said = inside(launcher, "chown,kill,setgid,setuid,setpcap").call("servers")
    (line,) = [line for line in said.splitlines() if "could not start" in line]
    assert code == 1
    assert f"PostgreSQL can't run as root, and `nobody` can't reach {launcher.var}" in line
    assert "Traceback" not in said
    assert launcher.processes() == []


def test_data_half_handed_over_is_handed_over_whole_the_next_time(tmp_path, monkeypatch):
    files = [tmp_path / name for name in ("a", "b", "c")]
    for path in files:
        path.touch()
    really, calls = os.chown, []

    def killed_at_the_second(*arguments, **options) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        really(*arguments, **options)

    monkeypatch.setattr(unprivileged.os, "chown", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        unprivileged.hand_over(tmp_path, 65534)

    unprivileged.hand_over(tmp_path, 65534)

    assert [path.stat().st_uid for path in (tmp_path, *files)] == [65534] * 4
