"""A launcher of the test's own, in a folder of its own, told nothing of the servers around it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from exchange.launcher.environment import ROOT
from exchange.launcher.leftovers import read_pid
from exchange.launcher.servers import GIVEN

AROUND = (*GIVEN, "HOLDFAST_VAR", "PORT", "BASE_URL", "WS_PUBLIC_URL", "WS_PRIVATE_URL")
AROUND += ("DJANGO_SETTINGS_MODULE", "STREAMS_PORT", "MATCHING_SHARDS")

# What `run` has done already as far as it knows: these tests are about processes, not about tables.
PRETEND = """
import json, os
from exchange.launcher import environment, prepare
var, database = environment.var_folder(), prepare.identity(os.environ["DATABASE_URL"])
schema = [database, prepare.schema()]
done = {"schema": schema, "roles": [*schema, prepare.roles()]}
done |= {"seeded": database, "wallets": database}
done |= {"identities": database, "customers": database}
done |= dict.fromkeys(("launchpad", "chains"), [database, "customers"])
(var / "prepared.json").write_text(json.dumps(done))
(var / "demo.json").write_text("{}")
"""

# A command for `with-servers`.
SAY_OK = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']); print('ok')"

# Servers whose launcher dies without anybody telling them.
LEAVE_BEHIND = """
import os, sys
from exchange.launcher import child, unprivileged
from exchange.launcher.environment import secret_values, var_folder
from exchange.launcher.postgres import Postgres
from exchange.launcher.valkey import Valkey
child.die_with_parent = lambda *_: None
way = unprivileged.way
def deathless(**options):
    found = way(**options)
    return found._replace(prefix=[p for p in found.prefix if "pdeathsig" not in p])
unprivileged.way = deathless
for server in (Postgres, Valkey):
    server(var_folder(), secret_values(var_folder())).start()
os._exit(0)
"""

namespaces = pytest.mark.skipif(
    subprocess.run(["sh", "-c", "unshare --user true"], capture_output=True).returncode != 0,
    reason="there are no user namespaces here",
)


class Launcher:
    """Starts launchers of one var/ folder, and sees every process that belongs to it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.before: list[str] = []  # what goes before the command: another user, another namespace
        self.pids: dict[str, int] = {}
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """In the background, with what it says in a pipe."""
        return self.python("-m", "exchange.launcher", *arguments, **env)

    def call(self, *arguments: str, seconds: float = 120, **env: str) -> tuple[int, str]:
        """Its exit code and what it said."""
        process = self.start(*arguments, **env)
        said, _ = process.communicate(timeout=seconds)
        return process.returncode, said

    def with_servers(self, script: str, *arguments: str, **env: str) -> tuple[int, str]:
        return self.call("with-servers", "--", sys.executable, "-c", script, *arguments, **env)

    def python(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*self.before, sys.executable, *arguments],
            env={n: v for n, v in os.environ.items() if n not in AROUND}
            | {"HOLDFAST_VAR": str(self.var), "PYTHONPATH": str(ROOT)}
            | env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def processes(self) -> list[str]:
        """Everybody alive whose folder, arguments or environment name this var/ folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            known = dict.fromkeys(("cmdline", "environ", "cwd"), b"")
            for name in known:
                with suppress(OSError):  # it has ended, or is none of our business
                    path = entry / name
                    known[name] = bytes(path.readlink()) if name == "cwd" else path.read_bytes()
            if any(bytes(self.var) in what for what in known.values()):
                arguments = known["cmdline"].replace(b"\0", b" ").decode()
                found.append(f"{entry.name} {arguments}")
        return found

    def pid(self, name: str) -> int:
        """What a pidfile says; the last thing it said when it is gone for a moment."""
        found = read_pid(self.var / name)
        self.pids[name] = found or self.pids.get(name, 0)
        return self.pids[name]

    def clean_up(self) -> None:
        for line in self.processes():
            try:
                os.kill(int(line.split()[0]), signal.SIGKILL)
            except ProcessLookupError:
                continue
        for process in self.started:
            process.wait()
            if process.stdout:
                process.stdout.close()


def soon(true: Callable[[], object], seconds: float = 10) -> bool:
    """Whether something becomes so."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def last_words(process: subprocess.Popen[str]) -> str:
    """What a launcher said that did not do what it should; it is ended, because reading waits."""
    process.kill()
    return process.communicate()[0]


def gone(pid: int) -> bool:
    """Whether a process has ended, also when nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture(scope="session")
def initialised(tmp_path_factory) -> Path:
    """A var/ folder whose cluster has been made; copied, because making one takes seconds."""
    launcher = Launcher(tmp_path_factory.mktemp("initialised") / "var")
    code, said = launcher.with_servers(PRETEND)
    assert code == 0, said
    return launcher.var


@pytest.fixture
def var(initialised, tmp_path) -> Path:
    """A var/ folder of a stopped launcher."""
    shutil.copytree(initialised, tmp_path / "var")
    (tmp_path / "var/ports.json").unlink()
    return tmp_path / "var"


@pytest.fixture
def launcher(var) -> Iterator[Launcher]:
    one = Launcher(var)
    yield one
    one.clean_up()


@pytest.fixture
def bare(tmp_path) -> Iterator[Launcher]:
    """A launcher whose var/ does not exist yet."""
    one = Launcher(tmp_path / "bare")
    yield one
    one.clean_up()
