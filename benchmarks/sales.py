"""How long it takes from a sale's close to the last subscription settled, and what it comes to.

    python -m benchmarks.sales [SUBSCRIPTIONS]

Prints one JSON line: `value` is the seconds of everything between (the digest of who takes part,
the lottery of all tickets, writing results, payment, refund and tokens of everybody in the ledger,
the checks of all sums), for 20,000 subscriptions unless another number is given. Five times as much
is asked for as is offered. Nothing is printed unless the ledger's entries alone come to the same as
the subscriptions, and every unit of money and tokens is accounted for.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal

from benchmarks.scratch import database

PEOPLE = 20_000


def main(people: int) -> None:
    with database():
        from benchmarks import subscribers
        from launchpad.sales import allocate, recompute, run, settle
        from launchpad.sales.models import Subscription

        lots = 110 * people
        sale = subscribers.open_sale(people=people, mode="tickets", lots=lots)
        subscribers.gather_statistics()
        marks = [time.monotonic()]
        assert run.close_due(sale.pk)
        marks.append(time.monotonic())
        assert allocate.allocate(sale.pk)
        marks.append(time.monotonic())
        while settle.distribute(sale_id=sale.pk):
            pass
        marks.append(time.monotonic())
        sale.refresh_from_db()
        compared = recompute.compare(sale.pk)
        exact = (
            sale.state == "finished"
            and sale.allocated == Decimal(lots)
            and sale.spent + sale.refunded == sale.committed
            and compared.people == people
            and compared.wrong == 0
        )
        if not exact:
            sys.exit(f"the sums disagree: no figure ({compared})")
        winners = Subscription.objects.filter(sale=sale, lots__gt=0).count()
    print(
        json.dumps(
            {
                "name": f"a sale of {people:,} subscriptions allocated and settled",
                "value": round(marks[-1] - marks[0], 2),
                "unit": "s",
                "baseline": None,
                "ratio": None,
                "closed_s": round(marks[1] - marks[0], 2),
                "allocated_s": round(marks[2] - marks[1], 2),
                "settled_s": round(marks[3] - marks[2], 2),
                "winners": winners,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else PEOPLE)
