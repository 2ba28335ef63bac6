"""Read what a stranger sent."""

from __future__ import annotations

import json
from typing import Any

# No request of ours has as many, and the interpreter's own limit is not ours to rely on: a library
# that raises it for itself would let a body of nothing but "[" run through the stack of a thread.
MAX_BRACKETS = 1_000


def json_of(body: bytes, **how: Any) -> Any:
    """JSON as `json.loads` reads it. Raises ValueError when it is none, or nested without end."""
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise ValueError("more brackets than any request has")
    return json.loads(body, **how)
