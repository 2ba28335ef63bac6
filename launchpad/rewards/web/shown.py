"""Rows as pages show them: amounts with their asset, states in words that tell nobody anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.portal.columns import amount_text
from launchpad.rewards import rules
from launchpad.rewards.lessons import every
from launchpad.rewards.models import Campaign, Reward


def customer_id(request: HttpRequest) -> int | None:
    """Whose page it is; None for visitors and staff."""
    customer = getattr(request.user, "customer", None)
    return None if customer is None else int(customer.pk)


def promotion(row: Campaign) -> dict[str, Any]:
    """A competition or a bonus, with its rules in figures."""
    return {
        name: amount_text(value) if isinstance(value, Decimal) else value
        for name, value in rules.figures(row).items()
    }


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
