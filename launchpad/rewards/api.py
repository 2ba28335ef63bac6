"""Rewards for integrators: tiers, promotions and boards for anybody; one's own with a key."""

from __future__ import annotations

from typing import Any

from exchange.api import errors
from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import Choice, Text, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.money import plain
from launchpad.rewards import bonus, competition, queries, referral, tiers, vip
from launchpad.rewards import errors as refused
from launchpad.rewards.models import Campaign, Reward
from launchpad.rewards.tiers import Tier

REFUSALS = {
    **errors.LAUNCHPAD,
    refused.NotRunning: 54401,
    refused.BudgetSpent: 54402,
    refused.NotEligible: 54403,
    refused.RewardedAlready: 54404,
}
room = Room("Rewards", refusals=REFUSALS)

CAMPAIGN = Whole(name="campaign_id", least=1, required=True)
PLACES = Whole(name="limit", least=1, most=200, default=50, clamp=True)
ROWS = Whole(name="limit", least=1, most=100, default=50, clamp=True)
CODE = Text(name="code", required=True, about="A friend's code, in your first week.")
SWITCH = Choice(name="on", among=["true", "false"], required=True)

TIER = strings("volume_usd bmx maker_discount taker_discount") | integers(
    "level withdrawal_percent sale_weight early_hours"
)
PROMOTION = strings("kind title summary state asset budget left") | {
    "campaign_id": "integer",
    "starts_at": "integer",
    "ends_at": "integer",
    "terms": {},
}
PLACE = strings("name volume_usd prize") | {"place": "integer", "is_you": "boolean"}
REWARD = strings("kind of amount asset state") | {"campaign_id": "integer", "earned_at": "integer"}


@room.get(
    "/launchpad/v1/vip",
    gives={"tiers": [TIER], "grace_days": "integer", **strings("bmx_least bmx_discount")},
)
def vip_table(call: Call) -> dict[str, Any]:
    """Every tier: what it asks for (either is enough), and what it gives, in percent."""
    table = tiers.table()
    return {
        "tiers": [_tier(tier) for tier in table.tiers],
        "grace_days": table.grace_days,
        "bmx_least": plain(table.bmx_least),
        "bmx_discount": plain(table.bmx_discount),
    }


@room.get(
    "/launchpad/v1/vip/standing",
    access=Access.KEYED,
    gives=integers("level measured_level")
    | strings("volume_usd bmx measured_on falls_on next_volume_usd next_bmx")
    | {"bmx_discount_on": "boolean", "bmx_discount_counts": "boolean"},
)
def vip_standing(call: Call) -> dict[str, Any]:
    """The caller's tier, what was measured last, and how far the next one is."""
    own = vip.standing_of(call.customer_id)
    return {
        "level": own.tier.level,
        "measured_level": own.falls_to.level,
        "volume_usd": plain(own.volume_usd),
        "bmx": plain(own.bmx),
        "measured_on": str(own.measured_on or ""),
        "falls_on": str(own.falls_on or ""),
        "next_volume_usd": plain(own.volume_missing),
        "next_bmx": plain(own.bmx_missing),
        "bmx_discount_on": own.pays_less_with_bmx,
        "bmx_discount_counts": own.bmx_counts,
    }


@room.post(
    "/launchpad/v1/vip/bmx-discount",
    access=Access.TRADE,
    takes=[SWITCH],
    gives={"counts": "boolean"},
)
def switch_bmx_discount(call: Call) -> dict[str, bool]:
    """Switch the discount on fees for holders of BMX on or off."""
    counts = vip.switch_bmx_discount(
        customer_id=call.customer_id, on=call.read(SWITCH) == "true", actor=call.actor
    )
    return {"counts": counts}


@room.get("/launchpad/v1/rewards/promotions", gives={"promotions": [PROMOTION]})
def promotions(call: Call) -> dict[str, Any]:
    """Competitions and deposit bonuses that run, are to come, or are lately over."""
    return {"promotions": [_promotion(row) for row in queries.promotions()]}


@room.get(
    "/launchpad/v1/rewards/leaderboard",
    takes=[CAMPAIGN, PLACES],
    gives={"campaign_id": "integer", "participants": "integer", "places": [PLACE]},
)
def leaderboard(call: Call) -> dict[str, Any]:
    """The board of a competition, by volume. Names are drawn for it and say nothing of anybody."""
    campaign = queries.promotion(call.read(CAMPAIGN))
    return _board(campaign, competition.board(campaign, limit=call.read(PLACES)))


@room.post(
    "/launchpad/v1/rewards/join",
    access=Access.TRADE,
    takes=[CAMPAIGN],
    gives=integers("campaign_id joined_at"),
)
def join(call: Call) -> dict[str, int]:
    """Take part in a competition or a deposit bonus."""
    joined = competition.join(
        campaign_id=call.read(CAMPAIGN), customer_id=call.customer_id, actor=call.actor
    )
    return {"campaign_id": joined.campaign_id, "joined_at": clock.to_ms(joined.joined_at)}


