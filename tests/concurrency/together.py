"""Run functions at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls at once. Returns what each gave, or the exception that it raised."""
    outcomes: list[Any] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            outcomes[index] = calls[index]()
        except Exception as error:  # noqa: BLE001  handed to the test
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody waits for ever"
    return outcomes


PATIENCE = 30.0  # longer than a busy machine takes to get anywhere


def kept_waiting() -> int:
    """How many connections to this database wait for a lock that somebody else holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def until(others: Callable[[], bool]) -> None:
    """Go on when the others have done it, or as soon as a lock keeps one of them from it."""
    end = time.monotonic() + PATIENCE
    while not others() and not kept_waiting() and time.monotonic() < end:
        time.sleep(0.01)


class Meeting:
    """Where racers wait for one another, so that all have looked before any of them writes.

    Whom a lock keeps away is not waited for. So a race does not depend on how fast the machine is:
    with the lock one goes on alone, without it (the control) all of them come.
    """

    def __init__(self, racers: int = 2) -> None:
        self.racers, self.here, self.counting = racers, 0, threading.Lock()

    def wait(self) -> None:
        with self.counting:
            self.here += 1
        end = time.monotonic() + PATIENCE
        while self.here + kept_waiting() < self.racers and time.monotonic() < end:
            time.sleep(0.01)

    def after(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """The step, and then the meeting."""

        def steps(*args: Any, **kwargs: Any) -> Any:
            answer = step(*args, **kwargs)
            self.wait()
            return answer

        return steps

    def before(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """The meeting, and then the step."""

        def steps(*args: Any, **kwargs: Any) -> Any:
            self.wait()
            return step(*args, **kwargs)

        return steps


@contextmanager
def meanwhile(act: Callable[[], Any]) -> Iterator[None]:
    """Repeat something in another thread for as long as the block runs."""
    stop, failures = threading.Event(), []

    def run() -> None:
        try:
            while not stop.is_set():
                act()
        except BaseException as error:  # noqa: BLE001  raised again below
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
    if failures:
        raise failures[0]
