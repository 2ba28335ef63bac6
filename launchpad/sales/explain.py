"""A sale in words: what happens when, and how it is decided who gets what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from exchange.core import clock
from launchpad.sales.models import WHOLE_PPM, Sale, Subscription
from launchpad.sales.run import needs_block
from launchpad.sales.states import DRAWN, LeftOut, Mode, State

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
        "Places are served in the order in which they were taken, until nothing is left. What you"
        " add later takes a place of its own at the end. What is not needed of your money is given"
        " back."
    )


def left_out(mine: Subscription) -> str:
    """Why a commitment took no part, as it may be said to the customer: identity, country, or the
    account, which is the same word for whatever else it was."""
    return {LeftOut.IDENTITY: "identity", LeftOut.COUNTRY: "country"}.get(
        LeftOut(mine.left_out), "account"
    )


def left_out_says(mine: Subscription) -> str:
    """The same in a sentence."""
    return {
        "identity": _(
            "The sale asks for a verification of identity that this account did not have when it"
            " closed."
        ),
        "country": _("The sale is not offered where your account says that you live."),
        "account": _("The account did not fulfil the conditions of the sale when it closed."),
    }[left_out(mine)]


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


def until(sale: Sale) -> str:
    """What comes next and in how long, with the moment itself; empty when nothing does."""
    if sale.state == State.CLOSED:
        if needs_block(sale) and sale.block_height:
            return _(
                "Closed. It is allocated when Bitcoin block %(height)s is confirmed, often within"
                " one or two hours."
            ) % {"height": sale.block_height}
        return _("Closed. It is being allocated.")
    coming = {
        State.ANNOUNCED: (sale.opens_at, _("Opens in %(span)s, on %(at)s UTC."), _("Opens now.")),
        State.OPEN: (sale.closes_at, _("Closes in %(span)s, on %(at)s UTC."), _("Closes now.")),
        State.ALLOCATED: (
            sale.distributes_at,
            _("Paid and distributed in %(span)s, on %(at)s UTC."),
            _("Is being paid and distributed now."),
        ),
    }.get(State(sale.state))
    if coming is None:
        return _("Is being paid and distributed now.") if sale.state == State.DISTRIBUTING else ""
    at, says, at_once = coming
    if at - clock.now() < timedelta(minutes=1):
        return at_once
    return says % {"span": timeuntil(at, clock.now()), "at": f"{at:%Y-%m-%d %H:%M}"}


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
