"""Credit what was checked: custody is debited, the customer credited, once a round.

While deposits are paused (a switch, the asset, a node that can't be trusted) nothing is credited
and nothing is lost: the row waits, and the customer is told why.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from exchange.accounts import mail
from exchange.accounts.models import Customer
from exchange.core import clock, outbox
from exchange.core.errors import SwitchedOff
from exchange.core.money import ZERO, plain
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from wallets.chains.health import NotFollowing
from wallets.chains.models import NetworkWatch
from wallets.deposits import confirmations, pauses, pushes, states, told
from wallets.deposits.models import Deposit, ReorgDebt

KIND = "deposit"
CREDITED = "deposits.credited"  # the outbox topic: {deposit_id, customer_id, asset, amount}
State = Deposit.State


def credit_checked(*, network_id: int, limit: int = 500) -> int:
    """Credit every checked deposit of a network that is not paused. Returns how many.

    Safe to run twice and alongside itself: each is credited under its own lock, and its ledger
    entry's reference can be posted once.
    """
    waiting = Deposit.objects.filter(network=network_id, state=State.CHECKED).order_by("id")
    return sum(_credit_one(pk) for pk in list(waiting.values_list("pk", flat=True)[:limit]))


def _credit_one(deposit_id: int) -> int:
    try:
        with transaction.atomic():
            deposit = _locked(deposit_id)
            if deposit.state != State.CHECKED or not _deep_enough(deposit):
                return 0
            assert deposit.asset_network is not None
            pauses.refuse_if_paused(deposit.asset_network)
            _post(deposit)
            states.move(deposit, State.CREDITED)
            deposit.credited_at = clock.now()
            deposit.save()
            _announce(deposit)
    except (SwitchedOff, NotFollowing):  # paused: it waits
        return 0
    return 1


def _locked(deposit_id: int) -> Deposit:
    """The row, locked until the commit: two crediting tasks and a fork take turns on it."""
    return (
        Deposit.objects.select_for_update(of=("self",))
        .select_related("asset_network__asset", "asset_network__network", "network")
        .get(pk=deposit_id)
    )


def _deep_enough(deposit: Deposit) -> bool:
    """A fork may have shortened the chain since the gate was asked."""
    tip = NetworkWatch.objects.values_list("height", flat=True).get(network=deposit.network)
    return confirmations.have(deposit, tip) >= confirmations.needed(deposit)


def _post(deposit: Deposit) -> None:
    assert deposit.asset_network is not None
    assert deposit.customer_id is not None
    asset_id, customer_id = deposit.asset_network.asset_id, deposit.customer_id
    deposit.settled = _settle(deposit)
    own = accounts.customer_accounts({(customer_id, asset_id)})[customer_id, asset_id]
    legs = [
        Leg(_house(asset_id, accounts.CUSTODY), available=-deposit.amount),
        Leg(own, available=deposit.creditable - deposit.settled),
        Leg(_house(asset_id, accounts.REORG_LOSS), available=deposit.settled),
        Leg(_house(asset_id, accounts.ROUNDING), available=deposit.amount - deposit.creditable),
    ]
    post(kind=KIND, reference=deposit.reference, legs=[leg for leg in legs if leg.available])


def _settle(deposit: Deposit) -> Decimal:
    """What of it pays back the debt that its own disappearance had left; written down as paid."""
    debt = ReorgDebt.objects.select_for_update().filter(deposit=deposit).first()
    if debt is None or not debt.owed:
        return ZERO
    settled = min(debt.owed, deposit.creditable)
    debt.paid += settled
    debt.save()
    return settled


def _house(asset_id: int, purpose: str) -> int:
    return accounts.house_account(asset_id=asset_id, purpose=purpose)


def _announce(deposit: Deposit) -> None:
    customer_id = deposit.customer_id
    assert customer_id is not None
    outbox.announce(
        CREDITED,
        deposit_id=deposit.pk,
        customer_id=customer_id,
        asset=deposit.asset_code,
        amount=plain(deposit.creditable),
    )
    holder = Customer.objects.select_related("parent").get(pk=customer_id)
    told.credited(deposit, holder)
    if user_id := (holder.user_id or (holder.parent and holder.parent.user_id)):
        mail.tell(
            user_id,
            "deposit_credited",
            amount=plain(deposit.creditable),
            asset=deposit.asset_code,
            network=deposit.network.name,
            txid=deposit.txid,
        )
    pushes.after_commit(deposit.network_id, deposits=[deposit])
