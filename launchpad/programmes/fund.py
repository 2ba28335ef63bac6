"""Money into a programme and back out of it.

From the house's own accounts it takes two people: one proposes, another approves. What a room above
collected for the purpose already (a project's tokens, a validator's reward) it brings in itself.
What is left of a closed programme goes back to where it came from, the newest funding first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, KeyReused
from exchange.core.money import ZERO, parse, plain
from exchange.ledger import post
from exchange.ledger.accounts import CAPITAL, FEES, WITHDRAWAL_FEES, house_account
from launchpad.programmes import queries
from launchpad.programmes.models import Funding, Programme
from launchpad.programmes.open import locked

# What the house may pay people from.
SOURCES = (CAPITAL, FEES, WITHDRAWAL_FEES)
KIND = "programmes.fund"


def propose_funding(
    *, programme_id: int, source: str, amount: Decimal, actor: Actor, reason: str
) -> Proposal:
    """Ask a colleague to move money from one of the house's accounts into a programme.

    Raises PermissionRefused, NotFound, Invalid (source, amount, reason), Conflict when the
    programme is closed or the same is proposed already.
    """
    actor.require("launchpad.fund_programme")
    programme = queries.programme(programme_id)
    _refuse_source(source)
    amount = parse(amount, field="amount", precision=programme.asset.precision)
    if programme.state == Programme.State.CLOSED:
        raise Conflict("This programme is closed.", limit=programme.state)
    return proposals.propose(
        kind=KIND,
        payload={"programme_id": programme_id, "source": source, "amount": plain(amount)},
        summary=f"Fund {programme.name} with {plain(amount)} {programme.asset.code} from {source}",
        reason=reason,
        actor=actor,
        target=programme,
    )


@proposals.proposal_kind(
    KIND,
    permission_to_propose="launchpad.fund_programme",
    permission_to_approve="launchpad.approve_funding",
)
def _fund(*, payload: dict[str, Any], actor: Actor) -> str:
    programme = locked(int(payload["programme_id"]))
    source = payload["source"]
    _refuse_source(source)
    # The row is locked by whoever approves, and the proposal's number makes the entry one.
    proposal = Proposal.objects.filter(
        kind=KIND, payload=payload, state=Proposal.State.OPEN, target_id=str(programme.pk)
    ).latest("pk")
    amount = Decimal(payload["amount"])
    _move(
        programme,
        source=source,
        account_id=house_account(asset_id=programme.asset_id, purpose=source),
        amount=amount,
        reference=f"proposal:{proposal.pk}",
        reason=proposal.reason,
        actor=actor,
    )
    return f"{plain(amount)} {programme.asset.code} are in {programme.name}"


def take_in(
    *,
    programme_id: int,
    source: str,
    account_id: int,
    amount: Decimal,
    reference: str,
    actor: Actor,
    from_held: bool = False,
) -> Funding:
    """Bring in money that a room above has collected for this. For the exchange's own processes and
    for verbs that asked for a permission of theirs; the same reference again is the first.

    With `from_held` it is spent from what the account holds. Raises InsufficientFunds, Conflict
    when the programme is closed, KeyReused.
    """
    with transaction.atomic():
        programme = locked(programme_id)
        if found := Funding.objects.filter(reference=reference).first():
            if (found.programme_id, found.amount, found.source) != (programme_id, amount, source):
                raise KeyReused(field="reference")
            return found
        return _move(
            programme,
            source=source,
            account_id=account_id,
            amount=amount,
            reference=reference,
            reason="",
            actor=actor,
            from_held=from_held,
        )


def return_rest(*, programme_id: int, actor: Actor, reason: str) -> Decimal:
    """Give back what is left of a closed programme, to where it came from. Returns how much.

    Raises PermissionRefused, NotFound, Invalid without a reason, Conflict when it is not closed.
    """
    actor.require("launchpad.fund_programme")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        programme = locked(programme_id)
        if programme.state != Programme.State.CLOSED:
            raise Conflict("Only what is left of a closed programme goes back.")
        rest, _ = queries.house_balances_of(programme)
        left = rest
        number = Funding.objects.filter(programme=programme, amount__lt=0).count()
        for came in _what_came(programme):
            part = min(left, came.amount)
            if part <= 0:
                break
            number += 1
            _move(
                programme,
                source=came.source,
                account_id=came.source_account_id,
                amount=-part,
                reference=f"return:{programme.pk}:{number}",
                reason=reason,
                actor=actor,
            )
            left -= part
    return rest - left


def _what_came(programme: Programme) -> list[Funding]:
    return list(Funding.objects.filter(programme=programme, amount__gt=0).order_by("-id"))


def _move(
    programme: Programme,
    *,
    source: str,
    account_id: int,
    amount: Decimal,
    reference: str,
    reason: str,
    actor: Actor,
    from_held: bool = False,
) -> Funding:
    """Into a locked programme, or out of it when the amount is negative."""
    if amount > 0 and programme.state == Programme.State.CLOSED:
        raise Conflict("This programme is closed.", limit=programme.state)
    assert programme.account_id is not None
    given = post.Leg(account_id, held=-amount) if from_held else post.Leg(account_id, -amount)
    post.post(
        kind="programme_funding",
        reference=reference,
        legs=[given, post.Leg(programme.account_id, amount)],
    )
    funding = Funding.objects.create(
        programme=programme,
        source=source,
        source_account_id=account_id,
        amount=amount,
        reference=reference,
        reason=reason[:500],
        by=actor.label,
        at=clock.now(),
    )
    record(
        actor=actor,
        verb="programmes.fund" if amount > ZERO else "programmes.return_rest",
        target=programme,
        reason=reason,
        after={"amount": amount, "source": source, "entry": reference},
    )
    return funding


def _refuse_source(source: str) -> None:
    if source not in SOURCES:
        raise Invalid(
            "Programmes are not funded from there.", field="source", limit=", ".join(SOURCES)
        )
