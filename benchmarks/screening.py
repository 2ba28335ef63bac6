"""Screening: one name against 10,000 invented list entries, and a pass over many customers.

p95 of one screening, the index's build, its memory, and customers a second of a full pass with the
database left out. SCREENING_LIST names a real list (a path) to measure on instead.
"""

from __future__ import annotations

import json
import os
import random
import resource
import time

import django

ENTRIES, QUERIES, CUSTOMERS = 10_000, 1_000, 1_000
PARTS = (
    "ka ri mo sha del ta bor vin ger ost al ben dar yus mar kol zan tep ruk fay lo mir ech nov ul"
).split()


def word(rng: random.Random) -> str:
    return "".join(rng.choice(PARTS) for _ in range(rng.randrange(2, 5))).title()


def person(rng: random.Random) -> str:
    return " ".join(word(rng) for _ in range(rng.randrange(2, 5)))


def misspelt(rng: random.Random, name: str) -> str:
    at = rng.randrange(1, len(name) - 1)
    return name[:at] + name[at + 1 :]


def quantile(times: list[float], share: float) -> float:
    return round(sorted(times)[int(len(times) * share)] * 1000, 2)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")
    django.setup()
    from compliance.screening.index import Listed, NameIndex
    from compliance.screening.lists.fetch import fetch
    from compliance.screening.lists.read import read
    from compliance.screening.names import screen

    rng = random.Random(7)
    if origin := os.environ.get("SCREENING_LIST"):
        entries = [
            Listed(n, e.kind, "list", e.uid, 1, e.names, e.births, e.countries)
            for n, e in enumerate(read(fetch(origin)).entries)
        ]
    else:
        entries = [
            Listed(
                n,
                "person",
                "list",
                str(n),
                1,
                tuple((person(rng), "alias") for _ in range(rng.randrange(1, 5))),
                (str(rng.randrange(1940, 2005)),),
                (),
            )
            for n in range(ENTRIES)
        ]
    before = time.perf_counter()
    index = NameIndex(entries)
    built = time.perf_counter() - before

    def asked() -> str:
        name = rng.choice(rng.choice(entries).names)[0] if rng.random() < 0.5 else person(rng)
        return misspelt(rng, name) if len(name) > 4 else name

    times, hits = [], 0
    for _ in range(QUERIES):
        name = asked()
        before = time.perf_counter()
        hits += bool(screen(texts=[name], kind="person", births=["1971"], within=index))
        times.append(time.perf_counter() - before)
    before = time.perf_counter()
    for _ in range(CUSTOMERS):
        screen(texts=[person(rng)], kind="person", within=index)
    rate = CUSTOMERS / (time.perf_counter() - before)
    facts = {
        "entries": len(entries),
        "names": sum(len(entry.names) for entry in entries),
        "built_s": round(built, 2),
        "p50_ms": quantile(times, 0.5),
        "p99_ms": quantile(times, 0.99),
        "found": hits,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    say("one name against the list, p95", quantile(times, 0.95), "ms", **facts)
    say("customers screened in a pass", round(rate), "customers/s")


def say(name: str, value: float, unit: str, **more: object) -> None:
    """Without a baseline: what stands beside it is its bar of 50 ms, not another way to do it."""
    print(
        json.dumps(
            {"name": name, "value": value, "unit": unit, "baseline": None, "ratio": None} | more
        )
    )


if __name__ == "__main__":
    main()
