"""What validators earn or lose is passed on to those who staked, by the rule that is published.

A reward, less the house's commission, belongs to whoever held a stake through the whole day it was
earned on, pro rata and rounded down; the rest of the rounding is the house's. A slash falls on
everybody whose stake was bonded when it was booked, those on their way out included, pro rata and
rounded down in their favour: the rest of the rounding is the house's too. A slash takes two people.

Nobody's word books a reward: the chain is asked (`evidence`), or two people agree to a statement,
which stays marked as unproven.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, KeyReused, NotFound
from exchange.core.money import ZERO, from_units, parse, plain, received, to_units
from exchange.ledger import post, post_many
from exchange.ledger.accounts import CUSTODY, FEES, ROUNDING, house_account
from launchpad.earn import evidence, lent, told
from launchpad.earn.bases import bases
from launchpad.earn.evidence import NotProven, Proof
from launchpad.earn.models import Arrival, Product
from launchpad.earn.settle import SETTLED_BY
from launchpad.programmes import fund, payouts
from launchpad.programmes.payouts import Query
from wallets.chains.models import NetworkWatch

SLASH_KIND = "earn.slash"

_TOTAL = "WITH {bases} SELECT count(*), coalesce(sum(base), 0) FROM based WHERE base > 0"
_SHARES = """
WITH {bases}, shares AS (
    SELECT id, customer_id, compound, div(%s * base, %s) * %s AS amount FROM based WHERE base > 0
)
SELECT customer_id, amount, CASE WHEN compound THEN 'compound:' ELSE 'position:' END || id,
       CASE WHEN compound THEN 'earn' ELSE 'spot' END
  FROM shares WHERE amount > 0
"""
_BONDED = """
SELECT id, customer_id, parent_id, amount, div(%s * amount, %s) * %s AS share
  FROM launchpad_position
 WHERE product_id = %s AND state <> 'closed' AND amount > 0
"""
_SLASH_LEGS = f"""
WITH shares AS MATERIALIZED ({_BONDED})
SELECT a.id, -c.amount, 0::numeric
  FROM (SELECT customer_id, 'earn' AS purpose, %s::bigint AS asset_id, sum(share) AS amount
          FROM shares WHERE share > 0 GROUP BY customer_id) c {post_many.JOIN_ACCOUNTS}
 UNION ALL
SELECT %s, %s::numeric, 0
 UNION ALL
SELECT %s, (SELECT coalesce(sum(share), 0) FROM shares) - %s::numeric, 0
"""  # noqa: S608  no part of it comes from outside
_SLASH_POSITIONS = f"""
WITH shares AS MATERIALIZED ({_BONDED}), cut AS (
    UPDATE launchpad_position p SET amount = p.amount - s.share
      FROM shares s WHERE s.id = p.id AND s.share > 0
    RETURNING p.id, p.product_id, p.customer_id, s.share, s.parent_id
), written AS (
    INSERT INTO launchpad_positionchange
        (position_id, product_id, customer_id, kind, amount, at, reference)
    SELECT id, product_id, customer_id, 'slash', -share, %s, %s FROM cut
)
SELECT count(*), coalesce(sum(share), 0), coalesce(sum(share) FILTER (WHERE parent_id IS NULL), 0)
  FROM cut
