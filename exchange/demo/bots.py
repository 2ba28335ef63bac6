"""Two market makers, ordinary users of the API: one quotes, the other takes.

Beat wakes them every few seconds for a few markets at a time. Each tick is bounded: one batch of
quotes, the cancels of those before and one taking order a market, each request with a timeout.
They know nothing that an integrator could not know.
"""

from __future__ import annotations

import hmac
import json
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings

from exchange.accounts import api_keys
from exchange.accounts.models import ApiKey
from exchange.core import clock
from exchange.demo.history import lotted, ticked
from exchange.demo.people import BOTS
from exchange.markets.models import Market

log = logging.getLogger(__name__)

MARKETS_A_TICK = 4
TICK_SECONDS = 5
BATCH = 10  # orders that one request may name
LEVELS = 5  # on each side: one batch
TIMEOUT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Client:
    """Signs requests as the wire format asks."""

    key: str
    secret: str
    memo: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's envelope; an error status has one too."""
        payload = json.dumps(body)
        stamp = str(clock.now_ms())
        message = f"{stamp}#{self.memo}#{payload}"
        request = urllib.request.Request(  # noqa: S310  our own address
            settings.BASE_URL + path,
            data=payload.encode(),
            headers={
                "Content-Type": "application/json",
                "X-BM-KEY": self.key,
                "X-BM-TIMESTAMP": stamp,
                "X-BM-SIGN": hmac.digest(self.secret.encode(), message.encode(), "sha256").hex(),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return json.load(refused)


def tick() -> int:
    """Quote and take in the markets whose turn it is. Returns how many markets moved."""
    maker, taker = (_client(name) for name in BOTS)
    if maker is None or taker is None:
        return 0
    turn = clock.now_ms() // 1000 // TICK_SECONDS
    random = Random(turn)  # noqa: S311
    markets = list(
        Market.objects.filter(liquid=True, status=Market.Status.TRADING)
        .select_related("base", "quote", "ticker")
        .order_by("rank")
    )
    chosen = [markets[(turn * MARKETS_A_TICK + i) % len(markets)] for i in range(MARKETS_A_TICK)]
    moved = 0
    for market in {m.pk: m for m in chosen}.values():
        try:
            moved += _move(market, maker, taker, random)
        except (OSError, json.JSONDecodeError) as error:
            log.warning("bots: %s left alone: %s", market.symbol, error)
    return moved


def _move(market: Market, maker: Client, taker: Client, random: Random) -> int:
    mid = _next_mid(market, random)
    standing = maker.post("/spot/v4/query/open-orders", {"symbol": market.symbol})
    old = [order["orderId"] for order in standing.get("data") or []]
    quotes = [
        {
            "side": side,
            "type": "limit_maker",
            "price": format(ticked(market, mid * (1 + sign * _distance(level))), "f"),
            "size": format(lotted(market, Decimal(random.randint(500, 5000)) * level), "f"),
        }
        for level in range(1, LEVELS + 1)
        for side, sign in (("buy", -1), ("sell", 1))
    ]
    answer = maker.post("/spot/v4/batch_orders", {"symbol": market.symbol, "orderParams": quotes})
    # The old quotes go only when the new ones stand, so that nobody ever meets an empty book.
    for start in range(0, len(old), BATCH):
        maker.post(
            "/spot/v4/cancel_orders",
            {"symbol": market.symbol, "orderIds": old[start : start + BATCH]},
        )
    side, sign = random.choice((("buy", 1), ("sell", -1)))
    taker.post(
        "/spot/v2/submit_order",
        {
            "symbol": market.symbol,
            "side": side,
            "type": "ioc",
            "price": format(ticked(market, mid * (1 + sign * Decimal("0.0015"))), "f"),
            "size": format(lotted(market, Decimal(random.randint(50, 2000))), "f"),
        },
    )
    return int(answer.get("code") == 1000)


def _next_mid(market: Market, random: Random) -> Decimal:
    """A small step from the last price, pulled back towards the reference."""
    ticker = getattr(market, "ticker", None)
    last = ticker.last if ticker and ticker.last else market.reference_price
    if market.base.kind == "stablecoin":
        return market.reference_price
    away = (market.reference_price - last) / market.reference_price
    return last * (1 + Decimal(str(round(random.gauss(0, 0.0006), 6))) + away / 50)


def _distance(level: int) -> Decimal:
    return Decimal(level) * Decimal("0.0003")


def _client(label: str) -> Client | None:
    """A bot's own key, opened from the vault; None when the demo was not seeded."""
    row = ApiKey.objects.filter(label=label, revoked_at__isnull=True).order_by("-id").first()
    found = api_keys.credentials(row.key) if row else None
    return Client(found.key, found.secret, found.memo) if found and not found.frozen else None