@room.get(
    "/launchpad/v1/rewards/progress",
    access=Access.KEYED,
    takes=[CAMPAIGN],
    gives={
        "campaign_id": "integer",
        "joined": "boolean",
        **strings("net missing bonus"),
        "earned_at": "integer",
        "place": PLACE,
    },
)
def progress(call: Call) -> dict[str, Any]:
    """How far the caller has come in a promotion."""
    campaign = queries.promotion(call.read(CAMPAIGN))
    told: dict[str, Any] = {
        "campaign_id": campaign.pk,
        "joined": False,
        "net": "0",
        "missing": "0",
        "bonus": "0",
        "earned_at": 0,
        "place": None,
    }
    if campaign.kind == Campaign.Kind.COMPETITION:
        board = competition.board(campaign, customer_id=call.customer_id, limit=1)
        return told | {"joined": board.joined, "place": board.you and _place(board.you)}
    own = bonus.progress(campaign, call.customer_id)
    if own is None:
        return told
    return told | {
        "joined": True,
        "net": plain(own.net),
        "missing": plain(own.missing),
        "bonus": plain(own.bonus),
        "earned_at": clock.to_ms(own.earned_on) if own.earned_on else 0,
    }


@room.get(
    "/launchpad/v1/rewards/mine", access=Access.KEYED, takes=[ROWS], gives={"rewards": [REWARD]}
)
def mine(call: Call) -> dict[str, Any]:
    """The caller's rewards, the newest first."""
    rows = queries.rewards_of(call.customer_id, limit=call.read(ROWS))
    return {"rewards": [_reward(row) for row in rows]}


@room.get(
    "/launchpad/v1/rewards/referral",
    access=Access.KEYED,
    gives={
        **strings("code total asset"),
        "friends": [strings("earned since until") | {"number": "integer", "earns": "boolean"}],
        "days": [strings("day amount") | {"friends": "integer"}],
    },
)
def my_referral(call: Call) -> dict[str, Any]:
    """The caller's code and what it earned. Friends are numbers; who they are is not told."""
    own = referral.earnings(call.customer_id)
    return {
        "code": own.code,
        "total": plain(own.total),
        "asset": own.asset,
        "friends": [
            {
                "number": friend.number,
                "since": str(friend.since),
                "until": str(friend.until),
                "earns": friend.earns,
                "earned": plain(friend.earned),
            }
            for friend in own.friends
        ],
        "days": [
            {"day": str(day), "friends": friends, "amount": plain(amount)}
            for day, friends, amount in own.days
        ],
    }


@room.post("/launchpad/v1/rewards/referral/code", access=Access.TRADE, gives=strings("code"))
def make_code(call: Call) -> dict[str, str]:
    """The caller's own code, made when it is asked for first."""
    return {"code": referral.code_of(customer_id=call.customer_id, actor=call.actor).code}


@room.post(
    "/launchpad/v1/rewards/referral/use",
    access=Access.TRADE,
    takes=[CODE],
    gives=strings("first_day last_day"),
)
def use_code(call: Call) -> dict[str, str]:
    """Say whose code led here, within a week of opening the account."""
    row = referral.use_code(customer_id=call.customer_id, code=call.read(CODE), actor=call.actor)
    return {"first_day": str(row.first_day), "last_day": str(row.last_day)}


def _tier(tier: Tier) -> dict[str, Any]:
    row: dict[str, Any] = dict(tier.row())
    for name in ("level", "withdrawal_percent", "sale_weight", "early_hours"):
        row[name] = int(row[name])
    return row


def _promotion(row: Campaign) -> dict[str, Any]:
    return {
        "campaign_id": row.pk,
        "kind": row.kind,
        "title": row.title,
        "summary": row.summary,
        "state": row.state,
        "asset": row.programme.asset.code,
        "budget": plain(row.budget),
        "left": plain(row.left),
        "starts_at": clock.to_ms(row.starts_at),
        "ends_at": clock.to_ms(row.ends_at),
        "terms": row.terms,
    }


def _board(campaign: Campaign, board: competition.Board) -> dict[str, Any]:
    return {
        "campaign_id": campaign.pk,
        "participants": board.participants,
        "places": [_place(each) for each in board.places],
    }


def _place(each: competition.Place) -> dict[str, Any]:
    return {
        "place": each.place,
        "name": each.name,
        "volume_usd": plain(each.usd),
        "prize": plain(each.prize),
        "is_you": each.is_you,
    }


def _reward(row: Reward) -> dict[str, Any]:
    return {
        "campaign_id": row.campaign_id,
        "kind": row.campaign.kind,
        "of": row.of,
        "amount": plain(row.amount),
        "asset": row.campaign.programme.asset.code,
        # Who is held must not learn it: what waits is on its way, whatever it waits for.
        "state": {Reward.State.PAID: "paid", Reward.State.REFUSED: "refused"}.get(
            Reward.State(row.state), "coming"
        ),
        "earned_at": clock.to_ms(row.earned_at),
    }


urlpatterns = room.urlpatterns()
