"""The labelled crimes, one function each: who did it, among whom, from when on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.world import COUNTRIES, DAY, LISTED, World


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
