"""Look-backs that people ask for: extract, then scenario by scenario, each step on the record.

A run is a row; a step is a transaction that does its work and says so, so that whatever is killed
goes on with the step it was at. What a look-back finds is raised like what the worker finds, and an
alert that stands is not raised again.
"""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from compliance.monitoring import raising, scenarios, versions
from compliance.monitoring.models import Alert, AlertLabel, LookBack, Scenario
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

TASK = "monitoring.go_on"
LONGEST = timedelta(days=400)
MOST_OPEN = 5
EXTRACT, RAISE = "extract", "find"
LOOSER = 0.8  # below the line: what a threshold a fifth lower would have found
State = LookBack.State
OPEN = (State.WAITING, State.RUNNING)


def ask(
    *,
    since: datetime,
    until: datetime,
    actor: Actor,
    reason: str,
    scenario_id: int | None = None,
    raises: bool = False,
) -> LookBack:
    """Ask for a look-back: of one version (a draft is compared with what is active), or of every
    active scenario. Raises PermissionRefused, Invalid, NotFound, Conflict when many are open."""
    actor.require(versions.DRAFT)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    if not timedelta(0) < until - since <= LONGEST:
        raise Invalid(f"At most {LONGEST.days} days.", field="since", limit=LONGEST.days)
    row = None
    if scenario_id is not None:
        row = Scenario.objects.filter(pk=scenario_id).first()
        if row is None:
            raise NotFound(f"There is no scenario {scenario_id}.", field="scenario_id")
    if raises and row is not None and row.state != Scenario.State.ACTIVE:
        raise Conflict("Only what is active raises alerts: a draft is tried.")
    with transaction.atomic():
        if LookBack.objects.filter(state__in=OPEN).count() >= MOST_OPEN:
            raise Conflict("Wait for the look-backs under way.", limit=MOST_OPEN)
        champion = None
        if row is not None and row.state != Scenario.State.ACTIVE:
            champion = Scenario.objects.filter(name=row.name, state="active").first()
        made = LookBack.objects.create(
            scenario=row,
            champion=champion,
            since=since,
            until=until,
            raises=raises,
            steps=len(_steps(row)),
            asked_by=actor.label,
            reason=reason[:500],
            asked_at=clock.now(),
        )
        record(
            actor=actor,
            verb="monitoring.ask_look_back",
            target=made,
            reason=reason,
            after={"scenario": str(row or "every one"), "since": since, "raises": raises},
        )
        dispatch.after_commit(TASK, queue="monitoring")
    return made


def stop(*, look_back_id: int, actor: Actor, reason: str) -> LookBack:
    """Stop one that is under way; what it raised stands. Raises Conflict when it has ended."""
    actor.require(versions.DRAFT)
    with transaction.atomic():
        row = LookBack.objects.select_for_update().filter(pk=look_back_id).first()
        if row is None:
            raise NotFound(f"There is no look-back {look_back_id}.", field="look_back_id")
        if row.state not in OPEN:
            raise Conflict(f"It is {row.get_state_display()} already.", limit=row.state)
        _end(row, State.STOPPED)
        record(actor=actor, verb="monitoring.stop_look_back", target=row, reason=reason)
    return row


def under_way() -> LookBack | None:
    """The oldest look-back that is not done, with how far it is. One query."""
    return LookBack.objects.filter(state__in=OPEN, raises=True).order_by("id").first()


def go_on(*, seconds: float = 5.0) -> int:
    """Do steps of the oldest look-back under way, for a bounded time. Returns how many.

    Safe to run twice and beside itself: a step holds its row.
    """
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if not _one_step():
            return done
        done += 1
    dispatch.send(TASK, queue="monitoring")
    return done


def _one_step() -> bool:
    with transaction.atomic():
        row = (
            LookBack.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("scenario", "champion")
            .filter(state__in=OPEN)
            .order_by("id")
            .first()
        )
        if row is None:
            return False
        try:
            with transaction.atomic():
                _step(row)
        except Exception as error:  # noqa: BLE001  one bad look-back must not stop the others
            row.error = f"{type(error).__name__}: {error}"[:500]
            _end(row, State.FAILED)
        return True


