"""Where things lie in var/, the secrets of a first run, and what every child gets to know."""

from __future__ import annotations

import base64
import errno
import json
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Any

PORTS = range(20_000, 30_000)
ROOT = Path(__file__).resolve().parents[2]


class LaunchError(Exception):
    """The start can't go on; the message says what to do."""


def var_folder() -> Path:
    folder = Path(os.environ.get("HOLDFAST_VAR", ROOT / "var")).resolve()
    check_writable(folder)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What a file of ours says, nothing where there is none or it makes no sense."""
    try:
        found = json.loads(path.read_text("utf8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def secret_values(var: Path) -> dict[str, str]:
    """Secrets, made on the first run and kept.

    Raises LaunchError where some are gone and what they open is still there: new ones would open
    nothing, and a new VAULT_KEY would lose customers' keys for good.
    """
    path = var / "secrets.json"
    known: dict[str, str] = read_json(path)
    if path.exists() and not known:
        raise LaunchError(f"{path} can't be read. Restore it, or remove var/ to start afresh.")
    makers = {
        "SECRET_KEY": lambda: secrets.token_urlsafe(50),
        "VAULT_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
        "OWNER_PASSWORD": lambda: secrets.token_urlsafe(24),
        "APP_PASSWORD": lambda: secrets.token_urlsafe(24),
        "VALKEY_PASSWORD": lambda: secrets.token_urlsafe(24),
    }
    missing = {name: make() for name, make in makers.items() if name not in known}
    if lost := [name for name in _irreplaceable(var) if name in missing]:
        state = f"lacks {', '.join(lost)}" if known else "is gone"
        named = ", or set VAULT_KEY to what it was" if lost == ["VAULT_KEY"] else ""
        raise LaunchError(
            f"{path} {state}, and there is data that nothing else opens. Put the file back from a "
            f"backup{named}; or, to give up that data and start afresh, remove {var}."
        )
    if missing:
        known |= missing
        write_private(path, json.dumps(known, indent=1))
    return known


def _irreplaceable(var: Path) -> list[str]:
    """The secrets without which what is in a var/ folder can't be read any more."""
    cluster = (var / "postgres/PG_VERSION").exists()
    filled = cluster or (var / "prepared.json").exists()  # maybe in a database of the caller's
    passwords = ["POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"] if cluster else []
    vault = ["VAULT_KEY"] if filled and not os.environ.get("VAULT_KEY") else []
    return passwords + vault


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def remembered_port(var: Path, name: str) -> int:
    """The port a server had last time if it is free, else another; remembered in ports.json.

    Drawn below the range from which the kernel hands out ports, so that nobody gets it by chance.
    """
    path = var / "ports.json"
    known = read_json(path)
    port = int(known.get(name, 0))
    if not port or not is_free(port):
        draws = (PORTS.start + secrets.randbelow(len(PORTS)) for _ in range(200))
        port = next((drawn for drawn in draws if is_free(drawn)), 0)
        if not port:
            raise LaunchError(f"No free port for {name} between {PORTS.start} and {PORTS.stop}.")
        write_private(path, json.dumps({**known, name: port}))
    return port


def web_port() -> int:
    """The port of PORT, 8000 unless set. Raises LaunchError for what is not a port."""
    text = os.environ.get("PORT", "") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise LaunchError(f"PORT={text} is not a port: choose one of 1 to 65535.")
    return int(text)


def check_writable(var: Path) -> None:
    """Raise LaunchError where var/ can't be written, before anything is half done.

    The file it tries has no name, or one of its own: others may be trying at this very moment.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var) as probe:
            probe.write(bytes(64 * 1024))
            probe.flush()
    except OSError as error:
        raise LaunchError(why_not(error, var)) from error


def why_not(error: OSError, path: Path) -> str:
    """What a person can do about an error of the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {path} needs some 500 MB."
    return (
        f"{path} can't be written ({error.strerror}). "
        "Give yourself the right to, or set HOLDFAST_VAR to a folder of yours."
    )


def streams_port(port: int) -> int:
    """The one after the web's, or another where that is taken."""
    candidates = (port + offset for offset in (1, *range(101, 120)))
    return next((p for p in candidates if p < 65536 and is_free(p)), port + 1)


def addresses(port: int, streams_at: int) -> dict[str, str]:
    """Where the web and the streams process of this run are reached."""
    streams = f"ws://127.0.0.1:{streams_at}"
    return {
        "PORT": str(port),
        "STREAMS_PORT": str(streams_at),
        "BASE_URL": os.environ.get("BASE_URL", f"http://127.0.0.1:{port}"),
        "WS_PUBLIC_URL": os.environ.get("WS_PUBLIC_URL", f"{streams}/api?protocol=1.1"),
        "WS_PRIVATE_URL": os.environ.get("WS_PRIVATE_URL", f"{streams}/user?protocol=1.1"),
    }
