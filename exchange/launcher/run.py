"""`make run`: from a bare checkout to an exchange that answers."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from exchange.launcher import console, given, peer, processes
from exchange.launcher.chains import Chains
from exchange.launcher.child import Child
from exchange.launcher.environment import (
    ROOT,
    LaunchError,
    addresses,
    is_free,
    read_json,
    secret_values,
    streams_port,
    web_port,
    write_private,
)
from exchange.launcher.leftovers import end_leftover_sessions
from exchange.launcher.prepare import Prepared, program
from exchange.launcher.servers import Servers, child_environment
from exchange.launcher.sharing import locked
from exchange.launcher.supervise import Interrupted, Stopped, stop_together, until_interrupted

FIRST_PAGE_SECONDS = 120


def run(var: Path) -> int:
    """Start everything and stay until Ctrl-C. Returns the exit code."""
    port = web_port()
    with locked(var) as lock:
        if lock is None:
            raise LaunchError(f"Holdfast is already running from {var}. Stop it there with Ctrl-C.")
        interrupted = Interrupted()
        end_leftover_sessions(var / "run", cwd=ROOT)
        if not is_free(port):
            raise LaunchError(f"Port {port} is taken. Choose another: PORT=8100 make run")
        console.say(console.styled("\n  Holdfast", console.BOLD) + "\n")
        given.check(var)  # before secrets are made: what is in those servers may need other ones
        chains = Chains(var, secret_values(var)["SECRET_KEY"])
        found = {
            **addresses(port, streams_port(port)),
            **chains.environment(),
            **peer.environment(var),
        }
        servers = Servers(var, found)
        children: list[Child] = []
        try:
            _start(chains.children(child_environment(found)), children)
            servers.start(interrupted)
            _keys(servers.environment(), var, interrupted)
            _open(children, port, servers.environment(), var, interrupted)
            greet(var, servers.env)
            until_interrupted([*servers.children, *children], interrupted)
        except Stopped:
            pass
        finally:
            console.say("\n  stopping …")
            began = time.monotonic()
            stop_together(list(reversed(children)), interrupted)
            servers.stop(interrupted)
            console.say(f"  all stopped, the data is kept ({time.monotonic() - began:.1f} s)\n")
    return 0


def _open(
    children: list[Child],
    port: int,
    env: Mapping[str, str],
    var: Path,
    interrupted: Interrupted,
) -> None:
    """Prepare, serve the first page, then start those who work behind it. Fills `children`.

    The web loads while the demo's last parts are made, and before the workers, because every
    process that loads at the same time delays the page. What recurs comes last: nobody shall
    compare the chains with the ledger while the demo fills them.
    """
    streams_at = int(env["STREAMS_PORT"])
    planned = [
        *processes.children(port=port, streams_at=streams_at, env=env, var=var),
        *peer.children(env=env, var=var),
    ]
    serving = [child for child in planned if child.name in processes.SERVING]
    recurring = [child for child in planned if child.name == "beat"]
    working = [child for child in planned if child not in [*serving, *recurring]]
    prepared = Prepared(env, var, interrupted)
    prepared.tables()
    for made in prepared.before_anybody_comes():
        if made == "seeded":
            _start(serving, children)
    _keys_again(env, var, interrupted)
    with console.step("first page") as step:
        _first_page(env["BASE_URL"], serving[0], interrupted)
        step.note = env["BASE_URL"]
    _follow_port(var, env)
    with console.step("workers") as step:
        _start(working, children)
        step.note = ", ".join(child.name for child in working)
    for _made in prepared.while_they_look_round():
        interrupted.check()
    with console.step("beat") as step:
        _start(recurring, children)
        step.note = "what recurs"


def _start(chosen: Iterable[Child], started: list[Child]) -> None:
    for child in chosen:
        child.start()
        started.append(child)


def _keys(env: Mapping[str, str], var: Path, interrupted: Interrupted) -> None:
    """The demo's keys, people and policy, unless a signer of somebody's own is named."""
    if env.get("SIGNER_SOCKET"):
        return
    with console.step("signer's keys") as step:
        started = ["-m", "wallets.signer", "demo", "--var", str(var)]
        program(*started, env=env, interrupted=interrupted)
        step.note = "demo"


def _keys_again(env: Mapping[str, str], var: Path, interrupted: Interrupted) -> None:
    """Sign the policy anew when the seed has made what it names: cold wallets, tokens."""
    policy = var / "signer" / "policy.json"
    ceremony, chains = var / "ceremony", var / "chains"
    named = (
        ceremony / "cold.json",
        ceremony / "vaults.json",
        chains / "tokens.json",
        chains / "listed.json",
    )
    if policy.exists() and any(
        p.exists() and p.stat().st_mtime > policy.stat().st_mtime for p in named
    ):
        _keys(env, var, interrupted)


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


def _first_page(base_url: str, web: Child, interrupted: Interrupted) -> None:
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    while time.monotonic() < deadline:
        interrupted.check()
        try:
            with urllib.request.urlopen(f"{base_url}/", timeout=10):  # noqa: S310  our own
                return
        except urllib.error.HTTPError:
            return  # it answers; what it answers is the page's business
        except OSError:
            time.sleep(0.05)
        if not web.running():
            raise LaunchError("The web process fell over:\n" + "\n".join(web.last_lines(8)))
    raise LaunchError(f"No page after {FIRST_PAGE_SECONDS} s; see {web.log}")


def _follow_port(var: Path, env: Mapping[str, str]) -> None:
    """demo.json names this run's addresses, also when the port has changed since it was seeded."""
    demo = read_json(var / "demo.json")
    now = {
        "base_url": env["BASE_URL"],
        "ws_public": env["WS_PUBLIC_URL"],
        "ws_private": env["WS_PRIVATE_URL"],
    }
    if demo and any(demo.get(name) != value for name, value in now.items()):
        write_private(var / "demo.json", json.dumps({**demo, **now}, indent=1))
