"""Judge the matcher: on labelled pairs of names, or on altered names of a real list.

    manage.py judge_screening pairs CASES.csv    columns schema, name1, name2, is_match, quality
    manage.py judge_screening list UN.xml        recall on altered names, alarms on strangers

Neither needs the lists to be imported. Labelled sets and real lists are not part of the project.
"""

from __future__ import annotations

import csv
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.screening.alter import altered, stranger
from compliance.screening.compare import THRESHOLD, compare
from compliance.screening.folding import ANY, ENTITY, PERSON, VESSEL, names_of
from compliance.screening.index import Listed, NameIndex
from compliance.screening.lists.fetch import fetch
from compliance.screening.lists.read import read
from exchange.core.errors import Refused

KINDS = {
    "Person": PERSON,
    "Company": ENTITY,
    "Organization": ENTITY,
    "LegalEntity": ANY,
    "Vessel": VESSEL,
}


class Command(BaseCommand):
    help = "Measure recall, precision and false alarms of name screening."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("pairs", "list"))
        parser.add_argument("path")
        parser.add_argument("--threshold", type=float, default=THRESHOLD)
        parser.add_argument("--seeds", type=int, default=5)
        parser.add_argument("--first-seed", type=int, default=0, help="seeds that nobody tuned on")
        parser.add_argument("--alterations", type=int, default=680)
        parser.add_argument("--strangers", type=int, default=2_000)
        parser.add_argument("--show", type=int, default=0, help="show so many of the mistakes")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Path(options["path"]).exists():
            raise CommandError(f"{options['path']} is not there")
        try:
            if options["what"] == "pairs":
                self._pairs(options)
            else:
                self._list(options)
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _pairs(self, options: dict[str, Any]) -> None:
        counts: dict[str, Counter[str]] = {}
        shown = 0
        with Path(options["path"]).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                kind = KINDS.get(row["schema"], ANY)
                score = max(
                    compare(mine, listed).value
                    for mine in names_of(row["name1"], kind)
                    for listed in names_of(row["name2"], kind)
                )
                matches, found = row["is_match"] == "true", score >= options["threshold"]
                word = ("TP" if matches else "FP") if found else ("FN" if matches else "TN")
                for group in ("all", (row.get("quality") or "MEDIUM").upper()):
                    counts.setdefault(group, Counter())[word] += 1
                if word in ("FP", "FN") and shown < options["show"]:
                    shown += 1
                    self.stdout.write(f"{word} {score:.2f} {row['name1']} | {row['name2']}")
        for group, count in sorted(counts.items()):
            self.stdout.write(f"{group:8} {_figures(count)}")

    def _list(self, options: dict[str, Any]) -> None:
        entries = read(fetch(options["path"])).entries
        started = time.perf_counter()
        index = NameIndex(
            Listed(n, e.kind, "list", e.uid, 1, e.names, e.births, e.countries)
            for n, e in enumerate(entries)
        )
        self.stdout.write(
            f"{len(entries):,} entries in memory after {time.perf_counter() - started:.1f} s"
        )
        latin = [n for n, entry in enumerate(entries) if entry.name.isascii() and " " in entry.name]
        first = options["first_seed"]
        for seed in range(first, first + options["seeds"]):
            rng = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
            missed: Counter[str] = Counter()
            times, alarms = [], 0
            for _ in range(options["alterations"]):
                n = rng.choice(latin)
                how, name = altered(entries[n].name, rng)
                before = time.perf_counter()
                found = index.find(name, floor=options["threshold"])
                times.append(time.perf_counter() - before)
                if all(each.listed.pk != n for each in found):
                    missed[how] += 1
                    if sum(missed.values()) <= options["show"]:
                        self.stdout.write(f"missed ({how}): {entries[n].name} | {name}")
            for _ in range(options["strangers"]):
                name = stranger(rng)
                if found := index.find(name, floor=options["threshold"]):
                    alarms += 1
                    if alarms <= options["show"]:
                        self.stdout.write(f"false alarm: {name} | {found[0].name.original}")
            recall = 1 - sum(missed.values()) / options["alterations"]
            false = alarms / options["strangers"]
            p95 = sorted(times)[int(len(times) * 0.95)] * 1000
            self.stdout.write(
                f"seed {seed}: recall {recall:.4f}, false alarms {false:.4f}"
                f", p95 {p95:.1f} ms, missed {dict(missed)}"
            )


def _figures(count: Counter[str]) -> str:
    right, wrong, lost = count["TP"], count["FP"], count["FN"]
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / (right + lost) if right + lost else 0.0
    both = 2 * right / (2 * right + wrong + lost) if right else 0.0
    return (
        f"F1 {both:.4f}  precision {precision:.4f}  recall {recall:.4f}  "
        f"TP {right} FP {wrong} FN {lost} TN {count['TN']}"
    )
