"""How integrators prove that a request is theirs: an HMAC over time, memo and the bytes sent."""

from __future__ import annotations

import hashlib
import hmac

from exchange.api.errors import Said, WireError

WINDOW_MS = 60_000
STREAM_LOGIN = b"bitmart.WebSocket"

# The wording of 30007 and 30008 is official: clients resynchronise their clock when they find it.
TIMESTAMP_EMPTY = Said(30006, "Header X-BM-TIMESTAMP is empty", 401)
TIMESTAMP_MALFORMED = Said(30008, "Header X-BM-TIMESTAMP invalid format", 401)
TIMESTAMP_RANGE = Said(30007, "Header X-BM-TIMESTAMP range. Within a minute", 401)
SIGN_EMPTY = Said(30004, "Header X-BM-SIGN is empty", 401)
SIGN_WRONG = Said(30005, "Header X-BM-SIGN is wrong", 401)


def signature(*, secret: str, memo: str, timestamp: str, payload: bytes) -> str:
    """Lowercase hex HMAC-SHA256 under the secret of `{timestamp}#{memo}#{payload}`."""
    message = f"{timestamp}#{memo}#".encode() + payload
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def check(
    *, secret: str, memo: str, timestamp: str, sign: str, payloads: list[bytes], now_ms: int
) -> int:
    """The timestamp, in ms, when `sign` is right for one of `payloads` at that time.

    Several payloads, because clients disagree about what a signed GET signs. Raises WireError,
    looking at what is missing first, then at the time, then at the signature.
    """
    if not sign:
        raise WireError(*SIGN_EMPTY)
    if not timestamp:
        raise WireError(*TIMESTAMP_EMPTY)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise WireError(*TIMESTAMP_MALFORMED)
    sent_ms = int(timestamp)
    if abs(now_ms - sent_ms) > WINDOW_MS:
        raise WireError(*TIMESTAMP_RANGE)
    given = sign.lower().encode("utf-8", "replace")
    for payload in payloads:
        right = signature(secret=secret, memo=memo, timestamp=timestamp, payload=payload)
        if hmac.compare_digest(right.encode(), given):
            return sent_ms
    raise WireError(*SIGN_WRONG)
