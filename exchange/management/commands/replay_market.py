"""Replay markets' applied logs and name the first version that differs."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.markets.models import Market
from exchange.trading.replay import traded_markets, verify_market

BAR = 40


class Command(BaseCommand):
    help = "Replay a market from an empty book. Exit code 1 names the first differing version."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("symbol", nargs="?", help="a market, as in BTC_USDT")
        which.add_argument("--all", action="store_true", help="every market that ever traded")

    def handle(self, *args: Any, symbol: str | None = None, **options: Any) -> None:
        broken = []
        for market_id in [_market(symbol)] if symbol else traded_markets():
            result = verify_market(market_id, progress=_progress)
            verdict = "agrees" if result.agrees else f"DIFFERS at {result.difference}"
            self.stdout.write(
                f"{result.symbol}: {result.versions:,} versions, {result.commands:,} commands,"
                f" {result.open_orders:,} open orders: {verdict}"
            )
            if not result.agrees:
                broken.append(result)
        if broken:
            raise CommandError(f"{broken[0].symbol} DIFFERS: {broken[0].difference}")


def _market(symbol: str) -> int:
    found = Market.objects.filter(symbol=symbol).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no market {symbol}.", returncode=2)
    return int(found)


def _progress(done: int, total: int) -> None:
    """A bar on a terminal; nothing in a log file."""
    if not sys.stderr.isatty():
        return
    filled = BAR * done // total if total else BAR
    end = "\n" if done >= total else ""
    bar = "#" * filled + "." * (BAR - filled)
    print(f"\r[{bar}] {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)
