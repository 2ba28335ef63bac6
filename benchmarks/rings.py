"""Rings of wash trades among honest traders: how many are found, and who else is accused.

    python -m benchmarks.rings --seeds 101 102 103

A week of an order book with three markets (busy, quiet, thin): takers who meet whoever stands
there, flat day traders, an unregistered market maker, friends who trade back and forth now and
then. Among them rings of two to six accounts that pass the same coins around, with up to half of
their trading outside of the ring, and within minutes or days.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from compliance.monitoring import columns, engine
from compliance.monitoring.engine import Active
from compliance.monitoring.scenarios import scenario_named
from compliance.monitoring.scenarios.definition import DAY, HOUR, MINUTE

START = 1_750_032_000_000  # a Monday
SCENARIO = "wash_ring"
MARKETS = (("BUSY_USDT", 6_000, 250), ("QUIET_USDT", 900, 60), ("THIN_USDT", 120, 7))
CAMOUFLAGE = (0.0, 0.0, 0.2, 0.4)


@dataclass
class Week:
    rng: random.Random
    trades: list[tuple[int, str, str, str, int]] = field(default_factory=list)
    rings: list[tuple[str, ...]] = field(default_factory=list)

    def deal(self, t: float, market: str, buyer: str, seller: str, usd: float) -> None:
        if buyer != seller:
            self.trades.append((START + round(t), market, buyer, seller, round(usd * 100)))


def week(seed: int, rings: int = 24) -> Week:
    """A week, always the same for a seed."""
    made = Week(random.Random(seed))  # noqa: S311  to be repeated
    for market, trades, people in MARKETS:
        _honest(made, market, trades, [f"{market[:2]}{n}" for n in range(people)])
    for n in range(rings):
        _ring(made, n)
    return made


def _honest(made: Week, market: str, trades: int, people: list[str]) -> None:
    rng = made.rng
    maker = f"mm-{market}"
    for _ in range(trades):
        t, usd = rng.uniform(0, 7 * DAY), rng.lognormvariate(6.5, 1.2)
        taker = rng.choice(people)
        other = maker if rng.random() < 0.4 else rng.choice(people)
        pair = (taker, other) if rng.random() < 0.5 else (other, taker)
        made.deal(t, market, *pair, usd)
    for person in people[: len(people) // 8]:  # flat at the end of each day, with whoever is there
        for day in range(7):
            t, usd = day * DAY + rng.uniform(8, 12) * HOUR, rng.uniform(2_000, 9_000)
            for turn in range(rng.randrange(3, 6)):
                for side in range(2):
                    other = maker if rng.random() < 0.4 else rng.choice(people)
                    pair = (person, other) if side == 0 else (other, person)
                    made.deal(t + (2 * turn + side) * 20 * MINUTE, market, *pair, usd)
    for one, other in zip(people[-6:-4], people[-4:-2], strict=True):  # friends, now and then
        for _ in range(rng.randrange(2, 5)):
            pair = (one, other) if rng.random() < 0.5 else (other, one)
            made.deal(rng.uniform(0, 7 * DAY), market, *pair, rng.uniform(500, 4_000))


def _ring(made: Week, number: int) -> None:
    rng = made.rng
    market, _, people = rng.choice(MARKETS[:2])
    members = tuple(f"ring{number}-{n}" for n in range(rng.randrange(2, 7)))
    made.rings.append(members)
    lasts = rng.choice((2 * HOUR, 10 * HOUR, 3 * DAY))
    start = rng.uniform(0, 7 * DAY - lasts)
    rounds, usd = rng.randrange(6, 11), rng.uniform(2_500, 9_000)
    for turn in range(rounds):
        order = list(members)
        if rng.random() < 0.3:
            order.reverse()
        for n, buyer in enumerate(order):
            t = start + lasts * (turn + n / len(members)) / rounds
            made.deal(t, market, buyer, order[n - 1], usd * rng.uniform(0.995, 1.005))
    outside = rng.choice(CAMOUFLAGE)
    for member in members:
        hidden = 2 * rounds * usd * outside / (1 - outside)
        while hidden > 0:
            part = min(hidden, rng.uniform(300, 3_000))
            other = f"{market[:2]}{rng.randrange(people)}"
            pair = (member, other) if rng.random() < 0.5 else (other, member)
            made.deal(start + rng.uniform(0, lasts), market, *pair, part)
            hidden -= part


def judge(made: Week) -> dict[str, float | int]:
    """Rings of which somebody is alerted, members alerted, and alerts about others."""
    rows = list(_facts(made))
    events = columns.facts_table(rows)
    names = {row["user"] for row in rows}
    accounts = columns.accounts_table(
        {"user": name, "tier": 2, "country": "GB", "created": 0, "observed_from": 0}
        for name in sorted(names)
    )
    alerts = engine.run(events, accounts, [Active.default(scenario_named(SCENARIO))])
    of_rings = {member: ring for ring in made.rings for member in ring}
    accused = {each.user for each in alerts}
    right = [each for each in alerts if each.user in of_rings]
    whole = [each for each in right if set(each.ring) == set(of_rings[each.user])]
    return {
        "rings": len(made.rings),
        "found": sum(bool(accused & set(ring)) for ring in made.rings),
        "recall": round(sum(bool(accused & set(r)) for r in made.rings) / len(made.rings), 4),
        "members": round(len(accused & set(of_rings)) / len(of_rings), 4),
        "precision": round(len(right) / len(alerts), 4) if alerts else 0.0,
        "ring_named_exactly": round(len(whole) / len(right), 4) if right else 0.0,
        "alerts": len(alerts),
        "traders": len(names),
    }


def _facts(made: Week) -> Iterator[dict[str, Any]]:
    number = 0
    for t, market, buyer, seller, cents in sorted(made.trades):
        for own, other, side in ((buyer, seller, "buy"), (seller, buyer, "sell")):
            number += 1
            yield {
                "id": number,
                "t": t,
                "kind": "trade",
                "user": own,
                "counterparty": other,
                "market": market,
                "side": side,
                "cents": cents,
                "price": 1.0,
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    for seed in parser.parse_args().seeds:
        print(json.dumps({"benchmark": "rings", "seed": seed, **judge(week(seed))}))


if __name__ == "__main__":
    main()
