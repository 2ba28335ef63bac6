"""How unusual an alert is, learned from what officers said of earlier ones: it orders the queue.

Small trees of one split each, grown one after the other on what those before got wrong (gradient
boosting on the logistic loss). With one split a tree, the score is a sum over features, so each
feature's part can be shown exactly. Growing draws no random number: the same labels give the same
trees, which are kept as numbers in a row, and read back as numbers.

It is an ordering. Nothing here closes, hides or holds anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from compliance.monitoring.models import Alert, AlertLabel, ScoreModel
from exchange.core import clock, locks
from exchange.core.models import Fact

ROUNDS, RATE = 60, 0.2
CUTS = 24  # places that a split is tried at, a feature
LEAST_LABELS, LEAST_OF_EACH = 30, 5
MOST_LABELS = 1_000
GROWTH = 1.1  # trained anew when there are a tenth more labels
BEFORE = timedelta(days=90)
HELD_OUT = 5  # every fifth label measures, and is not learned from
REASONS = 6
PRIOR = 4.0  # how many labels of its own outweigh the average, for a scenario's rate

Row = dict[str, float]

FEATURES: dict[str, Callable[[float], tuple[str, str]]] = {
    "severity": lambda v: ("severity of the scenario", f"{v:.0f} of 5"),
    "rate": lambda v: ("how often this scenario was right before", f"{v:.0%}"),
    "usd": lambda v: ("moved in the window", f"{10**v:,.0f} USD"),
    "facts": lambda v: ("facts it rests on", f"{v:.0f}"),
    "hours": lambda v: ("length of the window", f"{v:,.0f} h"),
    "ring": lambda v: ("people in it", f"{v:.0f}"),
    "age": lambda v: ("age of the account", f"{v:,.0f} days"),
    "others": lambda v: ("other alerts about them in 90 days", f"{v:.0f}"),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """One split: what it adds below the cut, and from it on."""

    feature: str
    cut: float
    below: float
    above: float

    def adds(self, row: Row) -> float:
        return self.above if row[self.feature] >= self.cut else self.below


@dataclass(frozen=True, slots=True)
class Forest:
    """The trees, where they start from, and what each scenario's alerts came to."""

    start: float
    trees: Sequence[Tree]
    rates: Mapping[str, float]
    average: float

    def probability(self, row: Row) -> float:
        return _sigmoid(self.start + sum(tree.adds(row) for tree in self.trees))

    def parts(self, row: Row) -> dict[str, float]:
        """What each feature adds to the score, in logits."""
        added = dict.fromkeys(FEATURES, 0.0)
        for tree in self.trees:
            added[tree.feature] += tree.adds(row)
        return added

    def as_json(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "average": self.average,
            "rates": dict(self.rates),
            "trees": [[t.feature, t.cut, t.below, t.above] for t in self.trees],
        }

    @classmethod
    def of(cls, model: ScoreModel) -> Forest:
        kept = model.trees
        trees = [Tree(*each) for each in kept["trees"]]
        return cls(kept["start"], trees, kept["rates"], kept["average"])


def grow(rows: Sequence[Row], outcomes: Sequence[bool], names: Sequence[str]) -> Forest:
    """Trees out of labelled alerts. `names` are their scenarios."""
    average = sum(outcomes) / len(outcomes)
    rates = _rates(names, outcomes, average)
    start = math.log(max(average, 1e-6) / max(1 - average, 1e-6))
    cuts = {name: _cuts([row[name] for row in rows]) for name in FEATURES}
    scores = [start] * len(rows)
    trees: list[Tree] = []
    for _ in range(ROUNDS):
        errors = [
            float(said) - _sigmoid(score) for said, score in zip(outcomes, scores, strict=True)
        ]
        tree = _best(rows, errors, cuts)
        if tree is None:
            break
        trees.append(tree)
        scores = [score + tree.adds(row) for score, row in zip(scores, rows, strict=True)]
    return Forest(start, trees, rates, average)


def _best(
    rows: Sequence[Row], errors: Sequence[float], cuts: Mapping[str, Sequence[float]]
) -> Tree | None:
    """The split that explains most of what is still wrong; the first of equals."""
    best, gain = None, 1e-9
    whole, count = sum(errors), len(errors)
    for name, places in cuts.items():
        column = [row[name] for row in rows]
        for cut in places:
            above = [error for value, error in zip(column, errors, strict=True) if value >= cut]
            n, total = len(above), sum(above)
            if n in (0, count):
                continue
            explained = total * total / n + (whole - total) ** 2 / (count - n)
            if explained - whole * whole / count > gain:
                gain = explained - whole * whole / count
                # A quarter is the most that the logistic loss curves.
                best = Tree(
                    name,
                    cut,
                    RATE * 4 * (whole - total) / (count - n + PRIOR),
                    RATE * 4 * total / (n + PRIOR),
                )
    return best


def train() -> ScoreModel | None:
    """Grow anew when officers have said enough that is new. None when there is nothing to learn."""
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.SCORE):
            return None
        latest = ScoreModel.objects.order_by("-id").first()
        said = _said()
        productive = sum(outcome for _alert, outcome in said)
        enough = len(said) >= LEAST_LABELS
        if not enough or min(productive, len(said) - productive) < LEAST_OF_EACH:
            return None
        if latest is not None and len(said) < min(latest.labels * GROWTH, MOST_LABELS):
            return None
        if latest is not None and latest.labels == len(said):
            return None
        alerts = [alert for alert, _outcome in said]
        outcomes = [outcome for _alert, outcome in said]
        names = [alert.scenario for alert in alerts]
        rates = _rates_of_others(names, outcomes)
        rows = _rows(alerts, dict(zip((a.pk for a in alerts), rates, strict=True)))
        model = ScoreModel.objects.create(
            trained_at=clock.now(),
            labels=len(said),
            productive=productive,
            trees=grow(rows, outcomes, names).as_json(),
            quality={"auc": _measured(rows, outcomes, names)},
        )
        Alert.objects.exclude(state=Alert.State.CLOSED).update(score=None)
    return model


