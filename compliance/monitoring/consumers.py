"""What other rooms announce becomes an alert: screening's hits, and custody's alarms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.monitoring import alerts
from compliance.monitoring.models import Alert
from compliance.screening.models import Hit
from exchange.core import clock, outbox

ADDRESS_SEVERITY, CONFIRMED_SEVERITY, SURE = 5, 5, 900


@outbox.consumes("screening.hit")
def on_hit(payload: dict[str, Any]) -> None:
    """Somebody may be whom a list names. Hits of one customer in one moment are one alert."""
    hit = _hit(payload)
    if hit is None or hit.state not in Hit.WAITING:
        return
    about_address = hit.about == Hit.About.ADDRESS
    severity = ADDRESS_SEVERITY if about_address else 4 if hit.score >= SURE else 3
    _raise(
        hit,
        scenario="screening.hit",
        title="Address on a sanctions list" if about_address else "Possible sanctions match",
        severity=severity,
        at=hit.raised_at,
        explanation=(
            f"{hit.subject_name} ({hit.subject}) compares {hit.score} of 1000 with {_listed(hit)};"
            f" a person has to look at hit {hit.pk}."
        ),
    )


@outbox.consumes("screening.confirmed")
def on_confirmed(payload: dict[str, Any]) -> None:
    """A person says that it is the listed one: frozen already, and there are deadlines to keep."""
    hit = _hit(payload)
    if hit is None or hit.state != Hit.State.TRUE:
        return
    _raise(
        hit,
        scenario="screening.confirmed",
        title="Confirmed sanctions match",
        severity=CONFIRMED_SEVERITY,
        at=hit.decided_at or clock.now(),
        explanation=(
            f"{hit.decided_by or 'Screening'} confirmed that {hit.subject_name} is"
            f" {_listed(hit)} (hit {hit.pk}); the clock of blocked property runs."
        ),
    )


@outbox.consumes("custody.alarm")
def on_custody_alarm(payload: dict[str, Any]) -> None:
    """Coins of ours moved as they should not: whoever watches customers has to know."""
    if payload.get("grade") != "stop" or payload.get("kind") == "difference":
        return
    subject = f"custody alarm:{payload['alarm_id']}"
    if Alert.objects.filter(subject=subject).exists():  # told again
        return
    now = clock.now()
    alerts.raise_alert(
        scenario=f"custody.{payload['kind']}",
        title="Custody alarm",
        explanation=f"Custody alarm {payload['alarm_id']}: {payload['says']}",
        severity=5,
        subject=subject,
        window_start=now,
        window_end=now,
        evidence={"alarm": payload["alarm_id"]},
    )


def _raise(
    hit: Hit, *, scenario: str, title: str, severity: int, at: datetime, explanation: str
) -> None:
    alerts.raise_alert(
        scenario=scenario,
        title=title,
        explanation=explanation,
        severity=severity,
        customer_id=hit.customer_id,
        window_start=at,
        window_end=at,
        facts_known_at=hit.raised_at,
        evidence={"hit": hit.pk, "figures": {"score": hit.score}},
    )


def _listed(hit: Hit) -> str:
    if hit.entry is not None:
        return f"{hit.entry.name} ({hit.entry.source} {hit.entry.uid})"
    return f"address {hit.address.key} ({hit.address.source})" if hit.address else "a listed one"


def _hit(payload: dict[str, Any]) -> Hit | None:
    return Hit.objects.select_related("entry", "address").filter(pk=payload["hit_id"]).first()
