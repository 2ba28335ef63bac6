"""Scenarios in versions: what watches now, what is drafted, and who let it take effect.

The catalogue in code says what a scenario looks for. A row says with which numbers, how severe its
alerts are and how long one stands for the next. A change is a new row; it takes effect when a
second person approves it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from compliance.monitoring import scenarios
from compliance.monitoring.models import LookBack, Scenario
from compliance.monitoring.scenarios import Params
from compliance.monitoring.scenarios.definition import UnknownParameter
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound

DRAFT = "compliance.draft_scenario"
ACTIVATE = "compliance.activate_scenario"
KIND = "monitoring.activate_scenario"
State = Scenario.State
MOST_OVERRIDES = 100


def sync() -> int:
    """Give every scenario of the catalogue a first version, active as it is shipped. Returns how
    many were new. Safe to run twice and beside itself."""
    made = 0
    known = set(Scenario.objects.values_list("name", flat=True).distinct())
    for each in scenarios.catalogue():
        if each.name in known:
            continue
        with transaction.atomic():
            row, is_new = Scenario.objects.get_or_create(
                name=each.name,
                version=1,
                defaults={
                    "title": each.title,
                    "description": " ".join((each.find.__doc__ or "").split()),
                    "parameters": _written(each.params),
                    "severity": each.severity,
                    "cooldown_hours": each.cooldown // 3_600_000,
                    "state": State.ACTIVE,
                    "created_by": "the catalogue",
                    "activated_at": clock.now(),
                    "activated_by": "the catalogue",
                },
            )
            if is_new:
                made += 1
                record(actor=system("monitoring"), verb="monitoring.ship_scenario", target=row)
    return made


def active() -> list[Scenario]:
    """The versions that watch now, by name."""
    return list(Scenario.objects.filter(state=State.ACTIVE).order_by("name"))


def params_of(row: Scenario) -> Params:
    """The numbers that a version runs with. Raises Invalid when it has one that is unknown."""
    try:
        shipped = scenarios.scenario_named(row.name).params
    except KeyError as error:
        raise NotFound(f"No scenario is called {row.name}.", field="name") from error
    given = row.parameters or {}
    try:
        return Params(dict(shipped.base)).changed(given.get("base", {}), given.get("overrides", []))
    except UnknownParameter as error:
        raise Invalid(
            f"{row.name} has no parameter {error}.",
            field="parameters",
            limit=sorted(shipped.base),
        ) from error


def draft(
    *,
    name: str,
    base: dict[str, Any],
    overrides: list[dict[str, Any]],
    severity: int,
    cooldown: timedelta,
    note: str,
    actor: Actor,
) -> Scenario:
    """Write a new version down. It watches nothing until it is activated.

    Raises PermissionRefused, Invalid (base, overrides, severity, cooldown, note), NotFound.
    """
    actor.require(DRAFT)
    if not note.strip():
        raise Invalid("Say what changes, and why.", field="note")
    if not 1 <= severity <= 5:
        raise Invalid("Severity goes from 1 to 5.", field="severity", limit=5)
    hours = int(cooldown.total_seconds() // 3600)
    if not 0 <= hours <= 366 * 24:
        raise Invalid("A cooldown lasts from none to a year.", field="cooldown", limit=8784)
    if len(overrides) > MOST_OVERRIDES:
        raise Invalid("Too many exceptions.", field="overrides", limit=MOST_OVERRIDES)
    with transaction.atomic():
        of_name = Scenario.objects.select_for_update().filter(name=name)
        before = list(of_name.order_by("version"))
        if not before:
            raise NotFound(f"No scenario is called {name}.", field="name")
        row = Scenario(
            name=name,
            version=before[-1].version + 1,
            title=before[-1].title,
            description=before[-1].description,
            parameters={"base": base, "overrides": overrides},
            severity=severity,
            cooldown_hours=hours,
            change_note=note[:500],
            created_by=actor.label,
            created_at=clock.now(),
        )
        refuse_ill_formed(row)
        row.save()
        record(
            actor=actor,
            verb="monitoring.draft_scenario",
            target=row,
            reason=note,
            before={"parameters": before[-1].parameters},
            after={"parameters": row.parameters, "severity": severity, "cooldown_hours": hours},
        )
    return row


def refuse_ill_formed(row: Scenario) -> None:
    """Numbers stay numbers, lists stay lists, and every exception says for whom. Raises Invalid."""
    shipped = scenarios.scenario_named(row.name).params.base
    given = row.parameters
    for values, field in [
        (given["base"], "base"),
        *((each, "overrides") for each in given["overrides"]),
    ]:
        if not isinstance(values, dict):
            raise Invalid("Write names and values.", field=field)
        for name, value in values.items():
            if field == "overrides" and name in ("tier", "country"):
                continue
            if name not in shipped:
                raise Invalid(
                    f"{row.name} has no parameter {name}.", field=field, limit=sorted(shipped)
                )
            if _shape(value) != _shape(shipped[name]):
                raise Invalid(f"{name} is written like {shipped[name]!r}.", field=field)
        if field == "overrides" and not {"tier", "country"} & set(values):
            raise Invalid("An exception says for which tier or country.", field=field)
    params_of(row)


def propose(*, scenario_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let a draft take effect, once it was tried on history.

    Raises NotFound, Conflict (not a draft, or no finished look-back), PermissionRefused, Invalid.
    """
    row = Scenario.objects.filter(pk=scenario_id).first()
    if row is None:
        raise NotFound(f"There is no scenario {scenario_id}.", field="scenario_id")
    if row.state != State.DRAFT:
        raise Conflict(f"Version {row.version} is {row.state} already.", limit=row.state)
    tried = row.look_backs.filter(state=LookBack.State.DONE).order_by("-id").first()
    if tried is None:
        raise Conflict("Run it on history first: nobody knows yet what it would do.")
    return proposals.propose(
        kind=KIND,
        payload={"scenario_id": row.pk, "look_back_id": tried.pk},
        summary=f"Let {row} take effect; on history it found {tried.found}",
        reason=reason,
        actor=actor,
        target=row,
    )


