"""Read what a stranger sent."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

# No request of ours has as many, and the interpreter's own limit is not ours to rely on: a library
# that raises it for itself would let a body of nothing but "[" run through the stack of a thread.
MAX_BRACKETS = 1_000
LONGEST_NUMBER = 18  # digits: what a bigint holds whatever they are
# As `money.parse` reads amounts, and nought. An exponent would be an amount of a million digits.
AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{0,18})?|\.[0-9]{1,18}")


def whole_of(text: str) -> int | None:
    """A number of plain ASCII digits that a row's id could be; None for everything else.

    `str.isdigit` alone says yes to "²", which `int` refuses, and to so many digits that it refuses
    them too.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    return int(text)


def amount_of(text: str) -> Decimal | None:
    """An amount as people write it: with spaces between thousands, or a comma as the point."""
    written = text.replace(" ", "").replace("\u00a0", "")
    if "," in written and "." not in written and written.count(",") == 1:
        written = written.replace(",", ".")
    return Decimal(written) if AMOUNT.fullmatch(written) else None


def json_of(body: bytes, **how: Any) -> Any:
    """JSON as `json.loads` reads it. Raises ValueError when it is none, or nested without end."""
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise ValueError("more brackets than any request has")
    return json.loads(body, **how)
