"""A customer's rewards on the page that staff have of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from launchpad.rewards.admin.campaigns import REWARD_TONES
from launchpad.rewards.models import Reward, VipStanding


@panel(permission="launchpad.view_reward", order=85)
def rewards(request: HttpRequest, customer: Any) -> Table:
    owner_id = customer.parent_id or customer.pk
    level = VipStanding.objects.filter(customer_id=owner_id).values_list("level", flat=True).first()
    rows = (
        Reward.objects.filter(customer_id=owner_id)
        .select_related("campaign__programme__asset")
        .order_by("-pk")[:ROWS]
    )
    return Table(
        title=_("Rewards"),
        heads=[
            Head(_("Campaign")), Head(_("For")), Head(_("Amount"), numeric=True), Head(_("State")),
        ],
        rows=[
            (
                row.campaign.title,
                row.of,
                columns.money(row.amount, row.campaign.programme.asset.code),
                columns.badge(REWARD_TONES[Reward.State(row.state)], row.get_state_display()),
            )
            for row in rows
        ],
        empty=_("Was given nothing yet."),
        note=_("VIP %(level)s") % {"level": level} if level else "",
    )  # fmt: skip