"""  # noqa: S608  no part of it comes from outside


def book_proven(
    *, product_id: int, proof: Proof, amount: Decimal, day: date, actor: Actor
) -> Arrival:
    """Share out what the chain has been seen to have paid us (`evidence`): booked twice it is once.

    Raises as `book_reward` does, NotProven for another amount, Conflict when another arrival or
    anything else in the books is made of it.
    """
    actor.require("launchpad.book_arrival")
    product = arriving(product_id)
    if amount != proof.amount:
        raise NotProven(
            _("The chain says %(amount)s.") % {"amount": plain(proof.amount)},
            field="amount",
            limit=proof.amount,
        )
    try:
        with transaction.atomic():
            # The first lock: no block comes between what is compared here and the booking.
            NetworkWatch.objects.select_for_update().get(network__code=proof.network)
            if used := _used(proof):
                if used.product_id == product_id:
                    return used
                raise _used_already()
            evidence.refuse_if_counted_otherwise(product, amount)
            return book_reward(
                product_id=product_id,
                amount=amount,
                day=day,
                source=proof.source,
                reference=proof.place,
                actor=actor,
                proof=proof,
            )
    except IntegrityError as error:
        if "one_arrival_a_place" in str(error):
            raise _used_already() from error
        raise


def _used(proof: Proof) -> Arrival | None:
    return Arrival.objects.filter(network=proof.network, place=proof.place).first()


def _used_already() -> Conflict:
    return Conflict(_("Another arrival is made of this payment."), field="reference")


def book_reward(
    *,
    product_id: int,
    amount: Decimal,
    day: date,
    source: str,
    reference: str,
    actor: Actor,
    proof: Proof | None = None,
) -> Arrival:
    """Share out what a validator earned on a day, and pay it. A person needs a `proof`.

    `reference` is its transaction: booked twice it is once, with other contents it is refused.
    Raises PermissionRefused, NotFound, NotProven, Invalid (amount, day, source), Conflict when
    nobody had anything in the product on that day.
    """
    actor.require("launchpad.book_arrival")
    if proof is None and actor.kind != SYSTEM:
        raise NotProven(_("Name the payment on the chain, or have a statement approved."))
    product = arriving(product_id)
    amount = parse(amount, field="amount", precision=product.asset.precision)
    source, reference = source.strip()[:120], reference.strip()[:80]
    if not source or not reference:
        raise Invalid(_("Say where it comes from, and in which transaction."), field="reference")
    if day >= clock.now().date():
        raise Invalid(_("A day is shared out when it is over."), field="day")
    if day < product.first_day:
        raise Invalid(_("This product began on %(day)s.") % {"day": product.first_day}, field="day")
    with transaction.atomic():  # whoever moved something that day has committed when this is held
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    with transaction.atomic():
        locks.hold(locks.Lock.PROGRAMME, product.programme_id)
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)
        if first := _first(product, reference, Arrival.Kind.REWARD, amount):
            return first
        known = proof or evidence.STATEMENT
        return _share_out(product, amount, day, source, reference, actor, known)


def _share_out(
    product: Product,
    amount: Decimal,
    day: date,
    source: str,
    reference: str,
    actor: Actor,
    proof: Proof,
) -> Arrival:
    precision = product.asset.precision
    bps = product.terms.filter(from_day__lte=day).latest("from_day").commission_bps
    commission = received(amount * bps / 10_000, precision)
    net = amount - commission
    common, params = bases(product, day)
    with connection.cursor() as cursor:
        cursor.execute(_TOTAL.format(bases=common), params)
        positions, total = cursor.fetchone()
    if not positions:
        raise Conflict(_("Nobody had anything in this product on that day."), field="day")
    share: list[Any] = [to_units(net, precision), total, from_units(1, precision)]
    lines = Query(_SHARES.format(bases=common), [*params, *share])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(q.amount), 0) FROM ({lines.sql}) q", lines.params)  # noqa: S608
        given = cursor.fetchone()[0]
    key = f"{product.slug}:{reference}"
    fund.take_in(
        programme_id=product.programme_id,
        source=f"validator {source}"[:60],
        account_id=house_account(asset_id=product.asset_id, purpose=CUSTODY),
        amount=amount,
        reference=f"reward:{product.pk}:{reference}"[:100],
        actor=actor,
    )
    if commission:
        assert product.programme.account_id is not None
        post.transfer(
            kind="earn_commission",
            reference=f"reward:{product.pk}:{reference}"[:100],
            source=product.programme.account_id,
            destination=house_account(asset_id=product.asset_id, purpose=FEES),
            amount=commission,
        )
    payout = payouts.prepare(
        programme_id=product.programme_id,
        key=f"reward {key}"[:80],
        lines=lines,
        remainder=net - given,
        settled_by=SETTLED_BY,
        actor=actor,
    )
    arrival = _booked(
        product, Arrival.Kind.REWARD, amount, day, source, reference, actor,
        commission=commission, payout=payout, remainder=net - given, positions=positions,
        proof=proof.how, network=proof.network, place=proof.place, height=proof.height,
    )  # fmt: skip
    record(
        actor=actor,
        verb="earn.book_reward",
        target=product,
        after={
            "amount": amount,
            "commission": commission,
            "day": day,
            "reference": reference,
            "proof": proof.how,
        },
    )
    return arrival


def propose_slash(
    *, product_id: int, amount: Decimal, source: str, reference: str, actor: Actor, reason: str
) -> Proposal:
    """Ask a colleague to pass a slash on to those who staked. Raises as `book_reward` does, and
    Conflict when more was slashed than is bonded."""
    actor.require("launchpad.book_arrival")
    product = arriving(product_id)
    amount = parse(amount, field="amount", precision=product.asset.precision)
    if not source.strip() or not reference.strip():
        raise Invalid(_("Say whose it was, and in which transaction."), field="reference")
    _refuse_too_much(product, amount)
    return proposals.propose(
        kind=SLASH_KIND,
        payload={
            "product_id": product_id,
            "amount": plain(amount),
            "source": source.strip()[:120],
            "reference": reference.strip()[:80],
            "reason": reason[:500],
        },
        summary=f"Pass a slash of {plain(amount)} {product.asset.code} on in {product.name}",
        reason=reason,
        actor=actor,
        target=product,
    )


@proposals.proposal_kind(
    SLASH_KIND,
    permission_to_propose="launchpad.book_arrival",
    permission_to_approve="launchpad.approve_slash",
)
def _slash(*, payload: dict[str, Any], actor: Actor) -> str:
    product_id, amount = int(payload["product_id"]), Decimal(payload["amount"])
    vault = lent.hold(arriving(product_id))
    locks.hold(locks.Lock.EARN_PRODUCT, product_id)
    product = arriving(product_id)
    source, reference = payload["source"], payload["reference"]
    if first := _first(product, reference, Arrival.Kind.SLASH, amount):
        return f"was passed on already, to {first.positions} positions"
    total = _refuse_too_much(product, amount)
    precision = product.asset.precision
    shares: list[Any] = [to_units(amount, precision), total, from_units(1, precision), product.pk]
    key = f"slash:{product.pk}:{reference}"[:100]
    post_many.post_from(
        kind="earn_slash",
        reference=key,
        query=_SLASH_LEGS,
        params=[
            *shares,
            product.asset_id,
            house_account(asset_id=product.asset_id, purpose=CUSTODY),
            amount,
            house_account(asset_id=product.asset_id, purpose=ROUNDING),
            amount,
        ],
    )
    with connection.cursor() as cursor:
        cursor.execute(_SLASH_POSITIONS, [*shares, clock.now(), key])
        positions, borne, of_open = cursor.fetchone()
    product.taken -= of_open
    product.save(update_fields=["taken"])
    lent.book_loss(vault, amount)
    _booked(
        product, Arrival.Kind.SLASH, amount, clock.now().date(), source, reference, actor,
        remainder=amount - borne, positions=positions, reason=payload["reason"],
    )  # fmt: skip
    record(
        actor=actor,
        verb="earn.slash",
        target=product,
        reason=payload["reason"],
        after={"amount": amount, "positions": positions, "reference": reference},
    )
    outbox.announce("earn.slashed", product_id=product.pk, amount=plain(amount))
    told.slashed(product, key)
    return f"{positions} positions bear {plain(borne)} {product.asset.code}"


def arriving(product_id: int) -> Product:
    """A product that lives from what arrives. Raises NotFound, Conflict."""
    found = Product.objects.select_related("asset", "programme").filter(pk=product_id).first()
    if found is None or found.state == Product.State.DRAFT:
        raise NotFound(f"There is no product {product_id}.", field="product_id")
    if found.earns != Product.Earns.ARRIVALS:
        raise Conflict(_("This product pays a rate: nothing arrives for it."))
    return found


def bonded(product: Product) -> Decimal:
    """What a slash would fall on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(amount), 0) FROM launchpad_position"
            " WHERE product_id = %s AND state <> 'closed'",
            [product.pk],
        )
        return Decimal(cursor.fetchone()[0])


def _refuse_too_much(product: Product, amount: Decimal) -> Decimal:
    total = bonded(product)
    if amount > total:
        raise Conflict(
            _("Only %(amount)s are bonded.") % {"amount": plain(total)}, field="amount", limit=total
        )
    return total


def _first(product: Product, reference: str, kind: str, amount: Decimal) -> Arrival | None:
    first = Arrival.objects.filter(product=product, reference=reference).first()
    if first is not None and (first.kind, first.amount) != (kind, amount):
        raise KeyReused(field="reference")
    return first


def _booked(
    product: Product,
    kind: str,
    amount: Decimal,
    day: date,
    source: str,
    reference: str,
    actor: Actor,
    **more: Any,
) -> Arrival:
    more.setdefault("commission", ZERO)
    return Arrival.objects.create(
        product=product, kind=kind, amount=amount, day=day, source=source, reference=reference,
        by=actor.label, at=clock.now(), **more,
    )  # fmt: skip
