"""`run`: every process of the exchange, stopped, killed, refused a start with a reason."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from exchange.launcher.environment import ROOT, remembered_port
from tests.exchange.launcher.conftest import Launcher, last_words, namespaces, soon

pytestmark = pytest.mark.xdist_group("launcher")

PATIENCE = 120.0  # seven processes load; nobody says how busy the machine is meanwhile
NAMES = [
    "beat",
    "signer",
    "streams",
    "web",
    "worker-default",
    "worker-matching",
    "worker-monitoring",
]


def start(launcher: Launcher) -> tuple[subprocess.Popen[str], int]:
    """Everything, and the web's port."""
    port = remembered_port(launcher.var, "web")
    process = launcher.start(
        "run", PORT=str(port), DEMO_BOTS="0", EMBEDDED_CHAINS="0", TRAVEL_PEER="0"
    )
    assert soon(lambda: serves(port) or process.poll() is not None, PATIENCE)
    assert process.poll() is None, process.stdout.read()
    return process, port


def serves(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def running(launcher: Launcher) -> list[str]:
    return sorted(path.stem for path in (launcher.var / "run").glob("*.pid"))


def all_loaded(launcher: Launcher) -> bool:
    """Granian has its workers and Celery its children."""
    everybody = [line.split()[0] for line in launcher.processes()]
    parents = [_parent(pid) for pid in everybody]
    return all(
        str(launcher.pid(f"run/{name}.pid")) in parents for name in ("web", "worker-default")
    )


def _parent(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    except OSError:
        return ""


@pytest.mark.server
def test_one_request_stops_everything_and_another_start_is_refused_meanwhile(launcher):
    process, port = start(launcher)
    assert soon(lambda: running(launcher) == NAMES, PATIENCE)

    code, said = launcher.call("run", PORT=str(port))
    assert (code, "already running" in said) == (1, True)
    other = Launcher(launcher.var.with_name("other"))
    code, said = other.call("run", PORT=str(port))
    assert (code, f"Port {port} is taken. Choose another: PORT=" in said) == (1, True)
    assert serves(port)

    web = launcher.pid("run/web.pid")
    os.kill(web, signal.SIGKILL)
    assert soon(lambda: running(launcher) == NAMES and launcher.pid("run/web.pid") != web, PATIENCE)
    assert soon(lambda: serves(port), PATIENCE)

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert launcher.processes() == []
    assert running(launcher) == []
    said = process.stdout.read()
    assert "web                fell over (signal 9)" in said
    assert "all stopped, the data is kept" in said


@pytest.mark.server
def test_after_any_kill_nothing_stays_and_the_next_start_has_its_port(launcher):
    process, port = start(launcher)
    assert soon(lambda: running(launcher) == NAMES and all_loaded(launcher), PATIENCE)
    web = launcher.pid("run/web.pid")
    process.kill()
    for name in NAMES:  # now nobody tells the web's workers to stop
        os.kill(launcher.pid(f"run/{name}.pid"), signal.SIGKILL)
    process.wait()

    again = launcher.start(
        "run", PORT=str(port), DEMO_BOTS="0", EMBEDDED_CHAINS="0", TRAVEL_PEER="0"
    )

    assert soon(lambda: launcher.pid("run/web.pid") != web, PATIENCE), last_words(again)
    assert soon(lambda: running(launcher) == NAMES and all_loaded(launcher), PATIENCE)
    assert serves(port)

    again.kill()  # alone: the kernel tells the others

    assert soon(lambda: launcher.processes() == [], 15), launcher.processes()


def test_a_request_to_stop_while_migrating_stops_at_once(launcher):
    (launcher.var / "prepared.json").unlink()
    process = launcher.start("run", PORT=str(remembered_port(launcher.var, "web")))
    assert soon(lambda: any("manage.py migrate" in line for line in launcher.processes()), 20)
    began = time.monotonic()

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert time.monotonic() - began < 15
    assert launcher.processes() == []
    assert not (launcher.var / "prepared.json").exists()


def test_a_failing_command_ends_the_start_with_its_words(launcher):
    (launcher.var / "prepared.json").unlink()
    code, said = launcher.call(
        "run",
        PORT=str(remembered_port(launcher.var, "web")),
        DJANGO_SETTINGS_MODULE="exchange.settings.nowhere",
    )
    assert code == 1
    assert "No module named 'exchange.settings.nowhere'" in said
    assert "Holdfast could not start. `manage.py migrate" in said
    assert launcher.processes() == []


def test_no_port_is_said_in_a_line(bare):
    code, said = bare.call("run", PORT="http")
    assert (code, said.strip().splitlines()) == (
        1,
        ["Holdfast could not start. PORT=http is not a port: choose one of 1 to 65535."],
    )


def test_there_are_no_codes_before_there_is_a_demo(bare):
    code, said = bare.call("otp")
    assert (code, "`make run` makes it" in said) == (1, True)


@namespaces
@pytest.mark.parametrize(
    ("options", "reason"),
    [("size=40k", "The disk is full"), ("ro", "can't be written (Read-only file system)")],
)
def test_a_disk_that_takes_nothing_is_said_in_a_line(bare, options, reason):
    bare.var.mkdir()
    mount = f'mount -t tmpfs -o {options} none {bare.var} && exec "$@"'
    bare.before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    code, said = bare.call("run", PORT="1")
    assert code == 1
    assert len(said.strip().splitlines()) == 1
    assert "Holdfast could not start. " in said
    assert reason in said


def test_a_folder_that_is_none_is_said_in_a_line(bare):
    bare.var.write_text("a file")
    code, said = bare.call("run")
    assert (code, f"{bare.var} can't be written" in said) == (1, True)


def test_no_suitable_python_is_said_in_words(tmp_path):
    for name in ("Makefile", "requirements.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    # Not as a child of the make that runs the tests: it would announce its folders.
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(
        ["make", "run", "FOUND="], cwd=tmp_path, env=bare, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert re.match(r"Holdfast needs Python 3\.11 or newer, and .+ was found", made.stdout)
    assert not (tmp_path / ".venv").exists()
