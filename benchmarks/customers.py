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
from datetime import timedelta
from pathlib import Path

from benchmarks.crimes import CRIMES
from benchmarks.world import COLUMNS, COUNTRIES, CRIME_FROM, CRIME_UNTIL, DAY, DAYS, START, World


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
    """In this order: every draw of the seed has its place."""
    merchants(world, people)
    payrolls(world, people)
    desks(world, people)
    arbitrage(world)
    travellers(world, people)
    families(world, people)
    savers(world)


def some(world: World, count: int, tier: int | None = 3) -> list[str]:
    """Mostly old accounts, some that open during the year; as many as there are people."""
    r = world.random
    count = max(1, round(count * world.users / 1_600))
    return [
        world.account(r.uniform(5, 220) if r.random() < 0.25 else -r.uniform(30, 900), tier)
        for _ in range(count)
    ]


def born(world: World, user: str) -> float:
    return max(0.0, float(str(world.accounts[user]["created"])) + 2)


def merchants(world: World, people: list[str]) -> None:
    """Paid by hundreds, and paid out once in a while."""
    r = world.random
    for merchant in some(world, 20):
        for at in world.moments(world.amount(28, 0.2), born(world, merchant)):
            world.add(at, "transfer", r.choice(people), merchant, world.amount(55, 0.5))
        for at in world.moments(4, born(world, merchant)):
            world.add(at, "fiat_withdrawal", merchant, "bank", world.amount(1_800, 0.4))


def payrolls(world: World, people: list[str]) -> None:
    """Money for everybody once a month."""
    r = world.random
    for payroll in some(world, 18):
        staff = r.sample(people, r.randint(14, 40))
        for month in range(9):
            at = (month * 30 + r.uniform(3, 6)) * DAY
            if at / DAY < born(world, payroll):
                continue
            world.add(at, "fiat_deposit", payroll, "bank", 2_200 * len(staff))
            for person in staff:
                world.add(
                    at + r.uniform(4, 8), "transfer", payroll, person, world.amount(2_100, 0.3)
                )
            staff = [p for p in staff if r.random() > 0.03] + r.sample(people, r.randint(0, 2))


def desks(world: World, people: list[str]) -> None:
    """Large sums all day."""
    r = world.random
    for desk in some(world, 34):
        own = world.token("bc1")
        for at in world.moments(38, born(world, desk)):
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


def arbitrage(world: World) -> None:
    """What comes in leaves within hours, to one venue."""
    r = world.random
    for trader in some(world, 34):
        venue, sources = world.token("bc1"), [world.token("bc1") for _ in range(4)]
        for at in world.moments(34, born(world, trader)):
            usd = world.amount(4_800, 0.45)
            world.add(at, "crypto_deposit", trader, r.choice(sources), usd)
            world.add(
                at + r.uniform(0.6, 2),
                "crypto_withdrawal",
                trader,
                venue,
                usd * r.uniform(0.97, 1.02),
            )


def travellers(world: World, people: list[str]) -> None:
    """Logged in from everywhere."""
    r = world.random
    for traveller in r.sample(people, max(1, world.users // 32)):
        own = world.token("bc1")
        for at in world.moments(1, born(world, traveller)):
            abroad = r.choice(COUNTRIES)
            world.add(at, "login", traveller, device=world.token("dev"), country=abroad)
            world.add(at + 1, "crypto_withdrawal", traveller, own, world.amount(90), country=abroad)


def families(world: World, people: list[str]) -> None:
    """Who share a device and pay each other."""
    r = world.random
    for _ in range(max(1, world.users // 64)):
        family = r.sample(people, r.randint(2, 4))
        for member in family[1:2]:
            world.home[member] = world.home[family[0]]
        for at in world.moments(3, max(born(world, each) for each in family)):
            payer, receiver = r.sample(family, 2)
            world.add(at, "transfer", payer, receiver, world.amount(350, 0.5))


def savers(world: World) -> None:
    """Equal amounts at equal distances."""
    r = world.random
    for saver in some(world, 20, 2):
        usd, every = r.uniform(100, 900), r.choice((7, 14, 30))
        for day in range(int(born(world, saver)) + r.randint(0, 6), DAYS, every):
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
