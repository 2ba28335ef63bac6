"""Book many rewards from a list, as validators' operators export them.

A line each: day, amount, validator, transaction; separated by commas, semicolons or tabs, with or
without a line of headings. It is somebody's word: only for chains that no node of ours follows, a
second person agrees, and what is booked of it stays marked as unproven.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, Refused
from exchange.core.money import parse, plain
from launchpad.earn import arrivals, evidence
from launchpad.earn.evidence import NotProven
from launchpad.earn.models import Product
from wallets import chains

MOST = 500
KIND = "earn.book_statement"


class Row(NamedTuple):
    """One reward of a list."""

    line: int
    day: date
    amount: Decimal
    source: str
    reference: str


def propose_list(*, product_id: int, text: str, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to book every line of a statement, for a chain that no node of ours follows.

    Raises PermissionRefused, NotFound, NotProven where the chain itself can be asked, Invalid
    naming the first line that can't be read.
    """
    actor.require("launchpad.book_arrival")
    product = arrivals.arriving(product_id)
    _refuse_where_the_chain_can_be_asked(product)
    rows = read(text, precision=product.asset.precision)
    total = sum(row.amount for row in rows)
    return proposals.propose(
        kind=KIND,
        payload={
            "product_id": product_id,
            "lines": [
                [row.line, row.day.isoformat(), plain(row.amount), row.source, row.reference]
                for row in rows
            ],
        },
        summary=(
            f"Book {len(rows)} rewards of {plain(Decimal(total))} {product.asset.code} in"
            f" {product.name} from a statement, unproven"
        ),
        reason=reason,
        actor=actor,
        target=product,
    )


@proposals.proposal_kind(
    KIND,
    permission_to_propose="launchpad.book_arrival",
    permission_to_approve="launchpad.approve_statement",
)
def _book_list(*, payload: dict[str, Any], actor: Actor) -> str:
    """All lines or none. A line that was booked before is the same reward."""
    product = arrivals.arriving(int(payload["product_id"]))
    _refuse_where_the_chain_can_be_asked(product)
    for line, day, amount, source, reference in payload["lines"]:
        try:
            arrivals.book_reward(
                product_id=product.pk,
                amount=Decimal(amount),
                day=date.fromisoformat(day),
                source=source,
                reference=reference,
                actor=as_booker(actor),
                proof=evidence.STATEMENT,
            )
        except Refused as refusal:
            raise Conflict(
                _("line %(n)s: %(why)s") % {"n": line, "why": refusal}, field="list"
            ) from refusal
    return f"{len(payload['lines'])} rewards are booked, unproven"


def as_booker(actor: Actor) -> Actor:
    """Whoever approves a statement books it, whether or not they may book by themselves."""
    return replace(actor, may=lambda name: name == "launchpad.book_arrival" or actor.may(name))


def _refuse_where_the_chain_can_be_asked(product: Product) -> None:
    found = AssetNetwork.objects.filter(
        asset_id=product.asset_id, network__code__in=chains.configured()
    ).values_list("network__code", flat=True)
    if here := next(iter(found), None):
        raise NotProven(
            _("%(network)s has a node here: name the payments on it instead.") % {"network": here},
            field="list",
        )


def read(text: str, *, precision: int) -> list[Row]:
    """Raises Invalid naming the line."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t]", line)]
        if not any(cells) or (number == 1 and cells[0].lower() in ("day", "date")):
            continue
        if len(cells) != 4:
            raise Invalid(_("Line %(n)s has not four parts.") % {"n": number}, field="list")
        try:
            day = date.fromisoformat(cells[0])
            amount = parse(cells[1], field="amount", precision=precision)
        except (ValueError, Invalid) as wrong:
            raise Invalid(
                _("Line %(n)s: %(why)s") % {"n": number, "why": wrong}, field="list"
            ) from wrong
        rows.append(Row(number, day, amount, cells[2], cells[3]))
    if not 0 < len(rows) <= MOST:
        raise Invalid(
            _("Between one and %(most)s lines.") % {"most": MOST}, field="list", limit=MOST
        )
    return rows
