"""python -m exchange.launcher run | servers | otp | with-servers -- COMMAND …

run           everything, until Ctrl-C
servers       PostgreSQL and Valkey alone, until Ctrl-C
otp           the one-time codes of the demo's people, now
with-servers  run a command with the servers up (those that run already, or its own for as long)
HOLDFAST_VAR names another folder than ./var.
"""

from __future__ import annotations

import base64
import hmac
import struct
import subprocess
import sys
import time

from exchange.launcher import console
from exchange.launcher.environment import ROOT, LaunchError, read_json, var_folder
from exchange.launcher.run import run
from exchange.launcher.servers import Servers, locked, running_environment
from exchange.launcher.supervise import Interrupted, until_interrupted


def serve() -> int:
    var = var_folder()
    with locked(var) as lock:
        if lock is None:
            raise LaunchError(f"A launcher is already running from {var}.")
        interrupted = Interrupted()
        servers = Servers(var)
        try:
            servers.start()
            until_interrupted(servers.children, interrupted)
        finally:
            servers.stop()
    return 0


def with_servers(command: list[str]) -> int:
    var = var_folder()
    with locked(var) as lock:
        if lock is None:
            return subprocess.run(command, env=running_environment(var), cwd=ROOT).returncode
        servers = Servers(var)
        try:
            servers.start()
            return subprocess.run(command, env=servers.environment(), cwd=ROOT).returncode
        finally:
            servers.stop()


def one_time_codes() -> int:
    """Print what the demo people's authenticators would show now."""
    demo = read_json(var_folder() / "demo.json")
    people = [(s["username"], s["totp_secret"]) for s in demo.get("staff", [])]
    people += [(t["email"], t["totp_secret"]) for t in demo.get("traders", [])]
    for login, secret in people:
        console.say(f"  {totp(secret)}  {login}")
    return 0 if people else 1


def totp(secret: str) -> str:
    """RFC 6238: six digits, thirty seconds, SHA-1. `secret` in base32."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["run"]:
            return run()
        case ["servers"]:
            return serve()
        case ["otp"]:
            return one_time_codes()
        case ["with-servers", "--", *command] if command:
            return with_servers(command)
    console.say(__doc__ or "")
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LaunchError as error:
        console.say(f"\n  {console.styled('Holdfast could not start.', console.RED)} {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
