"""The embedded servers: made, shared, killed, left over; and those that the environment names."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoValkey

from exchange.launcher import unprivileged
from exchange.launcher.environment import ROOT, LaunchError
from tests.exchange.launcher.conftest import (
    LEAVE_BEHIND,
    SAY_OK,
    Launcher,
    gone,
    last_words,
    namespaces,
    soon,
)

pytestmark = pytest.mark.xdist_group("launcher")

PIDFILES = ("postgres/postmaster.pid", "valkey/launcher.pid")

MAKE_TABLE = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
    owner.execute("CREATE TABLE t (n int)")
    owner.execute("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
                  " 'BEGIN RAISE EXCEPTION ''guarded''; END'")
    owner.execute("CREATE TRIGGER guard BEFORE DELETE ON t EXECUTE FUNCTION no()")
"""
FORBIDDEN = """
import os, psycopg, sys
app = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
app.execute("INSERT INTO t VALUES (1)")
for statement in sys.argv[1:]:
    try:
        app.execute(statement)
    except psycopg.Error as error:
        print(type(error).__name__)
    else:
        print("allowed:", statement)
owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
print(app.execute(owned).fetchone())
sys.exit(7)
"""


def url(launcher: Launcher, name: str = "DATABASE_URL") -> str:
    return json.loads((launcher.var / "env.json").read_text())[name]


def answers(launcher: Launcher) -> bool:
    try:
        psycopg.connect(url(launcher), connect_timeout=1).close()
        return bool(Redis.from_url(url(launcher, "REDIS_URL")).ping())
    except (OSError, psycopg.OperationalError, NoValkey, json.JSONDecodeError):
        return False


