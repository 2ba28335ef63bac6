"""What templates are told of a sale, and of a customer's part in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.core.money import ZERO, plain
from exchange.ledger import queries as ledger
from launchpad.sales import blocks, explain, queries, terms, tiers, turns
from launchpad.sales.models import Sale, SaleBook, Subscription
from launchpad.sales.states import DRAWN, Mode, State
from launchpad.sales.web.forms import CommitForm, shown


def tokens(sale: Sale, total: Decimal) -> str:
    """The most tokens that an amount can bring."""
    return shown(terms.lots_of(sale, total) * sale.lot)


def row(sale: Sale) -> dict[str, Any]:
    book = getattr(sale, "book", None) or SaleBook()
    found = queries.figures_of(sale, book)
    return {
        "sale": sale,
        "price": shown(sale.price),
        "offered": shown(sale.offered),
        "percent": min(found.percent, 100),
        "says": _says(sale, found),
        "tone": _tone(sale),
    }


def mine_row(mine: Subscription) -> dict[str, Any]:
    return {
        "sale": mine.sale,
        "committed": shown(mine.committed),
        "allocated": None if mine.allocated is None else shown(mine.allocated),
        "tone": _tone(mine.sale),
    }


def _tone(sale: Sale) -> str:
    return {State.OPEN: "good", State.CANCELLED: "bad", State.ANNOUNCED: "info"}.get(
        State(sale.state), ""
    )


def _says(sale: Sale, found: queries.Figures) -> str:
    """How much is asked for, in a sentence that stands beside the bar."""
    people = ngettext(
        "%(n)s customer has committed", "%(n)s customers have committed", found.subscribers
    ) % {"n": f"{found.subscribers:,}"}
    said = _("%(people)s %(committed)s of %(goal)s %(quote)s") % {
        "people": people,
        "committed": shown(found.committed),
        "goal": shown(found.goal),
        "quote": sale.quote.code,
    }
    if found.times > 1:
        return _("%(said)s: %(times)s times what is offered") % {"said": said, "times": found.times}
    return _("%(said)s (%(percent)s %%)") % {"said": said, "percent": found.percent}


def live(sale: Sale) -> dict[str, Any]:
    found = queries.figures(sale)
    return {
        "state": found.state,
        "subscribers": found.subscribers,
        "committed": plain(found.committed),
        "goal": plain(found.goal),
        "percent": min(found.percent, 100),
        "times": plain(found.times),
        "says": _says(sale, found),
        "until": explain.until(sale),
    }


def shown_sale(sale: Sale) -> dict[str, Any]:
    return {
        "tab": "sales",
        "sale": sale,
        "tone": _tone(sale),
        "mode_says": explain.mode(sale),
        "timeline": explain.timeline(sale),
        "live": live(sale),
        "tiers": [
            (t.name, shown(t.least_held), shown(t.most)) for t in sale.tiers.order_by("least_held")
        ],
        "price": shown(sale.price),
        "offered": shown(sale.offered),
        "goal": shown(sale.goal),
        "least": shown(sale.least),
        "ticket_price": shown(sale.ticket_price) if sale.mode == Mode.TICKETS else "",
        "ticket_tokens": shown(sale.lot * sale.ticket_lots),
        "first": explain.percent(sale.first_ppm),
        "releases": [
            (part.due_at, explain.percent(part.upto_ppm), part.upto_ppm // 10_000)
            for part in sale.releases.all()
        ],
        "chart": _chart(sale),
        "left_out": ngettext(
            "%(n)s commitment of together %(amount)s %(quote)s could not take part any more when"
            " the sale closed, and was given back in full. It is not in the list.",
            "%(n)s commitments of together %(amount)s %(quote)s could not take part any more when"
            " the sale closed, and were given back in full. They are not in the list.",
            sale.left_out,
        )
        % {
            "n": f"{sale.left_out:,}",
            "amount": shown(sale.left_out_amount),
            "quote": sale.quote.code,
        }
        if sale.left_out
        else "",
        "unsold": shown(sale.offered - sale.allocated) if sale.allocated is not None else "",
        "allocated": shown(sale.allocated),
        "spent": shown(sale.spent),
        "refunded": shown(sale.refunded),
        "drawn": sale.state in DRAWN,
        "needs_draw": sale.mode != Mode.FIRST_COME,
        "chain": blocks.chain() if sale.block_height else "",
    }


def _chart(sale: Sale) -> list[dict[str, int]]:
    """Bars of what is released altogether by then: whole numbers for an SVG of 320 by 100."""
    parts = list(sale.releases.all())
    wide = max(320 // max(len(parts), 1), 2)
    return [
        {
            "x": n * wide + 1,
            "y": 100 - max(part.upto_ppm // 10_000, 1),
            "width": max(wide - 2, 1),
            "height": max(part.upto_ppm // 10_000, 1),
        }
        for n, part in enumerate(parts)
    ]


def own(sale: Sale, customer_id: int, form: CommitForm | None = None) -> dict[str, Any]:
    """The customer's side: tier and why, commitment, allocation, releases."""
    standing = tiers.standing_of(sale, customer_id)
    mine = queries.subscription(sale.pk, customer_id)
    committed = mine.committed if mine else ZERO
    own: dict[str, Any] = {
        "customer": True,
        "standing": standing,
        "held": shown(standing.held) if standing.held is not None else "",
        "most": shown(standing.most),
        "free": shown(ledger.balance(customer_id=customer_id, asset_id=sale.quote_id).available),
        "mine": mine if mine and (committed or mine.allocated) else None,
        "committed": shown(committed) if committed else "",
        "form": form or CommitForm(sale),
        "open": sale.state == State.OPEN,
    }
    if mine is not None and mine.place and own["open"] and sale.mode == Mode.FIRST_COME:
        places = turns.stands(sale, mine)
        own["stands"] = shown(sum((tokens for *_rest, tokens in places), ZERO))
        own["places"] = [(place, shown(amount), shown(got)) for place, amount, got in places]
    if mine is not None and mine.left_out:
        own["left_out_says"] = explain.left_out_says(mine)
    elif mine is not None and mine.allocated is not None:
        own |= {
            "my_allocated": shown(mine.allocated),
            "my_spent": shown(mine.spent),
            "my_refunded": shown(mine.refunded),
            "my_released": shown(mine.released),
            "my_wanted": tokens(sale, mine.committed),
            "parts": [(part, shown(part.amount)) for part in queries.parts(sale, mine)],
            "claimable": shown(queries.claimable(sale, mine)),
            "can_claim": queries.claimable(sale, mine) > 0,
        }
    return own
