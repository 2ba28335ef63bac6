"""What not every member of staff may know of: rooms whose traces only some may read.

The law forbids telling anybody that a report of suspicion was made. A log line, a proposal or an
event that names one tells. Such rooms declare the first part of their verbs, topics and kinds of
proposals; whoever shows these leaves them out for readers without the permission.
"""

from __future__ import annotations

from collections.abc import Callable

_kept: dict[str, str] = {}


def keep(*rooms: str, permission: str) -> None:
    """Let only holders of `permission` read of verbs, topics and kinds that begin with "room."."""
    for room in rooms:
        if _kept.setdefault(f"{room}.", permission) != permission:
            raise RuntimeError(f"the room {room} is kept under another permission")


def hidden_from(may: Callable[[str], bool]) -> list[str]:
    """The beginnings ("cases.") that a reader with these permissions must not come across."""
    return sorted(prefix for prefix, permission in _kept.items() if not may(permission))


def hides(name: str, may: Callable[[str], bool]) -> bool:
    """Whether a verb, topic or kind is kept from this reader."""
    return name.startswith(tuple(hidden_from(may)))