def _step(row: LookBack) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    names = _steps(row.scenario)
    row.state, row.touched_at = State.RUNNING, clock.now()
    row.started_at = row.started_at or row.touched_at
    name = names[row.steps_done] if row.steps_done < len(names) else ""
    if name == EXTRACT:
        row.facts = _extract(row)
    elif name:
        if not (_folder(row) / "accounts.parquet").exists():
            row.facts = _extract(row)  # another machine made it, or somebody tidied up
        _run(row, name)
    row.steps_done += 1
    row.doing = names[row.steps_done] if row.steps_done < len(names) else ""
    if row.steps_done >= len(names):
        _end(row, State.DONE)
    else:
        row.save()


def _end(row: LookBack, state: str) -> None:
    row.state, row.ended_at, row.doing = state, clock.now(), ""
    row.save()
    shutil.rmtree(_folder(row), ignore_errors=True)


def _steps(row: Scenario | None) -> list[str]:
    if row is not None:
        return [EXTRACT, row.name]
    return [EXTRACT, *(each.name for each in versions.active())]


def _folder(row: LookBack) -> Path:
    return Path(settings.VAR) / "look-backs" / str(row.pk)


def _extract(row: LookBack) -> int:
    """From as far before as the scenarios look back, so that nothing looks new that is not."""
    from compliance.monitoring import (
        history,
        lookback,
    )

    names = [name for name in _steps(row.scenario) if name != EXTRACT]
    concerned = [scenarios.scenario_named(name) for name in names]
    before = max(timedelta(milliseconds=each.lookback) for each in concerned)
    kinds = sorted({kind for each in concerned for kind in each.kinds})
    shutil.rmtree(_folder(row), ignore_errors=True)
    _folder(row).mkdir(parents=True)
    return lookback.write_extract(
        _folder(row),
        history.between(row.since - before, row.until, kinds=kinds),
        history.all_accounts(),
    )


def _run(row: LookBack, name: str) -> None:
    from compliance.monitoring import engine, lookback, tuning

    version = row.scenario or Scenario.objects.filter(name=name, state="active").first()
    if version is None:  # retired meanwhile
        return
    when: dict[str, Any] = {"since": row.since, "until": row.until}
    active = _active(version)
    labels = _labels(name)
    with lookback.opened(_folder(row)) as runner:
        if not engine.can_judge(active.scenario, runner.kinds()):
            row.figures[name] = {"found": 0, "cannot_judge": True}
            return
        found = lookback.findings(runner, active, **when)
        figures: dict[str, Any] = {"found": len(found)}
        figures |= tuning.conversion(found, labels).as_figures()
        if row.scenario is not None:
            against = _active(row.champion) if row.champion is not None else active
            if row.champion is not None:
                compared = tuning.compare(runner, against, active, labels=labels, **when)
                figures["compared"] = compared.as_figures()
            figures["lines"] = _lines(runner, active, labels, when)
    row.found += len(found)
    if row.raises:
        raised = raising.raise_all(found, {name: version}, origin=Alert.Origin.LOOK_BACK)
        new = sum(each.is_new for each in raised)
        figures["raised"] = new
        row.raised += new
    row.figures[name] = figures


def _lines(runner: Any, active: Any, labels: Any, when: dict[str, Any]) -> list[dict[str, Any]]:
    """Above and below the line of each number that a scenario calls a threshold or a count."""
    from compliance.monitoring import tuning

    lines = []
    for parameter, value in active.params.base.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            continue
        if parameter not in THRESHOLDS:
            continue
        looser = max(1, int(value * LOOSER)) if isinstance(value, int) else value * LOOSER
        if looser == value:
            continue
        line = tuning.around_the_line(runner, active, parameter, looser, labels=labels, **when)
        lines.append(line.as_figures())
    return lines[:4]


THRESHOLDS = ("threshold", "least", "count", "total", "times", "amount", "share", "senders", "near")


def _active(row: Scenario) -> Any:
    from compliance.monitoring.engine import Active

    return Active(scenarios.scenario_named(row.name), versions.params_of(row))


def _labels(name: str) -> dict[tuple[str, str], bool]:
    """What was decided of a scenario's alerts, the latest word of each."""
    said: dict[tuple[str, str], bool] = {}
    rows = AlertLabel.objects.filter(alert__scenario=name, alert__customer__isnull=False)
    for customer_id, outcome in rows.order_by("id").values_list("alert__customer_id", "outcome"):
        said[str(customer_id), name] = outcome == AlertLabel.Outcome.PRODUCTIVE
    return said
