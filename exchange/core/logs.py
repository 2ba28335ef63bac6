"""Log lines as JSON, one an event, with the request's id, and never with a secret."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import EventDict

request_id: ContextVar[str] = ContextVar("request_id", default="")

SECRET_NAMES = re.compile(r"pass|secret|token|sign|memo|cookie|authorization|otp", re.IGNORECASE)


def _with_request_id(_: Any, __: str, event: EventDict) -> EventDict:
    if request_id.get():
        event["request_id"] = request_id.get()
    return event


def without_secrets(_: Any, __: str, event: EventDict) -> EventDict:
    """Blank every value whose name suggests a secret."""
    return {k: "***" if SECRET_NAMES.search(k) else v for k, v in event.items()}


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _with_request_id,
            without_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
