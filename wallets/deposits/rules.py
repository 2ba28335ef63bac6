"""The gates that stand by default: standing, sanctions, honest tokens, size."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from compliance.screening import block
from exchange.accounts.models import Restriction
from exchange.accounts.standing import standings
from wallets.deposits import gate
from wallets.deposits.gate import PASS, Facts, Outcome, Verdict

REVIEW_ABOVE_USDT = Decimal(1_000_000)


def standing(facts: Facts) -> Outcome:
    """Customers who may not deposit: what arrives is theirs, and waits."""
    known = standings(customer_ids=[facts.customer_id], kind=Restriction.Kind.DEPOSIT)
    if known[facts.customer_id].restricted is None:
        return PASS
    return Outcome(Verdict.HOLD, "restricted", "the customer may not deposit")


def sanctions(facts: Facts) -> Outcome:
    """A sender whom a sanctions list names, or any of a transaction's inputs. Funds of theirs are
    kept, never sent back or passed on, and the account is frozen in the same transaction."""
    hit = block.meet_address(
        customer_id=facts.customer_id,
        keys=[facts.sender, *facts.senders],
        reference=f"deposit:{facts.deposit_id}:{facts.round}",
    )
    if hit is None:
        return PASS
    said = f"{hit.subject_name} is on the list of {hit.listed['source']}"
    return Outcome(Verdict.HOLD, "sanctioned", said)


def honest_token(facts: Facts) -> Outcome:
    """A token whose balance grew by less than it said, or could not be measured."""
    if facts.balance_gap == 0:
        return PASS
    if facts.balance_gap is None:
        return Outcome(Verdict.HOLD, "not_measured", "the node could not tell the balance")
    return Outcome(
        Verdict.HOLD, "balance_gap", f"the balance grew by {facts.balance_gap} units less than said"
    )


def size(facts: Facts) -> Outcome:
    """Large amounts are looked at by a person."""
    most = Decimal(getattr(settings, "DEPOSIT_REVIEW_ABOVE_USDT", REVIEW_ABOVE_USDT))
    if facts.worth is None:
        return Outcome(Verdict.PASS, "no_price", "never traded against USDT: size not judged")
    if facts.worth < most:
        return PASS
    return Outcome(
        Verdict.HOLD, "large", f"worth about {facts.worth:.0f} USDT; reviewed from {most:.0f}"
    )


gate.register("standing", standing, order=10)
gate.register("sanctions", sanctions, order=20)
gate.register("honest token", honest_token, order=30)
gate.register("size", size, order=40)
