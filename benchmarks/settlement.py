"""Durable orders a second: placed with their funds held, matched and settled, against the baseline.

Both sides get the same stream of commands over the same tables with the same guards, PostgreSQL
flushing every commit. The exchange takes it as it would from busy gateways: batches of 1,000 through
`place_many` and `cancel_many`, each followed by the matcher's batch. The baseline takes one
command a transaction. Balances, order states and trades must come out equal, or there is no figure.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.scratch import database, report

OWNERS = 1_000
BATCH = 1_000
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
        _, state = second.run_batched(short)
        if state != naive_state:
            sys.exit("the exchange and the baseline do not agree: no figure")
        third = arena.Arena("LTC_USDT")
        rate, _ = third.run_batched(list(batches(third.stream(commands))))
        report("durable placed, matched and settled", rate, "commands/s", naive_rate)
        place, match = third.shares
        report("share of it spent placing", 100 * place / (place + match), "%")
        third.verify()


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
