"""Farms of rewards among honest people who are given some: how many are found, who is accused.

    python -m benchmarks.farms --seeds 101 102 103

Two months of campaigns. Most people are given something now and then, and withdraw when they like;
households share one browser by twos; an office's or a library's browser is used by a dozen, of whom
now and then one is given something. Among them farms of three to twenty accounts on one browser,
which are all given something in the same weeks and take it out within hours or days.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, field
from typing import Any

from compliance.monitoring import columns, engine
from compliance.monitoring.engine import Active
from compliance.monitoring.scenarios import scenario_named
from compliance.monitoring.scenarios.definition import DAY, HOUR

START = 1_750_032_000_000
SCENARIO = "reward_farm"
SPAN = 60


@dataclass
class Months:
    rng: random.Random
    rows: list[dict[str, Any]] = field(default_factory=list)
    farms: list[tuple[str, ...]] = field(default_factory=list)

    def tell(self, kind: str, user: str, day: float, device: str, usd: float) -> None:
        self.rows.append(
            {
                "kind": kind,
                "user": user,
                "t": START + round(day * DAY),
                "device": device,
                "cents": round(usd * 100),
            }
        )

    def paid(self, user: str, day: float, device: str) -> None:
        self.tell("reward_paid", user, day, device, self.rng.uniform(2, 60))

    def leaves(self, user: str, day: float, device: str) -> None:
        self.tell("crypto_withdrawal", user, day, device, self.rng.lognormvariate(5, 1))


def months(seed: int, farms: int = 20, people: int = 600) -> Months:
    """Always the same for a seed."""
    made = Months(random.Random(seed))  # noqa: S311  to be repeated
    rng = made.rng
    for n in range(people):
        _honest(made, f"p{n}", f"d{n}")
    for n in range(people // 10):  # two of one household
        for member in ("a", "b"):
            _honest(made, f"h{n}{member}", f"house{n}")
    for n in range(4):  # a browser that a dozen use
        for member in range(12):
            _honest(made, f"l{n}-{member}", f"library{n}", rewards=rng.random() < 0.15)
    for n in range(farms):
        _farm(made, n)
    return made


def _honest(made: Months, user: str, device: str, *, rewards: bool = True) -> None:
    rng = made.rng
    for _ in range(rng.randrange(1, 6)):
        made.leaves(user, rng.uniform(0, SPAN), device)
    for _ in range(rng.randrange(3) if rewards else 0):
        day = rng.uniform(0, SPAN)
        made.paid(user, day, device)
        if rng.random() < 0.3:
            made.leaves(user, day + rng.uniform(0.1, 3), device)


def _farm(made: Months, number: int) -> None:
    rng = made.rng
    members = tuple(f"f{number}-{n}" for n in range(rng.randrange(3, 21)))
    made.farms.append(members)
    begins, lasts = rng.uniform(2, SPAN - 22), rng.choice((0.5, 3, 14))
    for member in members:
        day = begins + rng.uniform(0, lasts)
        made.paid(member, day, f"farm{number}")
        made.leaves(member, day + rng.uniform(1, 60) * HOUR / DAY, f"farm{number}")


def judge(made: Months) -> dict[str, float | int]:
    """Farms of which somebody is alerted, and alerts about others."""
    rows = [{**r, "id": n} for n, r in enumerate(sorted(made.rows, key=lambda r: r["t"]), 1)]
    accounts = columns.accounts_table(
        {"user": name, "tier": 1, "country": "GB", "created": 0, "observed_from": 0}
        for name in sorted({row["user"] for row in rows})
    )
    active = [Active.default(scenario_named(SCENARIO))]
    alerts = engine.run(columns.facts_table(rows), accounts, active)
    farmers = {member for farm in made.farms for member in farm}
    accused = {each.user for each in alerts}
    right = [each for each in alerts if each.user in farmers]
    return {
        "farms": len(made.farms),
        "recall": round(sum(bool(accused & set(f)) for f in made.farms) / len(made.farms), 4),
        "precision": round(len(right) / len(alerts), 4) if alerts else 0.0,
        "alerts": len(alerts),
        "accounts": len({row["user"] for row in rows}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    for seed in parser.parse_args().seeds:
        print(json.dumps({"benchmark": "farms", "seed": seed, **judge(months(seed))}))


if __name__ == "__main__":
    main()
