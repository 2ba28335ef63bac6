"""Rows as pages show them: amounts with their asset, states in words that tell nobody anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.portal.columns import amount_text
from launchpad.rewards import terms
from launchpad.rewards.lessons import every
from launchpad.rewards.models import Campaign, Reward

Kind = Campaign.Kind


def customer_id(request: HttpRequest) -> int | None:
    """Whose page it is; None for visitors and staff."""
    customer = getattr(request.user, "customer", None)
    return None if customer is None else int(customer.pk)


def promotion(row: Campaign) -> dict[str, Any]:
    """A competition or a bonus, with its rules in figures."""
    now = clock.now()
    asset = row.programme.asset.code
    made: dict[str, Any] = {
        "row": row,
        "asset": asset,
        "budget": amount_text(row.budget),
        "left": amount_text(row.left),
        "used_percent": int(row.committed * 100 / row.budget),
        "is_competition": row.kind == Kind.COMPETITION,
        "to_come": now < row.starts_at,
        "over": now >= row.ends_at or row.state == Campaign.State.CLOSED,
        "stopped": row.state == Campaign.State.STOPPED,
    }
    made["joinable"] = not made["over"] and not made["stopped"]
    if row.kind == Kind.COMPETITION:
        contest = terms.competition(row)
        prizes = contest.prizes
        made |= {
            "prizes": [(n, amount_text(prize)) for n, prize in enumerate(prizes, start=1)],
            "first_prize": amount_text(prizes[0]),
            "winners": len(prizes),
            "markets": contest.markets,
            "least_usd": amount_text(contest.least_usd),
        }
    else:
        bonus = terms.deposit_bonus(row)
        made |= {
            "least": amount_text(bonus.least),
            "percent": amount_text(bonus.percent),
            "cap": amount_text(bonus.cap),
            "days": bonus.days,
        }
    return made


def reward(row: Reward) -> dict[str, Any]:
    """What was given, for what, and whether it is there. Held and due read the same."""
    return {
        "row": row,
        "amount": amount_text(row.amount),
        "asset": row.campaign.programme.asset.code,
        "title": row.campaign.title,
        "what": _what(row),
        "paid": row.state == Reward.State.PAID,
        "refused": row.state == Reward.State.REFUSED,
    }


def _what(row: Reward) -> str:
    if row.of.startswith("lesson:"):
        titles = {lesson.of: lesson.title for lesson in every()}
        return _("Lesson: %(title)s") % {"title": titles.get(row.of, row.of)}
    if row.of.startswith("fees "):
        day = date.fromisoformat(row.of.removeprefix("fees "))
        return _("Your friends' trading on %(day)s") % {"day": day.isoformat()}
    if row.of == "bonus":
        return _("Deposit bonus")
    return str(row.campaign.get_kind_display()).capitalize()


def money(amount: Decimal) -> str:
    return amount_text(amount)
