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
import sys
import time
from pathlib import Path

from exchange.launcher import console, given
from exchange.launcher.environment import LaunchError, read_json, var_folder, why_not
from exchange.launcher.run import run
from exchange.launcher.servers import Servers
from exchange.launcher.sharing import locked, with_servers
from exchange.launcher.supervise import Interrupted, Stopped, until_interrupted

INTERRUPTED = 130


def serve(var: Path) -> int:
    with locked(var) as lock:
        if lock is None:
            raise LaunchError(f"A launcher is already running from {var}.")
        interrupted = Interrupted()
        given.check(var)
        servers = Servers(var)
        try:
            servers.start(interrupted)
            until_interrupted(servers.children, interrupted)
        finally:
            servers.stop(interrupted)
    return 0


def one_time_codes(var: Path) -> int:
    """Print what the demo people's authenticators would show now."""
    demo = read_json(var / "demo.json")
    people = [(s["username"], s["totp_secret"]) for s in demo.get("staff", [])]
    people += [(t["email"], t["totp_secret"]) for t in demo.get("traders", [])]
    for login, secret in people:
        console.say(f"  {totp(secret)}  {login}")
    if not people:
        raise LaunchError("There is no demo yet: `make run` makes it.")
    return 0


def totp(secret: str) -> str:
    """RFC 6238: six digits, thirty seconds, SHA-1. `secret` in base32."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["run"]:
            return run(var_folder())
        case ["servers"]:
            return serve(var_folder())
        case ["otp"]:
            return one_time_codes(var_folder())
        case ["with-servers", "--", *command] if command:
            return with_servers(var_folder(), command)
    console.say(__doc__ or "")
    return 2


def guarded(arguments: list[str]) -> int:
    """`main`, with what went wrong in words."""
    try:
        return main(arguments)
    except (Stopped, KeyboardInterrupt):
        return INTERRUPTED
    except LaunchError as error:
        reason = str(error)
    except OSError as error:
        reason = why_not(error, Path(error.filename or "var"))
    console.say(f"\n  {console.styled('Holdfast could not start.', console.RED)} {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(guarded(sys.argv[1:]))
