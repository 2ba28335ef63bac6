"""Keep children running until somebody says stop: restart what falls over, end all at last."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from types import FrameType

from exchange.launcher import console
from exchange.launcher.child import Child

FAILURES, WINDOW_SECONDS = 5, 60.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
LOG_CHECK_SECONDS = 30.0


class Stopped(Exception):
    """Somebody asked to stop while the start was under way."""


class Interrupted:
    """Counts requests to stop: the first asks everybody to finish, the second does not wait."""

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup says that the end of the terminal is not a request.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def __bool__(self) -> bool:
        return self.count > 0

    def check(self) -> None:
        """Raise Stopped where the start should not go on."""
        if self:
            raise Stopped


class Watch:
    """When a child fell over lately, and when it may start again.

    A child that ends by itself again and again is given up. One that is killed from outside
    (SIGKILL: somebody's, or the kernel's when memory is short) is not to blame and always starts
    again, if more and more slowly.
    """

    def __init__(self, child: Child) -> None:
        self.child = child
        self.falls: list[float] = []
        self.own_falls: list[float] = []
        self.next_start = 0.0
        self.given_up = False

    def look(self) -> None:
        now = time.monotonic()
        if self.given_up or self.child.running():
            return
        if self.child.process is not None and self.next_start == 0:
            self._fell(now)
        elif now >= self.next_start:
            self.child.start()
            self.next_start = 0
            console.event(self.child.name, "started again")

    def _fell(self, now: float) -> None:
        assert self.child.process is not None
        self.child.finish(now)  # what it had started goes with it
        code = self.child.process.returncode
        self.falls = [t for t in self.falls if now - t < WINDOW_SECONDS] + [now]
        if code != -signal.SIGKILL:
            self.own_falls = [t for t in self.own_falls if now - t < WINDOW_SECONDS] + [now]
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        console.event(self.child.name, console.styled(f"fell over ({how})", console.RED))
        for line in self.child.last_lines(3):
            console.say(f"      | {line[:160]}")
        if len(self.own_falls) >= FAILURES:
            self.given_up = True
            console.event(self.child.name, f"given up after {FAILURES} falls; see {self.child.log}")
        else:
            pause = FIRST_PAUSE_SECONDS * 2 ** (len(self.falls) - 1)
            self.next_start = now + min(pause, LONGEST_PAUSE_SECONDS)


def until_interrupted(children: Sequence[Child], interrupted: Interrupted) -> None:
    """Watch the children, restarting those that fall over, until a signal comes."""
    watches = [Watch(child) for child in children]
    next_log_check = time.monotonic() + LOG_CHECK_SECONDS
    while not interrupted:
        for watch in watches:
            watch.look()
        if time.monotonic() > next_log_check:
            next_log_check = time.monotonic() + LOG_CHECK_SECONDS
            for child in children:
                child.keep_log_small()
        time.sleep(0.1)


def stop_together(children: Sequence[Child], interrupted: Interrupted) -> None:
    """Ask all to finish at once, wait together, end what is left."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + max((child.patience for child in children), default=0)
    while time.monotonic() < deadline and interrupted.count < 2:
        if not any(child.running() for child in children):
            break
        time.sleep(0.05)
    for child in children:
        child.finish(time.monotonic())


def stop_in_turn(children: Sequence[Child], interrupted: Interrupted) -> None:
    """One after the other, the last started first; after a second request without waiting."""
    for child in reversed(children):
        stop_together([child], interrupted)
