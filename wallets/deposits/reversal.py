"""A fork took back what was credited: the ledger follows, to the last unit.

What the customer still has available is taken back. What they have spent meanwhile is the house's
loss and a debt that staff see, and they can withdraw nothing until two people say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange.accounts.models import Customer, Restriction
from exchange.accounts.restrictions import restrict
from exchange.audit.record import record
from exchange.core.actors import system
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from wallets.deposits.models import Deposit, ReorgDebt

KIND = "deposit_reversed"
ACTOR = system("deposits.reversal")


def take_back(deposits: Sequence[Deposit]) -> None:
    """Post the mirror of each credit. The rows are locked, in the order of their ids."""
    if not deposits:
        return
    holders = sorted({deposit.customer_id for deposit in deposits if deposit.customer_id})
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=holders).order_by("pk"))
    own = accounts.customer_accounts(
        {(d.customer_id, _asset_id(d)) for d in deposits if d.customer_id}
    )
    house = {
        (asset_id, purpose): accounts.house_account(asset_id=asset_id, purpose=purpose)
        for asset_id in {_asset_id(d) for d in deposits}
        for purpose in (accounts.CUSTODY, accounts.REORG_LOSS, accounts.ROUNDING)
    }
    available = accounts.locked_available([*own.values(), *house.values()])
    for deposit in deposits:
        assert deposit.customer_id is not None
        account = own[deposit.customer_id, _asset_id(deposit)]
        given = deposit.creditable - deposit.settled
        taken = min(max(available[account], Decimal(0)), given)
        available[account] -= taken
        _post(deposit, account, house, taken=taken, missing=given - taken)
        _owe(deposit, missing=given - taken)
        record(
            actor=ACTOR,
            verb="deposits.reverse",
            target=deposit,
            reason="a fork took the block back",
            after={
                "asset": deposit.asset_code,
                "amount": deposit.creditable,
                "taken": taken,
                "missing": given - taken,
            },
        )


def _asset_id(deposit: Deposit) -> int:
    assert deposit.asset_network is not None
    return deposit.asset_network.asset_id


def _post(
    deposit: Deposit,
    account: int,
    house: dict[tuple[int, str], int],
    *,
    taken: Decimal,
    missing: Decimal,
) -> None:
    asset_id = _asset_id(deposit)
    loss = missing + deposit.settled
    legs = [
        Leg(house[asset_id, accounts.CUSTODY], available=deposit.amount),
        Leg(account, available=-taken),
        Leg(house[asset_id, accounts.REORG_LOSS], available=-loss),
        Leg(house[asset_id, accounts.ROUNDING], available=deposit.creditable - deposit.amount),
    ]
    post(kind=KIND, reference=deposit.reference, legs=[leg for leg in legs if leg.available])


def _owe(deposit: Deposit, *, missing: Decimal) -> None:
    """Write down what is missing now, and that what this round had paid back is not paid."""
    if not missing and not deposit.settled:
        return
    assert deposit.customer_id is not None
    assert deposit.asset_network is not None
    debt, _ = ReorgDebt.objects.select_for_update().get_or_create(
        deposit=deposit,
        defaults={"customer_id": deposit.customer_id, "asset": deposit.asset_network.asset},
    )
    debt.amount += missing
    debt.paid -= deposit.settled
    debt.save()
    restrict(
        customer_id=deposit.customer_id,
        kind=Restriction.Kind.WITHDRAWAL,
        actor=ACTOR,
        reason=f"deposit {deposit.pk} was taken back by a fork after {missing.normalize():f} "
        f"{deposit.asset_code} of it had been spent",
        customer_message="A deposit of yours was taken back by its network. Please write to"
        " support.",
    )
