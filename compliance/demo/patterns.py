"""What a few of the demo's customers are up to, each pattern as the casebooks tell it.

Every function adds facts to a `Telling` and names whom an officer should find. They are invented,
and drawn from a seed: every demo has the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from compliance.demo.people import Person
from exchange.core.facts import FactKind, NewFact

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CENT, COIN = Decimal("0.01"), Decimal("0.000001")
ON_CHAIN = (FactKind.CRYPTO_DEPOSIT, FactKind.CRYPTO_WITHDRAWAL)


def _digest(named: str) -> str:
    return hashlib.sha256(named.encode()).hexdigest()


def _hex(named: str, digits: int) -> str:
    return "0x" + _digest(named)[:digits]


@dataclass(slots=True)
class Telling:
    """Facts as they are gathered, and who belongs to which pattern."""

    random: Random
    prices: Mapping[str, Decimal] = field(default_factory=dict)  # of a coin, in USD
    scale: float = 1.0  # of the amounts: what looks alike and is honest tends to be smaller
    facts: list[NewFact] = field(default_factory=list)
    guilty: dict[str, list[int]] = field(default_factory=dict)
    opened: dict[int, datetime] = field(default_factory=dict)  # accounts that a pattern needs young

    def tell(
        self, kind: FactKind, who: Person, at: datetime, usd: float | None = None, **more: Any
    ) -> None:
        worth = None if usd is None else Decimal(usd).quantize(CENT)
        asset = more.pop("asset", "USDT" if usd is not None else "")
        more.setdefault("ip_country", who.country)
        more.setdefault("ip", who.home)
        more["device"] = _digest(more.get("device", f"demo-device-{who.pk}"))[:32]
        if kind in ON_CHAIN:
            self._on_a_chain(who, more)
        elif "address" in more:
            more["address"] = _hex(more["address"], 40)
        self.facts.append(
            NewFact(
                kind=kind,
                customer_id=who.pk,
                at=at,
                reference=f"demo:{len(self.facts)}",
                asset=asset,
                amount=self._coins(asset, worth),
                usd=worth,
                **more,
            )
        )

    def _on_a_chain(self, who: Person, more: dict[str, Any]) -> None:
        """Addresses and a transaction as that chain writes them, the same in every demo."""
        named = more.get("address", f"demo-source-{who.pk}")
        more["address"] = _hex(named, 40)
        more["extra"] = {
            **more.get("extra", {}),
            "to": _hex(f"demo-deposit-{who.pk}", 40),
            "txid": _hex(f"demo-transaction-{len(self.facts)}", 64),
        }

    def _coins(self, asset: str, worth: Decimal | None) -> Decimal | None:
        if worth is None:
            return None
        return (worth / self.prices.get(asset, Decimal(1))).quantize(COIN)

    def about(self, name: str, *people: Person) -> None:
        self.guilty.setdefault(name, []).extend(each.pk for each in people)

    def near(self, value: float, spread: float) -> float:
        return value * self.random.uniform(1 - spread, 1 + spread)


def structuring(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Deposits a little below ten thousand, day after day."""
    who = people[0]
    for n in range(8):
        usd = t.random.uniform(8_300, 9_900)
        t.tell(FactKind.FIAT_DEPOSIT, who, at + n * 9 * HOUR, usd)
    t.about("structuring", who)


