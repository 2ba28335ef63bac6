"""A provider with pages of its own, in the shape of Stripe Identity.

We open a verification session (POST /v1/identity/verification_sessions, form-encoded, bearer key,
Idempotency-Key) and send the customer to its page. The answer comes as an event, signed in the
header `Stripe-Signature: t=<seconds>,v1=<hex>` with HMAC-SHA256 over "<t>.<body>". A signature that
is older than five minutes is not taken, so that a recorded message can't be sent again later;
within them the event's id makes it one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings

from compliance.identity.models import Application, ProviderCheck
from compliance.identity.providers.interface import (
    DOCUMENT,
    Asked,
    Told,
    Unauthentic,
    Unreachable,
)

TOLERANCE = timedelta(minutes=5)
TIMEOUT_SECONDS = 10
HEADER = "stripe-signature"
PREFIX = "identity.verification_session."
State = ProviderCheck.State
STATES = {
    "verified": State.PASSED,
    "requires_input": State.UNSURE,
    "canceled": State.FAILED,
}


class Hosted:
    """Documents and a selfie, on the provider's page."""

    name = "stripe"
    checks: tuple[str, ...] = (DOCUMENT,)
    remote = True

    def ask(self, application: Application, check: ProviderCheck) -> Asked:
        """Open a session. The key makes a repeated question the same session."""
        import httpx

        try:
            answer = httpx.post(
                f"{settings.IDENTITY_STRIPE_URL}/v1/identity/verification_sessions",
                headers={
                    "Authorization": f"Bearer {settings.IDENTITY_STRIPE_KEY}",
                    "Idempotency-Key": f"check-{check.pk}",
                },
                data={
                    "type": "document",
                    "options[document][require_matching_selfie]": "true",
                    "options[document][require_live_capture]": "true",
                    "metadata[application]": str(application.pk),
                    "return_url": f"{settings.BASE_URL}/identity",
                },
                timeout=TIMEOUT_SECONDS,
            )
            answer.raise_for_status()
            told = answer.json()
            return Asked(str(told["id"])[:64], str(told.get("url") or "")[:500])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        _prove(headers.get(HEADER, ""), body, now=now)
        event = json.loads(body)
        what = event["type"]
        session = event["data"]["object"]
        status = what.removeprefix(PREFIX) if what.startswith(PREFIX) else ""
        error = session.get("last_error") or {}
        return Told(
            event_id=str(event["id"])[:80],
            reference=str(session["id"])[:64],
            state=STATES.get(status, ""),
            reasons=tuple(filter(None, (str(error.get("code") or "")[:80],))),
            as_of=datetime.fromtimestamp(int(event["created"]), UTC),
        )


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """The header as the provider makes it."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def _prove(header: str, body: bytes, *, now: datetime) -> None:
    """Raises Unauthentic. While a secret is being changed there are two; either may sign."""
    parts = [part.partition("=") for part in header.split(",")]
    seconds = next((value for name, _eq, value in parts if name.strip() == "t"), "")
    given = [value for name, _eq, value in parts if name.strip() == "v1"]
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12) or not given:
        raise Unauthentic("no signature")
    secrets = [s for s in getattr(settings, "IDENTITY_STRIPE_SECRETS", []) if s]
    good = any(
        hmac.compare_digest(_mac(secret, seconds, body).encode(), mac.encode())
        for secret in secrets
        for mac in given[:5]
    )
    if not good:
        raise Unauthentic("the signature is not theirs")
    if abs(now - datetime.fromtimestamp(int(seconds), UTC)) > TOLERANCE:
        raise Unauthentic("the signature is too old")


def _mac(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
