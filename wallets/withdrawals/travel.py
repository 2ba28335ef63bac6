"""The travel rule before a withdrawal: its gate, the row it opens, and going on when it is settled.

What the rule wants is `compliance.travel_rule`'s; here it is asked, told and listened to.
"""

from __future__ import annotations

from typing import Any

from compliance.travel_rule import outgoing
from compliance.travel_rule.outgoing import Question, Standing
from exchange.core import outbox
from wallets.withdrawals import gates, judge, wake
from wallets.withdrawals.gates import PASS, Facts, Outcome
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import State

SETTLED = "travel_rule.changed"
PREFIX = "withdrawal:"
NAME = "travel rule"
GIVEN_UP = {State.CANCELLED, State.REFUSED, State.FAILED}


def transfer_of(withdrawal_id: int) -> str:
    """What the travel rule calls a withdrawal."""
    return f"{PREFIX}{withdrawal_id}"


def settled(facts: Facts) -> Outcome:
    """The gate. Coins that stay with us, given to another customer, travel nowhere."""
    if facts.network_id is None:
        return PASS
    standing = standing_of(facts)
    if standing.passes:
        return PASS
    return gates.hold(standing.code, standing.message)


def standing_of(facts: Facts) -> Standing:
    """What the rule says of a withdrawal, also of one that was not asked for yet."""
    transfer = transfer_of(facts.withdrawal_id) if facts.withdrawal_id else ""
    return outgoing.standing(
        Question(
            customer_id=facts.owner_id,
            asset=facts.asset,
            network=facts.network,
            address=facts.key,
            key=facts.key,
            memo=facts.memo,
            amount=facts.amount,
            usd=facts.value,
            transfer=transfer,
        )
    )


def opened(row: Withdrawal, _outcome: Outcome) -> None:
    """Once the withdrawal stands, the exchange about it begins, in the same transaction."""
    if row.asset_network is None:
        return
    outgoing.open_transfer(
        Question(
            customer_id=row.owner_id,
            asset=row.asset.code,
            network=row.asset_network.network.code,
            address=row.address,
            key=row.key,
            memo=row.memo,
            amount=row.amount,
            usd=row.value_usdt,
            transfer=transfer_of(row.pk),
        )
    )


@outbox.consumes(SETTLED)
def _go_on(payload: dict[str, Any]) -> None:
    """The rule is settled, or waits for something else now: the gates are asked again."""
    prefix, _, number = str(payload["transfer"]).partition(":")
    if f"{prefix}:" != PREFIX:
        return
    row = Withdrawal.objects.filter(pk=int(number), state=State.HELD).first()
    if row is None:
        return
    said = row.outcomes.filter(round=row.gates_round, gate=NAME).values_list("code", flat=True)
    if said.first() != standing_of(judge.facts_of(row)).code:
        judge.look_again(withdrawal_id=row.pk)


@outbox.consumes(wake.CHANGED)
def _tell(payload: dict[str, Any]) -> None:
    """The other provider hears by which transaction it went, or the exchange is closed."""
    if payload["state"] in GIVEN_UP:
        outgoing.cancel(transfer=transfer_of(payload["withdrawal_id"]))
    elif payload["state"] in (State.BROADCAST, State.CONFIRMED):
        row = Withdrawal.objects.select_related("transaction").get(pk=payload["withdrawal_id"])
        if row.transaction is not None and row.transaction.txid:
            outgoing.paid(transfer=transfer_of(row.pk), txid=row.transaction.txid)


gates.register(NAME, settled, order=gates.TRAVEL_RULE, then=opened)