def pass_through(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """What comes in leaves within hours, several times."""
    who = people[0]
    for n in range(4):
        usd = t.random.uniform(6_000, 14_000) * t.scale
        came = at + n * 36 * HOUR
        t.tell(FactKind.CRYPTO_DEPOSIT, who, came, usd, address=f"demo-source-{who.pk}-{n}")
        t.tell(
            FactKind.CRYPTO_WITHDRAWAL,
            who,
            came + 4 * HOUR,
            usd * 0.97,
            address=f"demo-sink-{who.pk}-{n}",
        )
    t.about("pass_through", who)


def fan_in(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Nine people pay one, who takes it out."""
    collector, *payers = people[:10]
    total = 0.0
    for n, payer in enumerate(payers):
        usd = t.random.uniform(900, 2_400) * t.scale
        total += usd
        t.tell(FactKind.TRANSFER, payer, at + n * 5 * HOUR, usd, counterparty_id=collector.pk)
    t.tell(
        FactKind.CRYPTO_WITHDRAWAL,
        collector,
        at + 50 * HOUR,
        total * 0.95,
        address=f"demo-out-{collector.pk}",
    )
    t.about("fan_in", collector)


def cycle(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """The same money goes round five people and comes home."""
    ring = list(people[:5])
    usd = t.random.uniform(15_000, 30_000)
    for n, giver in enumerate(ring):
        taker = ring[(n + 1) % len(ring)]
        t.tell(FactKind.TRANSFER, giver, at + n * 20 * HOUR, usd, counterparty_id=taker.pk)
        usd *= 0.98
    t.about("cycle", *ring)


def fan_out(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """One pays ten within a day, all of whom came a few days ago."""
    source, *takers = people[:11]
    t.tell(FactKind.CRYPTO_DEPOSIT, source, at - 3 * HOUR, 24_000 * t.scale, address="demo-funds")
    for n, taker in enumerate(takers):
        t.opened[taker.pk] = at - (2 + n) * DAY
        usd = t.random.uniform(1_800, 2_400) * t.scale
        t.tell(FactKind.TRANSFER, source, at + n * HOUR, usd, counterparty_id=taker.pk)
    t.about("fan_out", source)


def takeover(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """A new device from abroad, a reset, a new address, and everything leaves."""
    who = people[0]
    stolen: dict[str, Any] = {
        "device": f"demo-thief-{who.pk}",
        "ip": f"198.51.100.{who.pk % 250 + 1}",
        "ip_country": "NG",
    }
    t.tell(FactKind.FIAT_DEPOSIT, who, at - 20 * DAY, 18_000)
    t.tell(FactKind.CREDENTIAL_CHANGE, who, at, **stolen)
    t.tell(FactKind.DEVICE, who, at + HOUR / 6, **stolen)
    t.tell(FactKind.LOGIN, who, at + HOUR / 6, **stolen)
    t.tell(FactKind.ADDRESS_ADDED, who, at + HOUR / 3, address=f"demo-thief-{who.pk}", **stolen)
    t.tell(
        FactKind.CRYPTO_WITHDRAWAL,
        who,
        at + HOUR,
        17_500,
        address=f"demo-thief-{who.pk}",
        **stolen,
        extra={"share": "0.97"},
    )
    t.about("account_takeover", who)


def mixer(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Coins that came out of a mixer a hop ago."""
    who = people[0]
    for n in range(3):
        t.tell(
            FactKind.CRYPTO_DEPOSIT,
            who,
            at + n * 30 * HOUR,
            t.random.uniform(3_000, 9_000),
            address=f"demo-mixed-{who.pk}-{n}",
            asset="ETH",
            extra={"mixer_exposure": "0.62"},
        )
    t.about("mixer_exposure", who)


def shared_device(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Six accounts, one phone."""
    for n, who in enumerate(people[:6]):
        phone = f"demo-phone-{people[0].pk}"
        t.tell(FactKind.LOGIN, who, at + n * HOUR, device=phone)
        t.tell(FactKind.FIAT_WITHDRAWAL, who, at + (n + 8) * HOUR, 950, device=phone)
    t.about("identity_cluster", *people[:6])


def wash_trading(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Three trade a thin market round and round, and nobody's position changes."""
    ring = list(people[:3])
    for n in range(36):
        seller, buyer = ring[n % 3], ring[(n + 1) % 3]
        usd = t.near(4_000, 0.01)
        for own, other, side, maker in (
            (seller, buyer, "sell", True),
            (buyer, seller, "buy", False),
        ):
            t.tell(
                FactKind.TRADE,
                own,
                at + n * HOUR / 20,
                usd,
                counterparty_id=other.pk,
                asset="BMX",
                extra={
                    "market": "BMX_USDT",
                    "side": side,
                    "price": "0.4",
                    "order_id": f"demo-{n}-{side}",
                    "maker": maker,
                },
            )
    t.about("wash_ring", *ring)


def dormant(t: Telling, people: Sequence[Person], at: datetime) -> None:
    """Silent for most of a year, then a fortune within three days."""
    who = people[0]
    t.tell(FactKind.FIAT_DEPOSIT, who, at - 250 * DAY, 500)
    for n in range(3):
        t.tell(FactKind.FIAT_DEPOSIT, who, at + n * DAY, 14_000 * t.scale)
    t.tell(
        FactKind.CRYPTO_WITHDRAWAL,
        who,
        at + 3 * DAY,
        38_000 * t.scale,
        address=f"demo-{who.pk}",
    )
    t.about("dormant_reactivated", who)


Pattern = Callable[[Telling, Sequence[Person], datetime], None]
PATTERNS: tuple[tuple[Pattern, int], ...] = (
    # Each with how many people it takes at most.
    (structuring, 1),
    (pass_through, 1),
    (fan_in, 10),
    (cycle, 5),
    (fan_out, 11),
    (takeover, 1),
    (mixer, 1),
    (shared_device, 6),
    (wash_trading, 3),
    (dormant, 1),
)
# What looks the same and is not: a florist's takings, an employer who pays newcomers, a club's
# fund, a family with one telephone, a house that was sold, coins moved between own accounts.
HONEST: tuple[tuple[Pattern, int], ...] = (
    (structuring, 1),
    (fan_out, 11),
    (fan_in, 10),
    (shared_device, 6),
    (dormant, 1),
    (pass_through, 1),
)