def score_waiting(*, limit: int = 500) -> int:
    """Score what is not scored yet, by the latest trees. Returns how many."""
    model = ScoreModel.objects.order_by("-id").first()
    if model is None:
        return 0
    forest = Forest.of(model)
    with transaction.atomic():
        waiting = list(
            Alert.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(score__isnull=True)
            .exclude(state=Alert.State.CLOSED)
            .order_by("id")[:limit]
        )
        rates = {a.pk: forest.rates.get(a.scenario, forest.average) for a in waiting}
        for alert, row in zip(waiting, _rows(waiting, rates), strict=True):
            alert.score = round(forest.probability(row), 4)
            alert.score_reasons = _reasons(forest, row)
        Alert.objects.bulk_update(waiting, ["score", "score_reasons"])
    return len(waiting)


def _reasons(forest: Forest, row: Row) -> list[dict[str, Any]]:
    parts = sorted(forest.parts(row).items(), key=lambda part: -abs(part[1]))
    reasons = []
    for name, adds in parts[:REASONS]:
        if adds:
            says, value = FEATURES[name](row[name])
            reasons.append({"says": says, "value": value, "adds": round(adds, 3)})
    return reasons


def _said() -> list[tuple[Alert, bool]]:
    """Labelled alerts with the latest word on each, oldest first."""
    latest: dict[int, str] = {}
    rows = AlertLabel.objects.order_by("-id").values_list("alert_id", "outcome")
    for alert_id, outcome in rows[: MOST_LABELS * 2]:
        latest.setdefault(alert_id, outcome)
    alerts = Alert.objects.filter(pk__in=latest).order_by("-pk")[:MOST_LABELS]
    return [(a, latest[a.pk] == AlertLabel.Outcome.PRODUCTIVE) for a in reversed(alerts)]


def _rows(alerts: Sequence[Alert], rates: Mapping[int, float]) -> list[Row]:
    """The features of alerts. A query for money and one for other alerts each: bounded batches."""
    created = dict(
        Alert.objects.filter(pk__in=[a.pk for a in alerts]).values_list(
            "pk", "customer__created_at"
        )
    )
    rows = []
    for alert in alerts:
        ids = alert.evidence.get("facts") or []
        usd = Fact.objects.filter(pk__in=ids).aggregate(usd=Sum("usd"))["usd"] or 0
        others = (
            Alert.objects.filter(subject=alert.subject, at__gt=alert.at - BEFORE, at__lte=alert.at)
            .exclude(pk=alert.pk)
            .aggregate(n=Count("pk"))["n"]
        )
        since = created.get(alert.pk)
        rows.append(
            {
                "severity": float(alert.severity),
                "rate": rates[alert.pk],
                "usd": math.log10(1 + float(usd)),
                "facts": float(len(ids)),
                "hours": (alert.window_end - alert.window_start).total_seconds() / 3600,
                "ring": float(len(alert.ring)),
                "age": max((alert.at - since).total_seconds() / 86_400, 0.0) if since else 0.0,
                "others": float(others),
            }
        )
    return rows


def _rates(names: Sequence[str], outcomes: Sequence[bool], average: float) -> dict[str, float]:
    """How often each scenario was right; one that few were decided of leans on the average."""
    return {
        name: (
            sum(said for each, said in zip(names, outcomes, strict=True) if each == name)
            + PRIOR * average
        )
        / (names.count(name) + PRIOR)
        for name in sorted(set(names))
    }


def _rates_of_others(names: Sequence[str], outcomes: Sequence[bool]) -> list[float]:
    """The same for each alert, out of the four fifths that it is not in: leaving out only its own
    outcome would write that outcome into the rate, and nobody may learn from the answer."""
    average = sum(outcomes) / len(outcomes)
    folds = []
    for fold in range(HELD_OUT):
        others = [n for n in range(len(names)) if n % HELD_OUT != fold]
        folds.append(_rates([names[n] for n in others], [outcomes[n] for n in others], average))
    return [folds[n % HELD_OUT].get(name, average) for n, name in enumerate(names)]


def _measured(rows: Sequence[Row], outcomes: Sequence[bool], names: Sequence[str]) -> float | None:
    """How often an alert that was worth it stands before one that was not, on labels held out."""
    learned = [n for n in range(len(rows)) if n % HELD_OUT]
    held = [n for n in range(len(rows)) if n % HELD_OUT == 0]
    if len({outcomes[n] for n in held}) < 2 or len({outcomes[n] for n in learned}) < 2:
        return None
    forest = grow(
        [rows[n] for n in learned], [outcomes[n] for n in learned], [names[n] for n in learned]
    )
    right = [forest.probability(rows[n]) for n in held if outcomes[n]]
    wrong = [forest.probability(rows[n]) for n in held if not outcomes[n]]
    before = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    return round(before / (len(right) * len(wrong)), 3)


def _cuts(values: Sequence[float]) -> list[float]:
    ordered = sorted(set(values))
    if len(ordered) <= CUTS:
        return ordered[1:]
    return sorted({ordered[len(ordered) * n // (CUTS + 1)] for n in range(1, CUTS + 1)})


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(min(value, 35.0), -35.0)))
