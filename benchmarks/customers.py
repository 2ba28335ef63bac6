"""A year of invented customers for monitoring: ordinary lives, look-alikes, and labelled crime.

    python -m benchmarks.customers --seed 7 --stretch 3 --out FOLDER

writes events.csv.gz, accounts.csv and truth.csv in the columns that `manage.py monitor_replay`
reads. Look-alikes do what rules fire at and have a reason for it: merchants are paid by hundreds,
payrolls pay dozens every month, desks move large sums all day, arbitrage passes everything
through, travellers log in from everywhere, families share a device, savers buy equal amounts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
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


def live(world: World) -> list[str]:
    """Ordinary customers; returns them."""
    r = world.random
    people = [world.account(-r.uniform(30, 1_200)) for _ in range(world.users)]
    people += [world.account(r.uniform(0, DAYS - 5)) for _ in range(world.users // 8)]
    for user in people:
        born = max(0.0, float(str(world.accounts[user]["created"])))
        own = [world.token("bc1") for _ in range(r.choice((1, 1, 2)))]
        typical = world.amount(110, 0.7)
        busy = world.amount(3.0, 0.8)
        for at in world.moments(busy, born):
            kind = r.choices(
                (
                    "fiat_deposit",
                    "fiat_withdrawal",
                    "crypto_deposit",
                    "crypto_withdrawal",
                    "transfer",
                    "login",
                    "withdrawal_address_added",
                    "password_reset",
                ),
                (24, 10, 14, 12, 20, 12, 3, 1),
            )[0]
            usd = world.amount(typical)
            if kind.startswith("fiat"):
                world.add(at, kind, user, "bank", usd)
            elif kind == "crypto_deposit":
                dirty = round(r.uniform(0.002, 0.04), 3) if r.random() < 0.01 else 0.0
                world.add(at, kind, user, world.token("bc1"), usd, mixer=dirty)
            elif kind == "crypto_withdrawal":
                world.add(at, kind, user, r.choice(own), usd)
            elif kind == "transfer":
                world.add(at, kind, user, r.choice(people), min(usd, 400))
            elif kind == "withdrawal_address_added":
                world.add(at, kind, user, world.token("bc1"))
            else:
                world.add(at, kind, user)
    return people


def look_alikes(world: World, people: list[str]) -> None:
    r = world.random

    def some(count: int, tier: int | None = 3) -> list[str]:
        """Mostly old accounts, some that open during the year; as many as there are people."""
        count = max(1, round(count * world.users / 1_600))
        return [
            world.account(r.uniform(5, 220) if r.random() < 0.25 else -r.uniform(30, 900), tier)
            for _ in range(count)
        ]

    def born(user: str) -> float:
        return max(0.0, float(str(world.accounts[user]["created"])) + 2)

    for merchant in some(20):
        for at in world.moments(world.amount(28, 0.2), born(merchant)):
            world.add(at, "transfer", r.choice(people), merchant, world.amount(55, 0.5))
        for at in world.moments(4, born(merchant)):
            world.add(at, "fiat_withdrawal", merchant, "bank", world.amount(1_800, 0.4))
    for payroll in some(18):
        staff = r.sample(people, r.randint(14, 40))
        for month in range(9):
            at = (month * 30 + r.uniform(3, 6)) * DAY
            if at / DAY < born(payroll):
                continue
            world.add(at, "fiat_deposit", payroll, "bank", 2_200 * len(staff))
            for person in staff:
                world.add(
                    at + r.uniform(4, 8), "transfer", payroll, person, world.amount(2_100, 0.3)
                )
            staff = [p for p in staff if r.random() > 0.03] + r.sample(people, r.randint(0, 2))
    for desk in some(34):
        own = world.token("bc1")
        for at in world.moments(38, born(desk)):
            kind = r.choice(
                (
                    "fiat_deposit",
                    "fiat_withdrawal",
                    "crypto_deposit",
                    "crypto_withdrawal",
                    "transfer",
                )
            )
            to = "bank" if kind.startswith("fiat") else own
            if kind == "crypto_deposit":
                to = world.token("bc1")
            if kind == "transfer":
                if r.random() < 0.6:
                    continue
                to = r.choice(people)
            world.add(at, kind, desk, to, world.amount(9_500, 0.7))
    for trader in some(34):
        venue, sources = world.token("bc1"), [world.token("bc1") for _ in range(4)]
        for at in world.moments(34, born(trader)):
            usd = world.amount(4_800, 0.45)
            world.add(at, "crypto_deposit", trader, r.choice(sources), usd)
            world.add(
                at + r.uniform(0.6, 2),
                "crypto_withdrawal",
                trader,
                venue,
                usd * r.uniform(0.97, 1.02),
            )
    for traveller in r.sample(people, max(1, world.users // 32)):
        own = world.token("bc1")
        for at in world.moments(1, born(traveller)):
            abroad = r.choice(COUNTRIES)
            world.add(at, "login", traveller, device=world.token("dev"), country=abroad)
            world.add(at + 1, "crypto_withdrawal", traveller, own, world.amount(90), country=abroad)
    for _ in range(max(1, world.users // 64)):
        family = r.sample(people, r.randint(2, 4))
        for member in family[1:2]:
            world.home[member] = world.home[family[0]]
        for at in world.moments(3, max(map(born, family))):
            payer, receiver = r.sample(family, 2)
            world.add(at, "transfer", payer, receiver, world.amount(350, 0.5))
    for saver in some(20, 2):
        usd, every = r.uniform(100, 900), r.choice((7, 14, 30))
        for day in range(int(born(saver)) + r.randint(0, 6), DAYS, every):
            world.add(day * DAY + 9, "fiat_deposit", saver, "bank", usd * r.uniform(0.97, 1.03))


def crime(world: World, people: list[str], each: int) -> None:
    """`each` instances of every scenario of the truth, at distinct customers."""
    r = world.random
    pool = [user for user in people if float(str(world.accounts[user]["created"])) < -60]
    r.shuffle(pool)
    for number in range(each * len(CRIMES)):
        name, commit = CRIMES[number % len(CRIMES)]
        start = r.uniform(CRIME_FROM, CRIME_UNTIL) * DAY
        before = len(world.events)
        users = commit(world, pool, start)
        own = [event for event in world.events[before:] if event["at"] >= start - 0.01]  # type: ignore[operator]
        world.truth.append(
            {
                "instance": f"{name}-{number}",
                "scenario": name,
                "key_user": users[0],
                "users": " ".join(users),
                "start": min(event["at"] for event in own),  # type: ignore[type-var]
                "end": max(event["at"] for event in own),  # type: ignore[type-var]
            }
        )


def structuring(w: World, pool: list[str], at: float) -> list[str]:
    user = pool.pop()
    for _ in range(w.random.randint(4, 8)):
        w.add(at, "fiat_deposit", user, "bank", w.random.uniform(8_200, 9_950))
        at += w.random.uniform(1, 15) * w.stretch
    return [user]


def pass_through(w: World, pool: list[str], at: float) -> list[str]:
    user = pool.pop()
    for _ in range(w.random.randint(3, 6)):
        usd = w.random.uniform(4_000, 20_000)
        w.add(at, "fiat_deposit", user, "bank", usd)
        out = at + w.random.uniform(0.3, 2) * w.stretch
        w.add(out, "crypto_withdrawal", user, w.token("bc1"), usd * w.random.uniform(0.92, 0.99))
        at += w.random.uniform(4, 46) * w.stretch
    return [user]


def dormant_reactivated(w: World, pool: list[str], at: float) -> list[str]:
    user = w.account(-500.0, 2)
    w.add(24, "login", user)
    w.add(at, "login", user)
    device = w.token("dev")
    usd = w.random.uniform(15_000, 38_000)
    w.add(at + w.stretch, "crypto_deposit", user, w.token("bc1"), usd, device=device)
    w.add(
        at + w.random.uniform(3, 38) * w.stretch,
        "crypto_withdrawal",
        user,
        w.token("bc1"),
        w.random.uniform(11_000, 12_000),
        device=device,
    )
    return [user]


def fan_in(w: World, pool: list[str], at: float) -> list[str]:
    hub, senders = pool.pop(), [pool.pop() for _ in range(w.random.randint(5, 10))]
    total, last = 0.0, at
    for sender in senders:
        last, usd = at + w.random.uniform(0, 48) * w.stretch, w.random.uniform(700, 3_000)
        w.add(last, "transfer", sender, hub, usd)
        total += usd
    end = at + w.random.uniform(49, 58) * w.stretch
    w.add(end, "crypto_withdrawal", hub, w.token("bc1"), total * w.random.uniform(0.85, 0.98))
    return [hub, *senders]


def fan_out(w: World, pool: list[str], at: float) -> list[str]:
    source, receivers = pool.pop(), []
    w.add(at, "crypto_deposit", source, w.token("bc1"), 20_000)
    for _ in range(w.random.randint(6, 10)):
        receiver = w.account(at / DAY - w.random.uniform(1, 8), 1)
        got = at + w.random.uniform(1, 22) * w.stretch
        usd = w.random.uniform(1_500, 2_500)
        w.add(got, "transfer", source, receiver, usd)
        w.add(
            got + w.random.uniform(3, 16) * w.stretch,
            "crypto_withdrawal",
            receiver,
            w.token("bc1"),
            usd * 0.97,
        )
        receivers.append(receiver)
    return [source, *receivers]


def cycle(w: World, pool: list[str], at: float) -> list[str]:
    ring = [pool.pop() for _ in range(w.random.randint(3, 7))]
    usd = w.random.uniform(5_000, 18_000)
    for payer, receiver in zip(ring, [*ring[1:], ring[0]], strict=True):
        w.add(at, "transfer", payer, receiver, usd)
        usd *= w.random.uniform(0.93, 0.99)
        at += w.random.uniform(3, 17) * w.stretch
    return ring


def scatter_gather(w: World, pool: list[str], at: float) -> list[str]:
    source, sink = pool.pop(), pool.pop()
    mules = [pool.pop() for _ in range(w.random.randint(5, 7))]
    for mule in mules:
        out, usd = at + w.random.uniform(0, 40) * w.stretch, w.random.uniform(2_500, 4_100)
        w.add(out, "transfer", source, mule, usd)
        w.add(
            out + w.random.uniform(4, 48) * w.stretch,
            "transfer",
            mule,
            sink,
            usd * w.random.uniform(0.95, 0.99),
        )
    return [sink, source, *mules]


def gather_scatter(w: World, pool: list[str], at: float) -> list[str]:
    hub = pool.pop()
    senders = [pool.pop() for _ in range(w.random.randint(4, 6))]
    receivers = [pool.pop() for _ in range(w.random.randint(4, 6))]
    total = 0.0
    for sender in senders:
        usd = w.random.uniform(2_200, 4_000)
        w.add(at + w.random.uniform(0, 24) * w.stretch, "transfer", sender, hub, usd)
        total += usd
    for receiver in receivers:
        usd = total * 0.95 / len(receivers) * w.random.uniform(0.97, 1.03)
        w.add(at + w.random.uniform(25, 56) * w.stretch, "transfer", hub, receiver, usd)
    return [hub, *senders, *receivers]


def new_account_velocity(w: World, pool: list[str], at: float) -> list[str]:
    user, venue = (
        w.account(at / DAY - w.random.uniform(0.5, 5), w.random.choice((1, 1, 2))),
        w.token("bc1"),
    )
    for _ in range(4):
        w.add(at, "crypto_deposit", user, w.token("bc1"), w.random.uniform(6_000, 15_000))
        w.add(
            at + w.random.uniform(1, 5) * w.stretch,
            "crypto_withdrawal",
            user,
            venue,
            w.random.uniform(5_500, 6_000),
        )
        at += 8 * w.stretch
    return [user]


def high_risk_jurisdiction(w: World, pool: list[str], at: float) -> list[str]:
    user, country = pool.pop(), w.random.choice(LISTED)
    w.add(at, "login", user, country=country)
    w.add(
        at + w.stretch,
        "crypto_withdrawal",
        user,
        w.token("bc1"),
        w.random.uniform(1_000, 4_000),
        country=country,
    )
    return [user]


def mixer_exposure(w: World, pool: list[str], at: float) -> list[str]:
    user = pool.pop()
    for _ in range(w.random.randint(1, 3)):
        share = round(w.random.uniform(0.12, 0.9), 3)
        w.add(
            at, "crypto_deposit", user, w.token("bc1"), w.random.uniform(1_100, 9_000), mixer=share
        )
        at += w.stretch
    return [user]


def sanctioned_address(w: World, pool: list[str], at: float) -> list[str]:
    user = pool.pop()
    kind = w.random.choice(("crypto_deposit", "crypto_withdrawal"))
    w.add(at, kind, user, w.token("bc1"), w.random.uniform(500, 4_000), hops=w.random.randint(0, 1))
    return [user]


def account_takeover(w: World, pool: list[str], at: float) -> list[str]:
    user, device, venue = pool.pop(), w.token("dev"), w.token("bc1")
    thief: dict[str, Any] = {"device": device, "country": w.random.choice(COUNTRIES)}
    w.add(at, "password_reset", user, **thief)
    w.add(at + 0.1 * w.stretch, "login", user, **thief)
    added = at + w.random.uniform(0.7, 2) * w.stretch
    w.add(added, "withdrawal_address_added", user, venue, **thief)
    w.add(
        added + w.random.uniform(2, 18) * w.stretch,
        "crypto_withdrawal",
        user,
        venue,
        w.random.uniform(5_000, 9_000),
        **thief,
    )
    return [user]


Commit = Callable[[World, list[str], float], list[str]]
CRIMES: tuple[tuple[str, Commit], ...] = tuple(
    (each.__name__, each)
    for each in (
        structuring,
        pass_through,
        dormant_reactivated,
        fan_in,
        fan_out,
        cycle,
        scatter_gather,
        gather_scatter,
        new_account_velocity,
        high_risk_jurisdiction,
        mixer_exposure,
        sanctioned_address,
        account_takeover,
    )
)


def make(seed: int, stretch: float = 1.0, *, users: int = 1_600, each: int = 8) -> World:
    world = World(seed, stretch, users)
    people = live(world)
    look_alikes(world, people)
    crime(world, people, each)
    world.events.sort(key=lambda event: event["at"])  # type: ignore[arg-type,return-value]
    return world


def write(world: World, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "events.csv.gz", "wt", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for number, event in enumerate(world.events):
            writer.writerow({**event, "id": number, "ts": moment(event["at"])})
    with (folder / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
        accounts = csv.DictWriter(file, ("user", "kyc_tier", "country", "created"))
        accounts.writeheader()
        for account in world.accounts.values():
            accounts.writerow({**account, "created": moment(float(str(account["created"])) * DAY)})
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        truth = csv.DictWriter(file, ("instance", "scenario", "key_user", "users", "start", "end"))
        truth.writeheader()
        for row in world.truth:
            truth.writerow({**row, "start": moment(row["start"]), "end": moment(row["end"])})


def moment(hours: object) -> str:
    at = START + timedelta(hours=float(str(hours)))
    return at.replace(tzinfo=None).isoformat(timespec="seconds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stretch", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    write(make(given.seed, given.stretch), given.out)
