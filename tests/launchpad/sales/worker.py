"""A worker that goes on with a sale and stops in the middle of something, to be killed there.

    python -m tests.launchpad.sales.worker SALE WHERE

says "there" once it has written what it must not be able to keep, and waits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import django


def stop_after(really: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The same function, that never comes back from its so-manieth call."""
    calls = iter(range(1, times + 1))

    def stops(*args: Any, **kwargs: Any) -> Any:
        answer = really(*args, **kwargs)
        if next(calls) == times:
            sys.stdout.write("there\n")
            sys.stdout.flush()
            time.sleep(60)
        return answer

    return stops


def main(sale_id: int, where: str) -> None:
    django.setup()
    from launchpad.sales import allocate, release, settle, sweep

    settle.distribute.__kwdefaults__["limit"] = 10
    settle.refund.__kwdefaults__["limit"] = 10
    release.release_due.__kwdefaults__["limit"] = 10
    if where == "allocating":  # results are written, sums are checked, nothing is committed
        allocate.checked_sums = stop_after(allocate.checked_sums, 1)
    if where == "settling":  # the third batch is in the ledger, and marked
        settle._mark = stop_after(settle._mark, 3)
    if where == "releasing":  # the second batch is in the ledger, and not marked
        release._give = stop_after(release._give, 2)
    sweep.go_on(sale_id)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
