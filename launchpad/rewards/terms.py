"""The figures of each kind of campaign, as they are kept and as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from exchange.core.errors import Invalid
from exchange.core.foreign import whole_of
from exchange.core.money import parse, plain
from exchange.markets.models import Market
from launchpad.rewards.models import Campaign

Kind = Campaign.Kind
PRO_RATA, PER_HEAD, UPLOAD = "pro_rata", "per_head", "upload"
MOST_PRIZES = 200
MOST_MARKETS = 50


class Airdrop(NamedTuple):
    """`total` is divided by power, or everybody gets `each`; an upload says it line by line."""

    rule: str
    least: Decimal
    each: Decimal
    total: Decimal
    snapshot_id: int | None
    one_per_person: bool


class DepositBonus(NamedTuple):
    """Keep at least `least` more than before for `days`: `percent` of what was kept, up to
    `cap`."""

    least: Decimal
    percent: Decimal
    cap: Decimal
    days: int


class Competition(NamedTuple):
    """Prizes by place for the largest volume in these markets (none named: in all)."""

    markets: tuple[str, ...]
    prizes: tuple[Decimal, ...]
    least_usd: Decimal


class Referral(NamedTuple):
    share_percent: Decimal
    days: int

    @property
    def share_ppm(self) -> int:
        return int(self.share_percent * 10_000)


class Lessons(NamedTuple):
    each: Decimal


def airdrop(campaign: Campaign) -> Airdrop:
    t = _of(campaign, Kind.AIRDROP)
    snapshot = t.get("snapshot_id")
    return Airdrop(
        t["rule"],
        Decimal(t["least"]),
        Decimal(t["each"]),
        Decimal(t["total"]),
        int(snapshot) if snapshot else None,
        bool(t["one_per_person"]),
    )


def deposit_bonus(campaign: Campaign) -> DepositBonus:
    t = _of(campaign, Kind.DEPOSIT_BONUS)
    return DepositBonus(
        Decimal(t["least"]), Decimal(t["percent"]), Decimal(t["cap"]), int(t["days"])
    )


def competition(campaign: Campaign) -> Competition:
    t = _of(campaign, Kind.COMPETITION)
    return Competition(
        tuple(t["markets"]),
        tuple(Decimal(prize) for prize in t["prizes"]),
        Decimal(t["least_usd"]),
    )


def referral(campaign: Campaign) -> Referral:
    t = _of(campaign, Kind.REFERRAL)
    return Referral(Decimal(t["share_percent"]), int(t["days"]))


def lessons(campaign: Campaign) -> Lessons:
    return Lessons(Decimal(_of(campaign, Kind.LESSONS)["each"]))


def checked(kind: str, given: Mapping[str, Any], *, precision: int) -> dict[str, Any]:
    """What a draft's terms are kept as. Raises Invalid naming the figure."""
    readers = {
        Kind.AIRDROP: _airdrop,
        Kind.DEPOSIT_BONUS: _deposit_bonus,
        Kind.COMPETITION: _competition,
        Kind.REFERRAL: _referral,
        Kind.LESSONS: _lessons,
    }
    if kind not in readers:
        raise Invalid(f"There is no kind of campaign called {kind}.", field="kind")
    return readers[Kind(kind)](given, precision)


def _of(campaign: Campaign, kind: Kind) -> dict[str, Any]:
    if campaign.kind != kind:
        raise Invalid(f"This campaign is no {kind.label}.", field="campaign_id")
    return dict(campaign.terms)


def _airdrop(given: Mapping[str, Any], precision: int) -> dict[str, Any]:
    rule = str(given.get("rule", ""))
    if rule not in (PRO_RATA, PER_HEAD, UPLOAD):
        raise Invalid("By power, a head, or an upload.", field="rule")
    each = _amount(given, "each", precision) if rule == PER_HEAD else "0"
    total = _amount(given, "total", precision) if rule == PRO_RATA else "0"
    return {
        "rule": rule,
        "least": _amount(given, "least", 18) if given.get("least") not in (None, "", "0") else "0",
        "each": each,
        "total": total,
        "snapshot_id": given.get("snapshot_id") or None,
        "one_per_person": bool(given.get("one_per_person", True)),
    }


def _deposit_bonus(given: Mapping[str, Any], precision: int) -> dict[str, Any]:
    return {
        "least": _amount(given, "least", precision),
        "percent": _percent(given, "percent", 100),
        "cap": _amount(given, "cap", precision),
        "days": _whole(given, "days", 1, 365),
    }


def _competition(given: Mapping[str, Any], precision: int) -> dict[str, Any]:
    prizes = _words(given.get("prizes"))
    if not 0 < len(prizes) <= MOST_PRIZES:
        raise Invalid(f"Between one and {MOST_PRIZES} prizes.", field="prizes", limit=MOST_PRIZES)
    amounts = [parse(prize, field="prizes", precision=precision) for prize in prizes]
    if amounts != sorted(amounts, reverse=True):
        raise Invalid("A better place has no smaller prize.", field="prizes")
    markets = [symbol.upper() for symbol in _words(given.get("markets"))]
    if len(markets) > MOST_MARKETS:
        raise Invalid(f"At most {MOST_MARKETS} markets.", field="markets", limit=MOST_MARKETS)
    rates = Market.objects.filter(symbol__in=markets).values_list(
        "symbol", "maker_rate", "taker_rate"
    )
    known = {symbol for symbol, _maker, _taker in rates}
    if missing := sorted(set(markets) - known):
        raise Invalid(f"There is no market {missing[0][:40]}.", field="markets")
    if free := sorted(symbol for symbol, maker, taker in rates if maker + taker <= 0):
        raise Invalid(
            f"{free[0]} has no fees: what is traded there counts for nothing.", field="markets"
        )
    return {
        "markets": sorted(known),
        "prizes": [plain(amount) for amount in amounts],
        "least_usd": _amount(given, "least_usd", 2),
    }


def _referral(given: Mapping[str, Any], precision: int) -> dict[str, Any]:
    return {
        "share_percent": _percent(given, "share_percent", 50),
        "days": _whole(given, "days", 1, 730),
    }


def _lessons(given: Mapping[str, Any], precision: int) -> dict[str, Any]:
    return {"each": _amount(given, "each", precision)}


def _amount(given: Mapping[str, Any], name: str, precision: int) -> str:
    return plain(parse(str(given.get(name, "")).strip(), field=name, precision=precision))


def _percent(given: Mapping[str, Any], name: str, most: int) -> str:
    value = parse(str(given.get(name, "")).strip(), field=name, precision=2)
    if value > most:
        raise Invalid(f"At most {most} %.", field=name, limit=most)
    return plain(value)


def _whole(given: Mapping[str, Any], name: str, least: int, most: int) -> int:
    text = str(given.get(name, "")).strip()
    number = whole_of(text)
    if number is None or not least <= number <= most:
        raise Invalid(f"A whole number from {least} to {most}.", field=name, limit=most)
    return number


def _words(given: Any) -> list[str]:
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    return [str(word).strip() for word in given or () if str(word).strip()]
