"""Brokers that the exchange may be given: RabbitMQ and Redis, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from exchange.launcher.child import Child
from exchange.launcher.environment import remembered_port

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Broker(ABC):
    """One that listens on 127.0.0.1 while it is started, on the same port after every start."""

    greeting: bytes  # is answered with anything

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.folder.mkdir()
        self.port = remembered_port(folder, name)
        self.env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "LANG": "C.UTF-8"}
        self.child = Child(
            name, self.command(), env=self.env, log=folder / f"{name}.log", cwd=folder, patience=15
        )

    @abstractmethod
    def command(self) -> list[str]:
        """How it is started; may write what it needs in `folder`, and add to `env`."""

    @abstractmethod
    def url(self) -> str:
        """What CELERY_BROKER_URL says then."""

    def start(self, seconds: float = 60) -> None:
        self.child.start()
        deadline = time.monotonic() + seconds
        while not self.answers():
            log = "\n".join(self.child.last_lines(20))
            assert self.child.running(), f"{self.name} fell over\n{log}"
            assert time.monotonic() < deadline, f"{self.name} does not answer\n{log}"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL, at whatever instruction it is."""
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.finish(time.monotonic() + 5)

    def stop(self) -> None:
        self.child.stop()

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.settimeout(5)
                connection.sendall(self.greeting)
                return bool(connection.recv(1))
        except OSError:
            return False


class Redis(Broker):
    greeting = b"PING\r\n"

    def command(self) -> list[str]:
        program = shutil.which("redis-server") or "redis-server is not installed"
        return [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


class RabbitMQ(Broker):
    """With a node name and a port mapper (epmd) of its own, so that it meets no other."""

    greeting = b"AMQP\x00\x00\x09\x01"

    def command(self) -> list[str]:
        (self.folder / "rabbitmq.conf").write_text("loopback_users = none\n")
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "env.conf").write_text("")
        self.env |= {
            "RABBITMQ_NODENAME": f"holdfast-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(remembered_port(self.folder, "distribution")),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "ERL_EPMD_PORT": str(remembered_port(self.folder, "epmd")),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        return [RABBITMQ]

    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def kill(self) -> None:
        super().kill()
        self._end_epmd()

    def stop(self) -> None:
        super().stop()
        self._end_epmd()

    def _end_epmd(self) -> None:
        subprocess.run(["epmd", "-kill"], env=self.env, capture_output=True)
