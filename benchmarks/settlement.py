"""Durable orders a second: placed with their funds held, matched and settled, against the baseline.

Both sides get the same stream of commands over the same tables with the same guards, PostgreSQL
flushing every commit. First both take a short one in step, and balances, order states and trades
must come out equal, or there is no figure. The baseline takes one command a transaction: that is
its rate. The exchange then takes a long one as it would in production: two processes are gateways,
as the web has two, and pass their customers' orders and cancels on in batches of 1,000
(`place_many`, `cancel_many`), a third is the market's matcher; the clock stops when nothing waits
any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.scratch import database, report

OWNERS = 1_000
BATCH = 1_000
GATEWAYS = 2
COMMANDS = 40_000
BASELINE_COMMANDS = 1_500


def main(commands: int = COMMANDS, baseline_commands: int = BASELINE_COMMANDS) -> None:
    with database():
        from benchmarks import arena

        arena.people(OWNERS)
        first = arena.Arena("BTC_USDT")
        short = list(batches(first.stream(baseline_commands)))
        naive_rate, naive_state = first.run_naive(short)
        second = arena.Arena("ETH_USDT")
        state = second.run_batched(short)
        if state != naive_state:
            sys.exit("the exchange and the baseline do not agree: no figure")
        third = arena.Arena("LTC_USDT")
        by_gateway: list[list] = [[] for _ in range(GATEWAYS)]
        for command in third.stream(commands):  # a customer stays with one gateway
            by_gateway[third.owner_of(command.order_id) % GATEWAYS].append(command)
        rate = third.run_apart([list(batches(each)) for each in by_gateway])
        third.verify()
        report("durable placed, matched and settled", rate, "commands/s", naive_rate)
        fourth = arena.Arena("XRP_USDT")
        rate = fourth.run_matching(list(batches(fourth.stream(commands))))
        report("durable matched and settled", rate, "commands/s", naive_rate)


def batches(stream: list) -> Iterator[tuple[list, list]]:
    """(orders, cancels) of 1,000 commands each, for both sides alike."""
    from exchange.matching.commands import Op

    for start in range(0, len(stream), BATCH):
        chunk = stream[start : start + BATCH]
        yield (
            [c for c in chunk if c.op == Op.PLACE],
            [c for c in chunk if c.op == Op.CANCEL],
        )


if __name__ == "__main__":
    main()
