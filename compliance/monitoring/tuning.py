"""What a change of numbers would have done: figures for whoever decides, before it takes effect.

Three questions of a history: which alerts does a challenger gain and lose against the champion;
what lies just below the line that the champion does not alert (and was it productive where somebody
looked); and how many of a scenario's alerts came to anything. Samples are drawn by a seeded hash,
so that the same history gives the officers the same sample.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compliance.monitoring.engine import Active, Finding
from compliance.monitoring.lookback import Runner, findings
from compliance.monitoring.scenarios import Params

SAMPLE = 25
POOR = 0.01  # an alert in a hundred: below, a scenario is a candidate for change

# What became of an alert, by (user, scenario): True led to a case that was decided as productive.
Labels = Mapping[tuple[str, str], bool]


@dataclass(frozen=True)
class Conversion:
    """How many of the alerts that somebody decided were worth it."""

    alerts: int
    decided: int
    productive: int

    @property
    def rate(self) -> float | None:
        return self.productive / self.decided if self.decided else None

    @property
    def is_poor(self) -> bool:
        return self.rate is not None and self.rate < POOR

    def as_figures(self) -> dict[str, Any]:
        return {
            "alerts": self.alerts,
            "decided": self.decided,
            "productive": self.productive,
            "rate": self.rate,
        }


@dataclass(frozen=True)
class Comparison:
    """A challenger against the champion, over the same history."""

    champion: Conversion
    challenger: Conversion
    gained: Sequence[Finding]
    lost: Sequence[Finding]
    kept: int

    def as_figures(self) -> dict[str, Any]:
        return {
            "champion": self.champion.as_figures(),
            "challenger": self.challenger.as_figures(),
            "gained": len(self.gained),
            "lost": len(self.lost),
            "kept": self.kept,
            "gained_sample": [_shown(each) for each in sample(self.gained)],
            "lost_sample": [_shown(each) for each in sample(self.lost)],
        }


@dataclass(frozen=True)
class Line:
    """Alerts on both sides of a threshold: those just above, and those that it kept away."""

    parameter: str
    value: Any
    looser: Any
    above: Sequence[Finding]
    below: Sequence[Finding]
    labels: Labels = field(default_factory=dict)

    @property
    def missed(self) -> float | None:
        """Estimated share of productive subjects among those below, where somebody decided."""
        return conversion(self.below, self.labels).rate

    def as_figures(self) -> dict[str, Any]:
        return {
            "parameter": self.parameter,
            "value": self.value,
            "looser": self.looser,
            "above": conversion(self.above, self.labels).as_figures(),
            "below": conversion(self.below, self.labels).as_figures(),
            "above_sample": [_shown(each) for each in sample(self.above)],
            "below_sample": [_shown(each) for each in sample(self.below)],
        }


def conversion(found: Iterable[Finding], labels: Labels) -> Conversion:
    alerts = decided = productive = 0
    for each in found:
        alerts += 1
        label = labels.get((each.user, each.scenario))
        decided += label is not None
        productive += label is True
    return Conversion(alerts, decided, productive)


def by_scenario(found: Iterable[Finding], labels: Labels) -> dict[str, Conversion]:
    """Conversion of each scenario that alerted."""
    parts: dict[str, list[Finding]] = {}
    for each in found:
        parts.setdefault(each.scenario, []).append(each)
    return {name: conversion(part, labels) for name, part in sorted(parts.items())}


def compare(
    runner: Runner,
    champion: Active,
    challenger: Active,
    *,
    labels: Labels | None = None,
    **when: Any,
) -> Comparison:
    """Both over the history. An alert is the same when subject and windows overlap."""
    known = labels or {}
    old = findings(runner, champion, **when)
    new = findings(runner, challenger, **when)
    lost = _without(old, new)
    return Comparison(
        champion=conversion(old, known),
        challenger=conversion(new, known),
        gained=_without(new, old),
        lost=lost,
        kept=len(old) - len(lost),
    )


def around_the_line(
    runner: Runner,
    active: Active,
    parameter: str,
    looser: Any,
    *,
    labels: Labels | None = None,
    **when: Any,
) -> Line:
    """The alerts at the present value, and those more that a looser one would give.

    Raises UnknownParameter. The exceptions by tier and country are loosened in proportion.
    """
    relaxed = Active(active.scenario, loosened(active.params, parameter, looser))
    above = findings(runner, active, **when)
    more = findings(runner, relaxed, **when)
    return Line(
        parameter=parameter,
        value=active.params.base[parameter],
        looser=looser,
        above=above,
        below=_without(more, above),
        labels=labels or {},
    )


def loosened(params: Params, parameter: str, looser: Any) -> Params:
    """The same numbers with one of them looser, its exceptions too. Raises UnknownParameter."""
    changed = params.changed({parameter: looser})
    now = params.base[parameter]
    if not isinstance(now, int | float) or not now:
        return changed
    factor = looser / now
    overrides = tuple(
        {**each, parameter: type(each[parameter])(each[parameter] * factor)}
        if parameter in each
        else each
        for each in params.overrides
    )
    return Params(changed.base, overrides)


def sample(found: Sequence[Finding], count: int = SAMPLE, seed: str = "") -> list[Finding]:
    """The same few for the same history, whatever order they come in."""

    def drawn(each: Finding) -> str:
        text = f"{seed}|{each.scenario}|{each.user}|{each.window_start.isoformat()}"
        return hashlib.sha256(text.encode()).hexdigest()

    return sorted(found, key=drawn)[:count]


def _without(some: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Those of `some` that no finding of `others` about the same subject overlaps."""
    spans: dict[str, list[Finding]] = {}
    for each in others:
        spans.setdefault(each.user, []).append(each)
    return [
        each
        for each in some
        if not any(
            other.window_start <= each.window_end and each.window_start <= other.window_end
            for other in spans.get(each.user, ())
        )
    ]


def _shown(each: Finding) -> dict[str, Any]:
    return {
        "user": each.user,
        "at": each.at.isoformat(),
        "explanation": each.explanation,
    }
