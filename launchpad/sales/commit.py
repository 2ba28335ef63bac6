"""Commit money to a sale, or more of it: it stays in the customer's account, and is held there.

What is asked for is the total, not an addition: sent twice, it is once. The order of arrival is the
order in which the database lets commitments change the sale's book, which each does last; whoever
asks a hundred times has the place of the first time. In a queue what is added later has a place of
its own (`turns`).
"""

from __future__ import annotations

import hashlib
import secrets
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.core import clock, facts, switches
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds
from exchange.core.money import ZERO, plain, step
from exchange.ledger import queries as ledger
from exchange.ledger.accounts import customer_accounts
from exchange.ledger.post import hold
from launchpad.sales import moves, terms, tiers, turns
from launchpad.sales.errors import (
    AboveMost,
    BelowLeast,
    CannotLower,
    NotOpen,
    NotWhole,
    RisksNotAccepted,
    SoldOut,
    TooManyChanges,
)
from launchpad.sales.models import Sale, Subscription
from launchpad.sales.states import Mode, State
from wallets.deposits.worth import worth_usdt

ACT_FOR = "exchange.trade_for_customer"  # nobody's: staff commit nothing for customers
_BOOK = """
UPDATE launchpad_salebook
   SET committed = committed + %(amount)s, lots = lots + %(lots)s,
       subscribers = subscribers + %(people)s, places = places + %(places)s
 WHERE sale_id = %(sale)s
   AND (%(lots)s <= 0 OR lots + %(lots)s <= %(most_lots)s)
   AND (%(people)s <= 0 OR subscribers < %(most_places)s)
RETURNING places
"""
MOST_CHANGES = 500  # of one commitment; whoever goes in and out all day fills ledger and log


def commit(
    *, sale_id: int, customer_id: int, total: Decimal, risks_accepted: bool, actor: Actor
) -> Subscription:
    """Make a customer's commitment `total` (in the quote), holding what is more than before.

    Raises NotFound, NotOpen, NotForYou, RisksNotAccepted, BelowLeast, AboveMost, NotWhole, SoldOut,
    CannotLower, TooManyTurns, TooManyChanges, InsufficientFunds, SwitchedOff, PermissionRefused;
    then nothing has changed.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=ACT_FOR)
    if not risks_accepted:
        raise RisksNotAccepted(_("Say that you have read what can be lost."), field="risks")
    with transaction.atomic():
        switches.refuse_if_closed(moves.COMMIT)
        sale = _open_sale(sale_id)
        standing = tiers.standing_of(sale, customer_id)
        if standing.refusal is not None:
            raise standing.refusal
        refuse_amount(sale, total, standing.most)
        mine = _locked_place(sale, customer_id)
        more = total - mine.committed
        if more == 0:
            return mine
        refuse_change(sale, mine, total)
        mine.tier, mine.bmx_held = standing.tier, standing.held or ZERO
        _hold(sale, mine, more)
        _tell(sale, mine, more)
        change_book(sale, mine, total)
    return mine


def refuse_amount(sale: Sale, total: Decimal, most: Decimal) -> None:
    """Is this a total that the sale takes? `most` is what the customer's tier allows."""
    if total != total.quantize(step(sale.quote.precision)):
        raise NotWhole(field="amount", limit=plain(step(sale.quote.precision)))
    if total < sale.least:
        raise BelowLeast(
            _("At least %(least)s %(quote)s.")
            % {"least": plain(sale.least), "quote": sale.quote.code},
            field="amount",
            limit=plain(sale.least),
        )
    if total > most:
        raise AboveMost(
            _("Your tier may commit at most %(most)s %(quote)s.")
            % {"most": plain(most), "quote": sale.quote.code},
            field="amount",
            limit=plain(most),
        )
    if sale.mode == Mode.TICKETS and total % sale.ticket_price:
        raise NotWhole(
            _("A ticket costs %(price)s %(quote)s; name a whole number of tickets.")
            % {"price": plain(sale.ticket_price), "quote": sale.quote.code},
            field="amount",
            limit=plain(sale.ticket_price),
        )


