"""The process's settings and limits, all from the environment, read once."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Where the neighbours are, and how much one client may cost us.

    The defaults of topics, messages and failed logins are BitMart's documented connection rules.
    """

    redis_url: str = "redis://127.0.0.1:6379/0"
    base_url: str = "http://127.0.0.1:8000"
    connections: int = 5000
    connections_per_address: int = 1000
    topics: int = 100
    message_bytes: int = 8192
    messages: int = 100
    messages_seconds: int = 10
    queue_frames: int = 1000
    queue_bytes: int = 2 * 1024 * 1024
    push_ms: int = 100
    idle_seconds: int = 60
    close_seconds: int = 1
    login_seconds: int = 3
    login_failures_per_minute: int = 30
    trusted_proxies: int = 0


def from_environment() -> Config:
    """REDIS_URL and BASE_URL, and STREAMS_<FIELD> for each limit (STREAMS_QUEUE_BYTES, ...).

    Raises ValueError when a limit is not a whole number, or negative.
    """
    values: dict[str, str | int] = {}
    for name in ("redis_url", "base_url"):
        if given := os.environ.get(name.upper()):
            values[name] = given
    for name in Config.__dataclass_fields__.keys() - {"redis_url", "base_url"}:
        variable = f"STREAMS_{name.upper()}"
        if given := os.environ.get(variable):
            if not given.isdecimal():
                raise ValueError(f"{variable} must be a whole number")
            values[name] = int(given)
    return Config(**values)  # type: ignore[arg-type]
