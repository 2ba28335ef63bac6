"""The travel rule before a deposit is credited: its gate, and judging anew when it is settled."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from compliance.travel_rule import incoming, owners, proofs
from compliance.travel_rule.incoming import Arrival, Ours
from exchange.accounts.models import Customer
from exchange.assets.models import AssetNetwork, Network
from exchange.audit.record import record
from exchange.core import dispatch, outbox
from exchange.core.actors import system
from exchange.core.errors import Conflict, Refused
from wallets.addresses import formats
from wallets.addresses import queries as addresses
from wallets.chains import nodes, parameters
from wallets.deposits import gate, pushes, states
from wallets.deposits.gate import PASS, Facts, Outcome, Verdict
from wallets.deposits.models import Deposit

SETTLED = "travel_rule.changed"
PREFIX = "deposit:"
ACTOR = system("travel rule")
# In these the rule does not wait any more: the deposit is judged anew.
OVER = {"accepted", "kept", "released", "refused"}
State = Deposit.State


def transfer_of(deposit_id: int) -> str:
    """What the travel rule calls a deposit."""
    return f"{PREFIX}{deposit_id}"


def settled(facts: Facts) -> Outcome:
    """The gate. A small payment that proves a customer's own wallet is noticed on the way."""
    deposit = Deposit.objects.select_related("address").get(pk=facts.deposit_id)
    owner_id = Customer.objects.get(pk=facts.customer_id).self_trade_id
    owners.notice_payment(
        customer_id=owner_id,
        network=facts.network,
        sender=facts.sender,
        asset=facts.asset,
        amount=facts.amount,
        actor=ACTOR,
    )
    standing = incoming.standing(
        Arrival(
            transfer=transfer_of(facts.deposit_id),
            customer_id=owner_id,
            asset=facts.asset,
            network=facts.network,
            address=facts.address,
            key=deposit.address.key,
            memo=deposit.memo,
            amount=facts.amount,
            usd=facts.worth,
            sender=facts.sender,
            txid=facts.txid,
        )
    )
    if standing.passes:
        return PASS
    if standing.code == "travel_refused":
        return Outcome(Verdict.REFUSE, standing.code, standing.message)
    return Outcome(Verdict.HOLD, standing.code, f"travel rule: {standing.message}")


def refuse_unless_settled(deposit: Deposit) -> None:
    """For whoever releases a held deposit by hand. Raises Conflict."""
    if not incoming.may_credit(transfer_of(deposit.pk)):
        raise Conflict("The travel rule is not settled. See its queue.", limit=deposit.state)


def find(network: str, address: str, memo: str) -> Ours | None:
    """Whose deposits come to an address of ours."""
    row = Network.objects.filter(code=network).first()
    if row is None:
        return None
    try:
        key = formats.read(network=row, text=address).key
    except Refused:
        return None
    own = addresses.ours(row.pk, [key]).get(key)
    if own is None:
        return None
    customer_id = own.customer_id
    if customer_id is None:
        shared = addresses.owner_of_memo(row.pk, key, memo)
        customer_id = shared.customer_id if shared is not None else None
    if customer_id is None:
        return None
    return Ours(Customer.objects.get(pk=customer_id).self_trade_id, key)


@outbox.consumes(SETTLED)
def _judge_again(payload: dict[str, Any]) -> None:
    prefix, _, number = str(payload["transfer"]).partition(":")
    if f"{prefix}:" != PREFIX or payload["state"] not in OVER:
        return
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update(of=("self",)).filter(pk=int(number)).first()
        if deposit is None or deposit.state != State.HELD:
            return
        states.move(deposit, State.CONFIRMING, reason="the travel rule is settled")
        deposit.save()
        record(
            actor=ACTOR,
            verb="deposits.check_again",
            target=deposit,
            before={"state": State.HELD},
            after={"state": State.CONFIRMING},
        )
        dispatch.after_commit("deposits.credit", queue="wallets", network_id=deposit.network_id)
        pushes.after_commit(deposit.network_id, deposits=[deposit])


def small_payment(network: str) -> tuple[str, Decimal] | None:
    """What a wallet can pay to prove itself: the chain's own coin, no less than is credited. Only
    where blocks say who pays."""
    if network not in nodes.configured() or nodes.node(network).family != parameters.EVM:
        return None
    row = (
        AssetNetwork.objects.select_related("asset")
        .filter(network__code=network, asset__code=F("network__native_asset"))
        .first()
    )
    return (row.asset.code, row.deposit_min) if row is not None else None


incoming.found_by(find)
proofs.offered_by(small_payment)
gate.register("travel rule", settled, order=35)
