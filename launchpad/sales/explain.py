"""A sale in words: what happens when, and how it is decided who gets what."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.core import clock
from launchpad.sales.models import WHOLE_PPM, Sale
from launchpad.sales.run import needs_block
from launchpad.sales.states import DRAWN, Mode, State

DONE, NOW, NEXT = "done", "now", "next"


class Step(NamedTuple):
    """One line of the time line."""

    what: str
    at: datetime
    says: str
    state: str


def mode(sale: Sale) -> str:
    """How it is decided, in a sentence or two that nobody can misread."""
    if sale.mode == Mode.TICKETS:
        return _(
            "You buy tickets. If more tickets are asked for than can win, a draw decides. A ticket"
            " that wins is paid and brings tokens; one that does not costs nothing."
        )
    if sale.mode == Mode.PRO_RATA:
        return _(
            "If more is asked for than there is, everybody gets the same share of what they asked"
            " for. What is not needed of your money is given back."
        )
    return _(
        "Places are served in the order in which they were taken, until nothing is left. Asking"
        " again does not move you forward. Whoever gets nothing has everything given back."
    )


def timeline(sale: Sale) -> list[Step]:
    """What happens to the customer's money, and when."""
    asset, quote = sale.asset.code, sale.quote.code
    taken_back = (
        _("Until it closes you can take your money back.")
        if sale.withdrawable
        else _("Once committed, your money can't be taken back before the allocation.")
    )
    steps = [
        (_("BMX is counted"), sale.snapshot_at,
         _("Your average of the two days before decides your tier."), State.ANNOUNCED),
        (_("Opens"), sale.opens_at,
         _("What you commit stays in your account and is set aside there. %(back)s")
         % {"back": taken_back}, State.OPEN),
        (_("Closes"), sale.closes_at,
         _("Nobody can join, add or take back. The list of who takes part is published, without"
           " names."), State.CLOSED),
        (_("Allocation"), sale.closes_at, _drawn(sale), State.ALLOCATED),
        (_("Distribution"), sale.distributes_at,
         _("What you got is paid, and the rest of your %(quote)s is free again. %(first)s of your"
           " %(asset)s come into your account.")
         % {"quote": quote, "asset": asset, "first": percent(sale.first_ppm)}, State.VESTING),
    ]  # fmt: skip
    if sale.first_ppm < WHOLE_PPM and (last := sale.releases.order_by("-number").first()):
        steps.append(
            (_("Last release"), last.due_at,
             _("The remaining %(asset)s come in %(n)s parts; the last of them now.")
             % {"asset": asset, "n": sale.periods}, State.FINISHED)
        )  # fmt: skip
    return _marked(sale, steps)


def percent(ppm: int) -> str:
    """Millionths as a percentage without needless digits."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".") + " %"


def _drawn(sale: Sale) -> str:
    if sale.mode == Mode.FIRST_COME:
        return _("The places are gone through in their order, and everybody can check it.")
    if needs_block(sale):
        return _(
            "Decided by our secret, whose hash is published below, and by a Bitcoin block that"
            " is mined after closing. It may take some hours."
        )
    return _("Decided by our secret, whose hash is published below, and by the list of all.")


def _marked(sale: Sale, steps: list[tuple[str, datetime, str, State]]) -> list[Step]:
    now = clock.now()
    made = []
    current = False
    for what, at, says, reached in steps:
        done = _reached(sale, reached, at, now)
        state = DONE if done else NEXT if current else NOW
        current = current or not done
        if sale.state == State.CANCELLED and not done:
            state = NEXT
        made.append(Step(what, at, says, state))
    return made


def _reached(sale: Sale, step: State, at: datetime, now: datetime) -> bool:
    if sale.state == State.CANCELLED:
        return False
    if step == State.ANNOUNCED:
        return at <= now
    order = list(State)
    if step == State.ALLOCATED:
        return sale.state in DRAWN
    return order.index(State(sale.state)) >= order.index(step)
