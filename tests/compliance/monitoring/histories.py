"""Small histories written by hand, and what one scenario says about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compliance.monitoring import columns, engine
from compliance.monitoring.engine import Active, Finding
from compliance.monitoring.scenarios import scenario_named
from compliance.monitoring.scenarios.definition import DAY, HOUR, SECOND

START = 1_735_689_600_000  # 2025-01-01T00:00:00Z


def fact(
    kind: str,
    user: str,
    *,
    day: float = 0,
    hour: float = 0,
    second: float = 0,
    usd: float | None = None,
    **others: Any,
) -> dict[str, Any]:
    at = START + round(day * DAY + hour * HOUR + second * SECOND)
    cents = None if usd is None else round(usd * 100)
    return {"kind": kind, "user": user, "t": at, "cents": cents, **others}


def account(user: str, *, tier: int = 2, country: str = "GB", opened: float = -600, **others: Any):
    created = START + round(opened * DAY)
    return {
        "user": user,
        "tier": tier,
        "country": country,
        "created": created,
        "observed_from": START,
        **others,
    }


def tables(facts: Iterable[dict[str, Any]], accounts: Iterable[dict[str, Any]] = ()):
    """Events in time order with ids, and accounts for everybody who is named nowhere else."""
    rows = sorted(facts, key=lambda row: row["t"])
    rows = [{**row, "id": number} for number, row in enumerate(rows, 1)]
    known = {each["user"]: each for each in accounts}
    for row in rows:
        for name in (row["user"], row.get("counterparty")):
            if name and name not in known:
                known[name] = account(name)
    return columns.facts_table(rows), columns.accounts_table(known.values())


def found(
    scenario: str,
    facts: Iterable[dict[str, Any]],
    accounts: Iterable[dict[str, Any]] = (),
    *,
    overrides: Iterable[dict[str, Any]] = (),
    **numbers: Any,
) -> list[Finding]:
    each = scenario_named(scenario)
    params = each.params.changed(numbers, overrides)
    events, people = tables(facts, accounts)
    return engine.run(events, people, [Active(each, params)])


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.user, each.explanation) for each in findings]