@proposals.proposal_kind(KIND, permission_to_propose=ACTIVATE, permission_to_approve=ACTIVATE)
def _activate(*, payload: dict[str, Any], actor: Actor) -> str:
    name = Scenario.objects.values_list("name", flat=True).get(pk=payload["scenario_id"])
    rows = list(Scenario.objects.select_for_update().filter(name=name).order_by("pk"))
    row = next(each for each in rows if each.pk == payload["scenario_id"])
    if row.state != State.DRAFT:
        raise Conflict(f"Version {row.version} is {row.state} already.", limit=row.state)
    now = clock.now()
    before = next((each for each in rows if each.state == State.ACTIVE), None)
    if before is not None:
        before.state, before.retired_at = State.RETIRED, now
        before.save(update_fields=["state", "retired_at"])
    row.state, row.activated_at, row.activated_by = State.ACTIVE, now, actor.label
    row.save(update_fields=["state", "activated_at", "activated_by"])
    record(
        actor=actor,
        verb="monitoring.activate_scenario",
        target=row,
        before={"version": before.version if before else None},
        after={"version": row.version, "parameters": row.parameters},
    )
    return f"{row} watches now"


def newest(name: str) -> int:
    """The highest version of a scenario; 0 for one that has none."""
    found = Scenario.objects.filter(name=name).aggregate(newest=Max("version"))["newest"]
    return int(found or 0)


def _written(params: Params) -> dict[str, Any]:
    return {
        "base": dict(params.base),
        "overrides": [dict(each) for each in params.overrides],
    }


def _shape(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list | tuple):
        return "list"
    return type(value).__name__
