"""Where the invented customers live: their accounts, what they do, and what was a crime."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import exp
from random import Random
from typing import Any

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 270
CRIME_FROM, CRIME_UNTIL = 190, 240  # days: late enough for a past, early enough to end
COUNTRIES = "US CA GB DE FR JP AU BR MX IN PH VN TR NG AE".split()
LISTED = ("IR", "KP", "CU", "SY", "MM")
HOUR, DAY = 1.0, 24.0

COLUMNS = (
    "id ts type user counterparty amount_usd device ip_country mixer_exposure sanctioned_hops"
).split()


@dataclass
class World:
    """What happened, in hours since the start; sorted and numbered when written."""

    seed: int
    stretch: float = 1.0
    users: int = 1_600
    events: list[dict[str, object]] = field(default_factory=list)
    accounts: dict[str, dict[str, object]] = field(default_factory=dict)
    truth: list[dict[str, object]] = field(default_factory=list)
    home: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def account(self, created_day: float, tier: int | None = None) -> str:
        user = f"u{len(self.accounts):05}"
        tier = tier or self.random.choices((1, 2, 3), (20, 55, 25))[0]
        self.accounts[user] = {
            "user": user,
            "kyc_tier": tier,
            "country": self.random.choice(COUNTRIES),
            "created": created_day,
        }
        self.home[user] = self.token("dev")
        return user

    def token(self, prefix: str) -> str:
        return f"{prefix}{self.random.getrandbits(48):012x}"

    def add(
        self,
        at: float,
        kind: str,
        user: str,
        counterparty: str = "",
        usd: float = 0.0,
        **more: Any,
    ) -> None:
        if not 0 <= at < DAYS * DAY:
            return
        self.events.append(
            {
                "at": at,
                "type": kind,
                "user": user,
                "counterparty": counterparty,
                "amount_usd": round(usd, 2),
                "device": more.get("device", self.home[user]),
                "ip_country": more.get("country", self.accounts[user]["country"]),
                "mixer_exposure": more.get("mixer", 0.0),
                "sanctioned_hops": more.get("hops", ""),
            }
        )

    def amount(self, typical: float, spread: float = 0.9) -> float:
        return typical * exp(self.random.gauss(0, spread))

    def moments(self, a_month: float, from_day: float = 0.0) -> list[float]:
        """Hours of a Poisson process."""
        at = from_day * DAY
        found: list[float] = []
        while True:
            at += self.random.expovariate(a_month / (30 * DAY))
            if at >= DAYS * DAY:
                return found
            found.append(at)
