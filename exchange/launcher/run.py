"""`make run`: from a bare checkout to an exchange that answers."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from exchange.launcher import console, processes
from exchange.launcher.environment import (
    ROOT,
    LaunchError,
    addresses,
    is_free,
    read_json,
    streams_port,
    var_folder,
    write_private,
)
from exchange.launcher.servers import Servers, locked
from exchange.launcher.supervise import Interrupted, stop_together, until_interrupted

APPS = ("exchange", "compliance", "wallets", "launchpad")


def run() -> int:
    """Start everything and stay until Ctrl-C. Returns the exit code."""
    port = int(os.environ.get("PORT", "8000"))
    if not is_free(port):
        raise LaunchError(f"Port {port} is taken. Choose another: PORT=8100 make run")
    var = var_folder()
    with locked(var) as lock:
        if lock is None:
            raise LaunchError(f"Holdfast is already running from {var}.")
        interrupted = Interrupted()
        console.say(console.styled("\n  Holdfast", console.BOLD) + "\n")
        streams_at = streams_port(port)
        servers = Servers(var, addresses(port, streams_at))
        children: list = []
        try:
            servers.start()
            prepare(servers.environment(), var)
            env = servers.environment()
            children = processes.children(port=port, streams_at=streams_at, env=env, var=var)
            with console.step("processes") as step:
                for child in children:
                    child.start()
                step.note = ", ".join(child.name for child in children)
            with console.step("first page") as step:
                _first_page(env["BASE_URL"], children[0], interrupted)
                step.note = env["BASE_URL"]
            _follow_port(var, env)
            if not interrupted:
                greet(var, env)
            until_interrupted([*servers.children, *children], interrupted)
        finally:
            console.say("\n  stopping …")
            began = time.monotonic()
            stop_together(list(reversed(children)), interrupted, patience=8)
            servers.stop()
            console.say(f"  all stopped, the data is kept ({time.monotonic() - began:.1f} s)\n")
    return 0


def prepare(env: Mapping[str, str], var: Path) -> None:
    """Migrate and seed what has not been. A second run with the same code skips both."""
    done = read_json(var / "prepared.json")
    with console.step("database schema") as step:
        schema = fingerprint(p for app in APPS for p in (ROOT / app / "migrations").glob("*.py"))
        schema += hashlib.sha256(env["DATABASE_URL"].rpartition("@")[2].encode()).hexdigest()[:8]
        if done.get("schema") == schema:
            step.note = "up to date"
        else:
            owner = {**env, "DATABASE_URL": env.get("DATABASE_OWNER_URL", env["DATABASE_URL"])}
            manage("migrate", "--verbosity", "0", env=owner)
            done["schema"] = schema
            step.note = "migrated"
    with console.step("demo") as step:
        if done.get("seeded") and (var / "demo.json").exists():
            step.note = "kept"
        else:
            manage("seed_demo", env=env)
            done["seeded"] = True
            step.note = "seeded"
    import json

    write_private(var / "prepared.json", json.dumps(done))


def fingerprint(paths) -> str:  # noqa: ANN001
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def manage(*arguments: str, env: Mapping[str, str]) -> None:
    """A management command; its own progress goes to the terminal. Raises LaunchError."""
    command = [sys.executable, "manage.py", *arguments]
    if subprocess.run(command, env=dict(env), cwd=ROOT).returncode:
        raise LaunchError(f"`manage.py {' '.join(arguments)}` failed.")


def greet(var: Path, env: Mapping[str, str]) -> None:
    """Where to go and how to log in."""
    demo = read_json(var / "demo.json")
    console.say(f"\n  Customers   {env['BASE_URL']}/")
    console.say(f"  Staff       {env['BASE_URL']}/staff/")
    console.say(f"  REST        {env['BASE_URL']}/system/time")
    console.say(f"  WebSocket   {env['WS_PUBLIC_URL']}\n")
    people = [("trader", t["email"], t["password"]) for t in demo.get("traders", [])[:2]]
    people += [(s["role"], s["username"], s["password"]) for s in demo.get("staff", [])]
    for role, login, password in people:
        console.say(f"  {role:<20} {login:<36} {password}")
    console.say(f"\n  One-time codes: `make otp`. All logins and API keys: {var / 'demo.json'}")
    console.say("  Ctrl-C stops everything.\n")


def _first_page(base_url: str, web, interrupted: Interrupted) -> None:  # noqa: ANN001
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not interrupted:
        try:
            with urllib.request.urlopen(f"{base_url}/", timeout=10):  # noqa: S310  our own
                return
        except urllib.error.HTTPError:
            return  # it answers; what it answers is the page's business
        except OSError:
            time.sleep(0.1)
        if not web.running():
            raise LaunchError("The web process fell over:\n" + "\n".join(web.last_lines(8)))
    if not interrupted:
        raise LaunchError(f"No page after a minute; see {web.log}")


def _follow_port(var: Path, env: Mapping[str, str]) -> None:
    """demo.json names this run's addresses, also when the port has changed since it was seeded."""
    import json

    demo = read_json(var / "demo.json")
    now = {
        "base_url": env["BASE_URL"],
        "ws_public": env["WS_PUBLIC_URL"],
        "ws_private": env["WS_PRIVATE_URL"],
    }
    if demo and any(demo.get(name) != value for name, value in now.items()):
        write_private(var / "demo.json", json.dumps({**demo, **now}, indent=1))
