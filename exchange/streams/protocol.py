"""The words of the wire: acknowledgements, pushes and BitMart's error codes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

MEANINGS = {
    "90001": "Invalid message format",
    "90002": "Invalid op param",
    "90003": "Invalid args param",
    "90004": "Invalid channel param",
    "90005": "Topic quantity in single subscription exceeds limit",
    "90006": "Subscribed total topic quantity exceeds limit",
    "90007": "Subscribed message frequency exceeds limit",
    "90008": "Duplicate subscription",
    "91001": "API KEY is empty",
    "91002": "API KEY not found",
    "91003": "API KEY has frozen",
    "91004": "API KEY over expire time",
    "91005": "Already logged in",
    "91006": "User not logged in",
    "91010": "Param sign is empty",
    "91011": "Param sign is wrong",
    "91021": "Param timestamp is empty",
    "91022": "Param timestamp range",
    "91023": "Param timestamp invalid format",
    "92001": "Invalid symbol param",
    "94001": "Frequently reestablishing connections",
    "94002": "Connection limit exceeded",
    "95000": "Internal system error",
}

# Close codes of RFC 6455 and IANA's registry.
NORMAL, GOING_AWAY, POLICY, TOO_BIG, RESTART, TRY_LATER = 1000, 1001, 1008, 1009, 1012, 1013


class Refusal(Exception):
    """What the client asked for is refused. `detail` names the offending part."""

    def __init__(self, code: str, detail: str = "", message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MEANINGS[code]
        if detail:
            self.message = f"{self.message}: {detail[:100]}"


class Frame(NamedTuple):
    """One text message, ready to send; the same object goes to every subscriber."""

    event: dict[str, str]
    size: int


def frame(text: str) -> Frame:
    return Frame({"type": "websocket.send", "text": text}, len(text))


def encode(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def push(table: str, rows: list[Any]) -> Frame:
    return frame(encode({"table": table, "data": rows}))


def acknowledgement(event: str, topic: str | None = None) -> Frame:
    return frame(encode({"event": event} if topic is None else {"event": event, "topic": topic}))


def failure(event: str, refusal: Refusal) -> Frame:
    said = {"event": event, "errorCode": refusal.code, "errorMessage": refusal.message}
    return frame(encode(said))


def _not_a_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def decode(text: str) -> Any:
    """JSON with fractions kept as their own text: no amount passes through binary floating point.

    Raises ValueError, also for text nested too deeply to read.
    """
    try:
        return json.loads(text, parse_float=str, parse_constant=_not_a_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
