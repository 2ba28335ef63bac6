"""In which votes a customer took part, on the page that staff have of them: never for what."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.portal import columns
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table
from launchpad.governance.models import Vote


@panel(permission="launchpad.view_voteproposal", order=86)
def votes(request: HttpRequest, customer: Any) -> Table:
    """One query. What somebody answered is theirs alone, and is not read here."""
    rows = (
        Vote.objects.filter(customer_id=customer.parent_id or customer.pk)
        .order_by("-pk")
        .values_list("proposal_id", "proposal__title", "cast_at", "changed_at")[:ROWS]
    )
    return Table(
        title=_("Votes"),
        heads=[Head(_("Vote")), Head(_("First cast")), Head(_("Last changed"))],
        rows=[
            (
                columns.link("launchpad_voteproposal", number, title),
                columns.moment(cast),
                columns.moment(changed),
            )
            for number, title, cast, changed in rows
        ],
        empty=_("Took part in no vote."),
        note=_("That they voted, not for what."),
    )