def change_book(sale: Sale, mine: Subscription, total: Decimal) -> None:
    """Write down the new total in the sale's book and in the place. The last thing before the
    commit, because everybody else waits for the book. Raises SoldOut."""
    people = int(total > 0) - int(mine.committed > 0)
    turn = turns.takes_turn(sale, mine, total)
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOK,
            {
                "sale": sale.pk,
                "amount": total - mine.committed,
                "lots": terms.lots_of(sale, total) - terms.lots_of(sale, mine.committed),
                "people": people,
                "places": int(people > 0 or turn),
                "most_lots": terms.most_lots(sale),
                "most_places": sale.most_places,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise SoldOut(field="amount")
    if people:
        mine.place = row[0] if people > 0 else None
    if turn:
        turns.add(sale, mine, total, place=row[0])
    elif total < mine.committed and sale.mode == Mode.FIRST_COME:
        turns.give_up(mine, total)
    mine.committed = total
    mine.changed_at = clock.now()
    mine.save(update_fields=["tier", "bmx_held", "place", "committed", "changes", "changed_at"])


def _open_sale(sale_id: int) -> Sale:
    sale = moves.shared(sale_id)
    now = clock.now()
    if sale.state != State.OPEN or now >= sale.closes_at:
        says = {
            State.DRAFT: _("This sale is not announced."),
            State.APPROVED: _("This sale is not announced."),
            State.ANNOUNCED: _("This sale opens later."),
            State.CANCELLED: _("This sale was cancelled."),
        }.get(State(sale.state), _("This sale is closed."))
        raise NotOpen(says, limit=sale.state)
    return sale


def _locked_place(sale: Sale, customer_id: int) -> Subscription:
    """The customer's place, locked; made when there is none. A twin request waits here."""
    account = customer_accounts([(customer_id, sale.quote_id)])[customer_id, sale.quote_id]
    salt, now = secrets.token_hex(16), clock.now()
    Subscription.objects.bulk_create(
        [
            Subscription(
                sale=sale,
                customer_id=customer_id,
                account=account,
                salt=salt,
                code=code_of(sale_id=sale.pk, customer_id=customer_id, salt=salt),
                created_at=now,
                changed_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return locked_place(sale.pk, customer_id)


def locked_place(sale_id: int, customer_id: int) -> Subscription:
    """Raises NotOpen when the customer has none."""
    found = (
        Subscription.objects.select_for_update(of=("self",))
        .filter(sale_id=sale_id, customer_id=customer_id)
        .first()
    )
    if found is None:
        raise NotOpen(_("You have committed nothing to this sale."))
    return found


def code_of(*, sale_id: int, customer_id: int, salt: str) -> str:
    """The name under which published files know a customer: only they can recognise it."""
    return hashlib.sha256(f"{sale_id}:{customer_id}:{salt}".encode()).hexdigest()


def refuse_change(sale: Sale, mine: Subscription, total: Decimal) -> None:
    """May a commitment become this much? Said before the last step too, and asked again in it."""
    if total < mine.committed:
        raise CannotLower(
            _("You have committed %(committed)s %(quote)s already. To take money back, withdraw.")
            % {"committed": plain(mine.committed), "quote": sale.quote.code},
            field="amount",
            limit=plain(mine.committed),
        )
    if mine.changes >= MOST_CHANGES:
        raise TooManyChanges(
            _("You have changed your commitment %(n)s times: it stays as it is.")
            % {"n": MOST_CHANGES},
            field="amount",
            limit=MOST_CHANGES,
        )
    if turns.takes_turn(sale, mine, total):
        turns.refuse(sale, mine, total)


def _tell(sale: Sale, mine: Subscription, more: Decimal) -> None:
    """To those who watch: what is set aside here is not available for a while."""
    facts.report(
        kind=facts.FactKind.SALE_COMMIT,
        customer_id=mine.customer_id,
        at=clock.now(),
        reference=f"{sale.purpose}:{mine.pk}:{mine.changes}",
        asset=sale.quote.code,
        amount=more,
        usd=worth_usdt(sale.quote.code, more),
        extra={"sale": sale.pk},
    )


def _hold(sale: Sale, mine: Subscription, more: Decimal) -> None:
    mine.changes += 1
    try:
        hold(
            kind="sale_commit",
            reference=f"{sale.purpose}:{mine.pk}:{mine.changes}",
            account_id=mine.account,
            amount=more,
        )
    except InsufficientFunds as refused:
        free = ledger.balance(customer_id=mine.customer_id, asset_id=sale.quote_id).available
        raise InsufficientFunds(
            _("You have %(free)s %(quote)s free.")
            % {"free": plain(free), "quote": sale.quote.code},
            field="amount",
            limit=plain(free),
        ) from refused
