"""The servers that the environment names: whether they are there and let us in, before a start.

What is wrong is said in a line that names the variable, and never with a password in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg

from exchange.launcher import console
from exchange.launcher.environment import LaunchError, read_json

SECONDS_TO_CONNECT = 5
DATABASES = ("DATABASE_URL", "DATABASE_OWNER_URL")
DATABASE_LIKE = "postgresql://user:password@host:5432/database"
VALKEY_LIKE = "redis://:password@host:6379/0"
BROKER_LIKE = "amqp://user:password@host:5672/"
DATABASE, VALKEY = ("postgresql", "postgres"), ("redis", "rediss", "unix")


def check(var: Path) -> None:
    """Try every server that the environment names. Raises LaunchError for one that is no use."""
    named = [
        name for name in (*DATABASES, "REDIS_URL", "CELERY_BROKER_URL") if os.environ.get(name)
    ]
    if named:
        with console.step("named servers") as step:
            _check_databases(var)
            _check_messages()
            step.note = ", ".join(named)


def _check_databases(var: Path) -> None:
    """One with customers' secrets in it is no use without the key that opens them."""
    for name in DATABASES:
        if not (url := os.environ.get(name)):
            continue
        in_use = _tried(name, url, _has_tables, schemes=DATABASE, like=DATABASE_LIKE)
        key = os.environ.get("VAULT_KEY") or read_json(var / "secrets.json").get("VAULT_KEY")
        if in_use and not key:
            raise LaunchError(
                f"{name} names a database that is in use, and the VAULT_KEY that opens what is in "
                f"it is not here. Set VAULT_KEY to it, or put back {var / 'secrets.json'}."
            )


def _check_messages() -> None:
    if url := os.environ.get("REDIS_URL"):
        _tried("REDIS_URL", url, _valkey_answers, schemes=VALKEY, like=VALKEY_LIKE)
    failed = []
    for url in filter(None, os.environ.get("CELERY_BROKER_URL", "").split(";")):
        try:
            _tried("CELERY_BROKER_URL", url, _broker_answers, schemes=(), like=BROKER_LIKE)
        except LaunchError as error:
            failed.append(error)
        else:
            return  # Celery takes the one that answers, too
    if failed:
        raise failed[0]


def _tried(
    name: str, url: str, connect: Callable[[str], bool], *, schemes: Sequence[str], like: str
) -> bool:
    """What `connect` returns. Raises LaunchError in words when it fails, however it does."""
    if _is_address(url, schemes):
        try:
            return connect(url)
        except Exception as error:  # noqa: BLE001  every transport raises what it likes
            if not _ends_its_password_early(url):
                raise LaunchError(
                    f"{name}: no connection to {_place(url)} ({_reason(error, url)})."
                ) from None
    raise LaunchError(
        f"{name} can't be read as an address: write it like {like}, and the characters @ / ? # in "
        "a password percent-encoded."
    )


def _is_address(url: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(url)
        return "://" in url and parts.port != 0 and (not schemes or parts.scheme in schemes)
    except ValueError:
        return False


def _ends_its_password_early(url: str) -> bool:
    """Whether there is an @ elsewhere than after a user and a password.

    Then what is taken for the server's name may be half of the password.
    """
    return "@" in re.sub(r"^[\w+.-]+://[^@/?#]*@", "", url)


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def _reason(error: Exception, url: str) -> str:
    """An error's words without the password, which some libraries repeat."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    text = re.sub(r"^\[Errno -?\d+\] |^FATAL: +", "", text.rpartition(" failed: ")[2]).strip(" .'")
    parts = urlsplit(url)
    secrets = {parts.password or "", unquote(parts.password or "")}
    secrets |= {value for name, value in parse_qsl(parts.query) if "password" in name}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _has_tables(url: str) -> bool:
    with psycopg.connect(url, connect_timeout=SECONDS_TO_CONNECT) as connection:
        found = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
        return found == (True,)


# The clients of the two are slow to load, and few starts need them.


def _valkey_answers(url: str) -> bool:
    from redis import Redis

    patience = {"socket_connect_timeout": SECONDS_TO_CONNECT, "socket_timeout": SECONDS_TO_CONNECT}
    with Redis.from_url(url, **patience) as client:
        return bool(client.ping())


def _broker_answers(url: str) -> bool:
    if urlsplit(url).scheme in VALKEY:
        return _valkey_answers(url)
    from kombu import Connection

    with Connection(url, connect_timeout=SECONDS_TO_CONNECT) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=SECONDS_TO_CONNECT)
        return bool(connection.connected)
