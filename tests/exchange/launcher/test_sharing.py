"""Several who want the servers of one var/ folder at the same moment."""

from __future__ import annotations

import fcntl
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from exchange.launcher import sharing
from exchange.launcher.environment import LaunchError, check_writable
from exchange.launcher.sharing import locked

pytestmark = pytest.mark.xdist_group("launcher")

SAY_WHICH = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0])
"""


@pytest.mark.parametrize("count", [3, 4, 5])
def test_commands_started_at_once_all_run(launcher, count):
    for _ in range(2):
        command = ("with-servers", "--", sys.executable, "-c", SAY_WHICH)
        started = [launcher.start(*command) for _ in range(count)]
        said = [process.communicate(timeout=90)[0] for process in started]

        assert [process.returncode for process in started] == [0] * count, "\n".join(said)
        assert launcher.processes() == []


def test_many_may_try_at_once_whether_a_folder_can_be_written(tmp_path):
    """Each of several commands tries it at its start, and none may trip over another's trial."""
    folder = tmp_path / "var"
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(check_writable, [folder] * 2000)) == [None] * 2000
    assert list(folder.iterdir()) == []


def test_what_an_earlier_launcher_wrote_down_is_gone_when_the_next_one_has_the_folder(tmp_path):
    (tmp_path / "env.json").write_text('{"DATABASE_URL": "postgresql://elsewhere.example/old"}')
    with locked(tmp_path) as lock:
        assert lock is not None
        assert not (tmp_path / "env.json").exists()
        with locked(tmp_path) as second:
            assert second is None


def test_a_guest_gives_up_on_a_launcher_whose_servers_never_answer(tmp_path, monkeypatch):
    """And names it. That another one has taken its place is a reason to begin waiting again."""
    looks = []

    class Requests:
        """Stands in for the signals that a person sends; meanwhile, another launcher takes over."""

        def check(self) -> None:
            looks.append(time.monotonic())
            if len(looks) == 1:
                time.sleep(0.3)
                (tmp_path / "launcher.lock").write_text("222\n")

    monkeypatch.setattr(sharing, "Interrupted", Requests)
    with (tmp_path / "launcher.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (tmp_path / "launcher.lock").write_text("111\n")
        with pytest.raises(LaunchError, match=r"process 222\) holds .* do not answer"):
            sharing.with_servers(tmp_path, ["true"], patience=0.2)
    assert len(looks) > 1
