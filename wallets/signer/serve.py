"""The socket: who may speak, how much, how long. One JSON object a line each way."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import logging
import os
import resource
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from wallets.signer import canonical
from wallets.signer.desk import Desk
from wallets.signer.refusals import Refusal, Unfit

MAX_REQUEST = 1024 * 1024
MAX_CONNECTIONS = 32
MAX_REQUESTS_A_CONNECTION = 1000
REQUEST_SECONDS = 10.0  # from the first byte of a line to its last
IDLE_SECONDS = 30.0
DRAIN_SECONDS = 1.0
PR_SET_DUMPABLE = 4
LOOK_UP_SECONDS = 0.5

log = logging.getLogger("signer")


def serve(
    desk: Desk,
    path: Path,
    *,
    group: int | None = None,
    look_up: Callable[[], object] = lambda: None,
) -> None:
    """Answer on a Unix socket until SIGTERM or SIGINT; `look_up` is called now and then."""
    path = path.resolve()
    listener = _listen(path, group)
    stopping = threading.Event()

    def stop(number: int, frame: Any) -> None:
        stopping.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    places = threading.BoundedSemaphore(MAX_CONNECTIONS)
    # A signal that comes just before we wait would be looked at when somebody calls: so look up.
    listener.settimeout(LOOK_UP_SECONDS)
    log.info("answering on %s, policy %s", path.name, desk.policy.serial)
    next_look = time.monotonic()
    while not stopping.is_set():
        if time.monotonic() >= next_look:
            look_up()
            next_look = time.monotonic() + LOOK_UP_SECONDS
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        except OSError:
            if not stopping.is_set():
                time.sleep(0.05)  # out of descriptors: try again, not forever at full speed
            continue
        if not places.acquire(blocking=False):
            with connection, contextlib.suppress(OSError):
                connection.settimeout(0.1)
                connection.sendall(canonical.encode(_no("busy", "Too many connections.")) + b"\n")
            continue
        threading.Thread(
            target=_converse, args=(desk, connection, places), daemon=True, name="conversation"
        ).start()
    listener.close()
    path.unlink(missing_ok=True)
    with desk.lock:  # whoever is signing finishes, then nobody starts
        desk.journal.close()
        log.info("stopped")
        os._exit(0)


def harden() -> None:
    """No core dump and no debugger of the same user gets to see the keys."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(0o077)


def alone_in(folder: Path) -> IO[bytes]:
    """A lock for as long as the file is open: two signers would keep two truths in one journal.

    Raises Unfit when another signer has it.
    """
    lock = (folder / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Unfit(f"another signer works in {folder}") from None
    return lock


def _listen(path: Path, group: int | None) -> socket.socket:
    """A socket for our own user, and for a group where one is named. Raises Unfit.

    Its name is bound from within its folder: the path of a socket has at most 107 bytes.
    """
    os.chdir(path.parent)
    path = Path(path.name)
    listener = socket.socket(socket.AF_UNIX)
    path.unlink(missing_ok=True)  # of one that was killed: the folder is ours alone
    listener.bind(str(path))
    if group is None:
        path.chmod(0o600)
    else:
        os.chown(path, -1, group)
        path.chmod(0o660)
    listener.listen(64)
    return listener


def _converse(desk: Desk, connection: socket.socket, places: threading.BoundedSemaphore) -> None:
    try:
        with connection:
            _answer_all(desk, connection)
    except OSError:
        return  # the other side has gone, or stays silent
    except Exception as error:  # noqa: BLE001  one conversation's end is not the signer's
        log.error("a conversation ended with %s", type(error).__name__)
    finally:
        places.release()


def _answer_all(desk: Desk, connection: socket.socket) -> None:
    uid = _peer(connection)
    if uid not in desk.policy.uids:
        log.warning("user %s is not one of the policy's", uid)
        _refuse(connection, "peer", "You are not known here.")
        return
    waiting = bytearray()
    for _ in range(MAX_REQUESTS_A_CONNECTION):
        try:
            line = _line(connection, waiting)
        except Refusal as refusal:
            _refuse(connection, refusal.code, str(refusal))
            return
        if line is None:
            return
        _send(connection, reply(desk, line, uid))


def reply(desk: Desk, line: bytes, uid: int) -> dict[str, Any]:
    """The answer to one line. Whatever comes, an answer; whatever breaks, no secret in the log."""
    try:
        request = canonical.decode(line)
    except (ValueError, RecursionError):
        return _no("malformed", "A request is one JSON object a line.")
    try:
        answer = desk.answer(request, uid)
    except Refusal as refusal:
        log.info("refused: %s", refusal.code)
        return _no(refusal.code, str(refusal))
    except Exception as error:  # noqa: BLE001  malformed input never ends the process
        log.error("a request broke with %s", type(error).__name__)
        return _no("broken", "The signer could not answer; its log says what kind of error it was.")
    return {"ok": True, **answer}


def _peer(connection: socket.socket) -> int:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    return int(uid)


def _line(connection: socket.socket, waiting: bytearray) -> bytes | None:
    """The next line, or None when the other side has gone. Raises Refusal for one too long."""
    opened = time.monotonic()
    began = None if not waiting else opened
    while True:
        end = waiting.find(b"\n")
        if end >= 0:
            if end > MAX_REQUEST:
                break
            line = bytes(waiting[:end])
            del waiting[: end + 1]
            return line
        if len(waiting) > MAX_REQUEST:
            break
        ends = opened + IDLE_SECONDS if began is None else began + REQUEST_SECONDS
        left = ends - time.monotonic()
        if left <= 0:
            raise Refusal("too_slow", "The request took too long to arrive.")
        connection.settimeout(left)
        try:
            part = connection.recv(65536)
        except TimeoutError:
            continue
        if not part:
            return None
        began = began or time.monotonic()
        waiting += part
    raise Refusal("too_large", f"A request has at most {MAX_REQUEST} bytes.")


def _send(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.settimeout(REQUEST_SECONDS)
    connection.sendall(canonical.encode(answer) + b"\n")


def _refuse(connection: socket.socket, code: str, message: str) -> None:
    """Say no, and hear the rest out for a moment: a closed socket would swallow the answer."""
    with contextlib.suppress(OSError):
        connection.settimeout(DRAIN_SECONDS)
        connection.sendall(canonical.encode(_no(code, message)) + b"\n")
        connection.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and connection.recv(65536):
            pass


def _no(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "code": code, "message": message}
