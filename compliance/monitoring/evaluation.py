"""How good the alerts of a labelled history are: recall, precision, alerts per 1,000 users.

An alert is right when its user belongs to an instance of its scenario and it comes between a day
before the instance's start and three days after its end. An instance is found when one of its users
is alerted for its scenario between its start and three days after its end.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

BEFORE = timedelta(days=1)
AFTER = timedelta(days=3)


class Alerted(Protocol):
    @property
    def user(self) -> str: ...
    @property
    def scenario(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class Instance:
    name: str
    scenario: str
    users: frozenset[str]
    start: datetime
    end: datetime


@dataclass
class Judged:
    instances: int = 0
    found: int = 0
    alerts: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.instances if self.instances else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.alerts if self.alerts else 1.0


@dataclass
class Report:
    total: Judged
    scenarios: Mapping[str, Judged]
    per_thousand: float  # alerts per 1,000 users and 30 days
    missed: Sequence[str] = field(default_factory=tuple)

    def as_text(self) -> str:
        lines = [
            f"{'scenario':<26}{'found':>9}{'alerts':>8}{'right':>7}{'recall':>8}{'precis.':>8}"
        ]
        for name, each in [*sorted(self.scenarios.items()), ("all", self.total)]:
            lines.append(
                f"{name:<26}{f'{each.found}/{each.instances}':>10}{each.alerts:>10}"
                f"{each.right:>10}{each.recall:>10.2f}{each.precision:>10.2f}"
            )
        lines.append(f"{self.per_thousand:.1f} alerts per 1,000 users and 30 days")
        if self.missed:
            lines.append("missed: " + ", ".join(self.missed))
        return "\n".join(lines)


def judge(
    alerts: Iterable[Alerted], instances: Sequence[Instance], *, users: int, days: float
) -> Report:
    by_name: dict[str, Judged] = defaultdict(Judged)
    of_user: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for instance in instances:
        by_name[instance.scenario].instances += 1
        for user in instance.users:
            of_user[instance.scenario, user].append(instance)
    found: set[str] = set()
    total = Judged(instances=len(instances))
    for alert in alerts:
        judged = by_name[alert.scenario]
        judged.alerts += 1
        near = [
            each
            for each in of_user[alert.scenario, alert.user]
            if each.start - BEFORE <= alert.at <= each.end + AFTER
        ]
        judged.right += bool(near)
        found |= {each.name for each in near if alert.at >= each.start}
    for instance in instances:
        by_name[instance.scenario].found += instance.name in found
    for judged in by_name.values():
        total.found += judged.found
        total.alerts += judged.alerts
        total.right += judged.right
    return Report(
        total=total,
        scenarios=dict(by_name),
        per_thousand=total.alerts / max(users, 1) * 1000 / max(days, 1.0) * 30,
        missed=[each.name for each in instances if each.name not in found],
    )


def read_truth(path: Path) -> list[Instance]:
    """Instances: instance, scenario, users (space separated), start, end."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Instance(
                name=row["instance"],
                scenario=row["scenario"],
                users=frozenset(row["users"].split()),
                start=_moment(row["start"]),
                end=_moment(row["end"]),
            )
            for row in csv.DictReader(file)
        ]


def judge_files(alerts: Iterable[Alerted], truth: Path, accounts: Path, events: Path) -> Report:
    """The same from files; the days are those from the first event to the last."""
    from compliance.monitoring import replay

    history = replay.read_events(events)
    known = replay.read_accounts(accounts, 0)
    days = replay.length_in_days(history)
    return judge(alerts, read_truth(truth), users=len(known), days=days)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
