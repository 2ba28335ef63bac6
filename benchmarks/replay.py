"""A replay of 100,000 events from files, and facts a second through the engine alone.

The live figure feeds a year's last weeks of invented customers in batches of 2,000, as fast as the
engine takes them, into a memory that holds everything before; every scenario is active. The time
between batches is not counted, only `observe`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import customers

BATCH = 2_000
LIVE_USERS = 8_000
LIVE_FACTS = 60_000


def replay() -> dict[str, object]:
    """The whole command in a process of its own, its start included."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        customers.write(customers.make(11), folder)
        command = [
            *(sys.executable, "manage.py", "monitor_replay"),
            *(
                "--events",
                str(folder / "events.csv.gz"),
                "--accounts",
                str(folder / "accounts.csv"),
            ),
            *("--out", str(folder / "alerts.csv.gz")),
        ]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        from compliance.monitoring.replay import read_events

        events = len(read_events(folder / "events.csv.gz"))
    return {"figure": "monitoring_replay", "events": events, "seconds": round(seconds, 1)}


def live() -> dict[str, object]:
    from compliance.monitoring import replay as files
    from compliance.monitoring.engine import Live

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        customers.write(customers.make(12, users=LIVE_USERS, each=30), folder)
        events = files.read_events(folder / "events.csv.gz").sort_by([("t", "ascending")])
        accounts = files.read_accounts(folder / "accounts.csv", files.first_moment(events))
    first = max(0, len(events) - LIVE_FACTS)
    engine = Live()
    engine.remember(events.slice(0, first), accounts)
    engine.observe(events.slice(first, BATCH))  # compiles what later batches reuse
    times, found, processor = [], 0, time.process_time()
    for start in range(first + BATCH, len(events), BATCH):
        began = time.perf_counter()
        found += len(engine.observe(events.slice(start, BATCH)))
        times.append(time.perf_counter() - began)
    processor = time.process_time() - processor
    facts = len(events) - first - BATCH
    times.sort()
    return {
        "figure": "monitoring_engine",
        "facts": facts,
        "remembered": first,
        "findings": found,
        "facts_per_second": round(facts / sum(times)),
        "facts_per_processor_second": round(facts / processor),
        "batch": BATCH,
        "batch_p95_ms": round(times[int(len(times) * 0.95)] * 1000),
    }


if __name__ == "__main__":
    for figure in (replay, live):
        print(json.dumps(figure()), flush=True)