def insert(launcher: Launcher, number: int) -> None:
    with psycopg.connect(url(launcher, "DATABASE_OWNER_URL")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kept(launcher: Launcher) -> list[int]:
    with psycopg.connect(url(launcher, "DATABASE_OWNER_URL")) as connection:
        return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def serve(launcher: Launcher) -> subprocess.Popen[str]:
    process = launcher.start("servers")
    assert soon(lambda: answers(launcher), 90), last_words(process)
    return process


def end(process: subprocess.Popen[str], number: int = signal.SIGINT) -> int:
    process.send_signal(number)
    return process.wait(20)


def test_a_command_runs_with_servers_and_nothing_stays(launcher):
    assert launcher.with_servers(MAKE_TABLE)[0] == 0

    code, said = launcher.with_servers(
        FORBIDDEN,
        "CREATE TABLE mine (n int)",
        "ALTER TABLE t DISABLE TRIGGER guard",
        "SET session_replication_role = replica",
        "DROP TRIGGER guard ON t",
        "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM t",
    )

    assert said.splitlines()[2:] == ["InsufficientPrivilege"] * 5 + ["RaiseException", "(0,)"]
    assert code == 7
    assert launcher.processes() == []
    for name in ("secrets.json", "env.json"):
        assert stat.S_IMODE((launcher.var / name).stat().st_mode) == 0o600


def test_a_command_ended_by_a_signal_is_told_as_a_shell_tells_it(launcher):
    code, _ = launcher.with_servers("import os; os.kill(os.getpid(), 15)")
    assert code == 128 + 15


def test_a_command_that_does_not_exist_leaves_nothing(launcher):
    code, said = launcher.call("with-servers", "--", "no-such-command")
    assert code == 127
    assert "no-such-command: No such file" in said
    assert launcher.processes() == []


def test_two_commands_share_one_start_and_the_second_may_stay_longer(launcher, tmp_path):
    wait = (
        "import os, psycopg, sys, time\nfrom pathlib import Path\n"
        "Path(sys.argv[1] + '.began').touch()\n"
        "while not Path(sys.argv[1]).exists(): time.sleep(0.02)\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c:\n"
        "    print('since', c.execute('SELECT pg_postmaster_start_time()').fetchone()[0])\n"
    )
    script = ("with-servers", "--", sys.executable, "-c", wait)
    first = launcher.start(*script, str(tmp_path / "a"))
    assert soon((tmp_path / "a.began").exists, 90)
    second = launcher.start(*script, str(tmp_path / "b"))
    assert soon((tmp_path / "b.began").exists, 90)

    (tmp_path / "a").touch()
    lines = [first.stdout.readline() for _ in range(4)]
    assert "waiting for another command" in lines[3]
    (tmp_path / "b").touch()
    said, _ = second.communicate(timeout=20)

    assert said == lines[2]
    assert said.startswith("since ")
    assert (first.wait(20), second.returncode) == (0, 0)
    assert launcher.processes() == []


def test_a_killed_launcher_leaves_nothing_running_and_loses_nothing(launcher):
    killed = serve(launcher)
    insert(launcher, 1)
    assert len(launcher.processes()) > 2

    end(killed, signal.SIGKILL)

    assert soon(lambda: launcher.processes() == [], 8), launcher.processes()
    again = serve(launcher)
    assert kept(launcher) == [1]
    assert end(again) == 0
    assert launcher.processes() == []


def test_killed_servers_come_back_with_what_was_committed(launcher):
    process = serve(launcher)
    busy = psycopg.connect(url(launcher))
    busy.execute("SELECT 1")
    for number in range(3):
        insert(launcher, number)
        killed = [launcher.pid(pidfile) for pidfile in PIDFILES]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        for pidfile, pid in zip(PIDFILES, killed, strict=True):
            assert soon(lambda name=pidfile, old=pid: launcher.pid(name) != old, 60)
        assert soon(lambda: answers(launcher), 60)

    assert kept(launcher) == [0, 1, 2]
    assert end(process) == 0
    said = process.stdout.read()
    assert said.count("postgres           fell over (signal 9)") == 3
    assert said.count("valkey             started again") == 3


def test_servers_left_over_are_ended_before_new_ones_start(launcher):
    assert launcher.python("-c", LEAVE_BEHIND).wait(30) == 0
    left = [launcher.pid(pidfile) for pidfile in PIDFILES]
    assert all(Path(f"/proc/{pid}").exists() for pid in left)

    code, said = launcher.with_servers(SAY_OK)

    assert (code, said.splitlines()[-1]) == (0, "ok")
    assert all(gone(pid) for pid in left)
    assert launcher.processes() == []


def test_processes_left_over_are_found_by_their_session(launcher):
    """A web process that was killed together with its launcher leaves its workers, and the port."""
    script = (
        "import subprocess, sys, time\n"
        "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(worker.pid, flush=True)\n"
    )
    leader = launcher.python("-c", script)
    orphan = int(leader.stdout.readline())
    leader.wait()
    (launcher.var / "run").mkdir()
    (launcher.var / "run/web.pid").write_text(f"{leader.pid}\n")

    code, said = launcher.call("run", PORT="1" if os.geteuid() else "bad")
    assert "is not a port" in said or code == 1
    assert Path(f"/proc/{orphan}").exists()
    end_them = (
        "from exchange.launcher import leftovers, environment\n"
        "print(leftovers.end_leftover_sessions("
        "environment.var_folder() / 'run', cwd=environment.ROOT))"
    )
    ended, _ = launcher.python("-c", end_them).communicate(timeout=20)

    assert ended.strip() == "1"
    assert soon(lambda: not launcher.processes(), 3)
    assert not (launcher.var / "run/web.pid").exists()


def test_a_valkey_whose_log_is_damaged_starts_afresh(launcher):
    assert launcher.call("with-servers", "--", "true")[0] == 0
    (log,) = (launcher.var / "valkey/appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + b"rubbish\r\n" * 50)

    code, said = launcher.with_servers(SAY_OK)

    assert (code, said.splitlines()[-1]) == (0, "ok")


@namespaces
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_becomes_nobody_or_a_user_in_a_namespace(initialised):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for mode, program in ((0o755, "setpriv"), (0o700, "unshare")):
            os.chmod(folder, mode)
            found = unprivileged.way(reach=[Path(folder), Path("/bin/sh")], deadly=signal.SIGINT)
            assert found.prefix[0] == program
        launcher = Launcher(shutil.copytree(initialised, Path(folder) / "var"))
        for mode in (0o755, 0o700, 0o755):  # and the cluster changes hands on the way
            os.chmod(folder, mode)
            code, said = launcher.with_servers(SAY_OK)
            assert (code, said.splitlines()[-1]) == (0, "ok")


def test_what_root_lacks_is_named(monkeypatch):
    monkeypatch.setattr(unprivileged.os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged.shutil, "which", lambda name: None)
    with pytest.raises(LaunchError, match="`setpriv`.*missing"):
        unprivileged.way(reach=[], deadly=signal.SIGINT)
    monkeypatch.setattr(
        unprivileged.shutil, "which", lambda name: "/x" if name == "setpriv" else None
    )
    with pytest.raises(LaunchError, match="can't reach /nowhere.*`unshare`.*missing"):
        unprivileged.way(reach=[Path("/nowhere")], deadly=signal.SIGINT)


@pytest.mark.parametrize(("user", "fixture"), [(65534, "launcher"), (1234, "bare")])
def test_an_ordinary_user_needs_nothing_special_nor_a_name(request, tmp_path, user, fixture):
    """The one without a name makes a cluster, because it is initdb that asks for the name."""
    one = request.getfixturevalue(fixture)
    if os.geteuid() == 0:
        one.before = ordinary(tmp_path, user)
    code, said = one.with_servers(f"import os; print(os.geteuid())\n{SAY_OK}")
    expected = user if os.geteuid() == 0 else os.geteuid()
    assert said.splitlines()[-2:] == [str(expected), "ok"]
    assert code == 0
    assert soon(lambda: one.processes() == [], 3)


def ordinary(folder: Path, user: int) -> list[str]:
    """How root becomes a user here: for real where that user may read the interpreter and the
    code, else in a namespace of its own."""
    for_real = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    # By way of a shell, because setpriv itself may still start what its user may not.
    reads = f"exec {sys.executable} -c 'import exchange.launcher.run'"
    if (
        subprocess.run([*for_real, "sh", "-c", reads], cwd=ROOT, capture_output=True).returncode
        == 0
    ):
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)
        for parent in folder.parents[:2]:
            os.chmod(parent, 0o755)
        return for_real
    if namespaces.args[0]:
        pytest.skip("other users may not read this checkout, and there are no user namespaces")
    return ["unshare", "--user", f"--map-user={user}", f"--map-group={user}"]
