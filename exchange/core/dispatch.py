"""Wake a worker after the commit, by the task's name.

PostgreSQL rows are the queue of record; a message is only a wake-up. A message that is lost, sent
twice or sent while the broker is down changes nothing: the sweep finds the work.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def after_commit(task: str, *, queue: str = "", **kwargs: Any) -> None:
    """Enqueue `task` once the surrounding transaction has committed. `kwargs` are ids."""
    transaction.on_commit(lambda: send(task, queue=queue, **kwargs))


def send(task: str, *, queue: str = "", **kwargs: Any) -> None:
    """Enqueue now. A broker that is down is logged and left to the sweep."""
    options = {"queue": queue} if queue else {}
    try:
        current_app.tasks[task].apply_async(kwargs=kwargs, retry=False, **options)
    except (OperationalError, ConnectionError, OSError) as error:
        log.warning("broker unreachable, %s is left to the sweep: %s", task, error)
