"""What identity lets a person bring in. What arrives above it is theirs, and waits for the tier."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from compliance.identity import pep
from compliance.identity.approved import CHANGED
from compliance.identity.queries import Limits, limits_of, main_account
from exchange.accounts.models import Customer
from exchange.core import clock, outbox
from exchange.core.actors import system
from exchange.core.models import Fact, FactKind
from wallets.deposits import credit, gate, review
from wallets.deposits.gate import PASS, Facts, Outcome, Verdict
from wallets.deposits.models import Deposit, DepositCheck
from wallets.deposits.worth import worth_usdt

CODE = "over_tier"
DAY, MONTH = timedelta(hours=24), timedelta(days=30)
A_BATCH = 200
ACTOR = system("deposits after identity")


def within_tier(facts: Facts) -> Outcome:
    """Not more in 24 hours and in 30 days than the person's tier brings in. Held, never refused."""
    if facts.worth is None:
        return Outcome(Verdict.PASS, "no_price", "never traded against USDT: no limit applied")
    owner_id = main_account(facts.customer_id)
    _take_turns(owner_id)
    known = limits_of(owner_id)
    for most, span, words in _bounds(known):
        if most is None:
            continue
        before = brought_in(owner_id, span, besides=facts.deposit_id)
        if before + facts.worth > most:
            return Outcome(
                Verdict.HOLD,
                CODE,
                f"{before:.0f} and {facts.worth:.0f} USD within {words} are more than tier"
                f" {known.tier} brings in ({most:.0f})",
            )
    return PASS


def _take_turns(owner_id: int) -> None:
    """Two deposits of one person at once are judged one after the other."""
    Customer.objects.select_for_update(no_key=True).get(pk=owner_id)


def brought_in(owner_id: int, span: timedelta, *, besides: int = 0) -> Decimal:
    """What a person was credited within a span, and what is about to be, in USD. Two indexed
    queries and one for each deposit that is about to be."""
    since = clock.now() - span
    credited = Fact.objects.filter(
        kind=FactKind.CRYPTO_DEPOSIT, customer_id=owner_id, at__gt=since
    ).aggregate(total=Sum("usd"))["total"] or Decimal(0)
    family = [owner_id, *Customer.objects.filter(parent_id=owner_id).values_list("pk", flat=True)]
    coming = (
        Deposit.objects.filter(customer_id__in=family, state=Deposit.State.CHECKED)
        .exclude(pk=besides)
        .select_related("asset_network__asset")[:100]
    )
    return credited + sum(
        (worth_usdt(d.asset_code, d.creditable) or Decimal(0) for d in coming), Decimal(0)
    )


@outbox.consumes(CHANGED)
def judge_again(payload: dict[str, Any]) -> None:
    """A higher tier lets through what waited for it, and nothing else that is held."""
    owner_id = payload["customer_id"]
    family = [owner_id, *Customer.objects.filter(parent_id=owner_id).values_list("pk", flat=True)]
    held = Deposit.objects.filter(customer_id__in=family, state=Deposit.State.HELD)
    for deposit in held.order_by("id")[:A_BATCH]:
        reasons = DepositCheck.objects.filter(
            deposit=deposit, round=deposit.round, verdict=Verdict.HOLD
        ).order_by("-id")
        codes = set(reasons.values_list("code", flat=True))
        if codes == {CODE}:
            with transaction.atomic():
                review.check_again(
                    deposit_id=deposit.pk, actor=ACTOR, reason="the identity changed"
                )


@outbox.consumes(credit.CREDITED)
def note_large(payload: dict[str, Any]) -> None:
    """FINTRAC's clock on public offices starts with a large transfer in."""
    row = Deposit.objects.filter(pk=payload["deposit_id"]).first()
    if row is None or row.credited_at is None or row.customer_id is None:
        return
    worth = worth_usdt(row.asset_code, row.creditable)
    if worth is not None:
        pep.note_transfer(
            customer_id=row.customer_id,
            usd=worth,
            reference=row.reference,
            at=row.credited_at,
            actor=ACTOR,
        )


def _bounds(known: Limits) -> tuple[tuple[Decimal | None, timedelta, str], ...]:
    return (
        (known.deposit_day, DAY, "24 hours"),
        (known.deposit_month, MONTH, "30 days"),
    )


gate.register("tier", within_tier, order=15)
