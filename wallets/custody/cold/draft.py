"""Draft a payment out of cold storage. Nothing moves: people have to sign it elsewhere.

To a wallet of our own one treasury operator may draft; to anybody else it takes a colleague's
approval first, and then the cosigners still look at it on their own machines.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import dispatch, money
from exchange.core.actors import Actor
from exchange.core.errors import InsufficientFunds, Invalid, NotFound, PermissionRefused
from exchange.core.money import from_units
from wallets.addresses import formats
from wallets.addresses import queries as addresses
from wallets.addresses.models import KeySet
from wallets.custody import safe
from wallets.custody.cold.terms import Terms
from wallets.custody.models import ColdPayment
from wallets.sending import prepare
from wallets.sending.models import AccountBalance, ChainTransaction

PERMISSION = "wallets.draft_cold_payment"
APPROVE = "wallets.approve_cold_payment"
KIND = "custody.pay_outside"
State = ColdPayment.State
OPEN = (State.DRAFTED, State.SIGNING, State.READY, State.SENT)
OWN = (KeySet.Role.HOT, KeySet.Role.WARM, KeySet.Role.COLD)
COLD_SCHEMES = (KeySet.Scheme.WSH_MULTI, KeySet.Scheme.SAFE)


class NeedsSecondPerson(PermissionRefused):
    """The address is none of our wallets': a colleague has to approve the draft."""

    code = "needs_second_person"
    message = "This address is none of our own wallets: propose it to a colleague."


def draft(
    *,
    key_set_id: int,
    asset_network_id: int,
    address: str,
    amount: Decimal,
    terms: Terms,
    actor: Actor,
    reason: str,
) -> ColdPayment:
    """Draft a payment to one of our own wallets, and set aside what it spends.

    `terms` were read from the chain before. Raises PermissionRefused, NeedsSecondPerson,
    InsufficientFunds, NotEnoughOnHand, Invalid, NotFound.
    """
    actor.require(PERMISSION)
    wanted = _checked(key_set_id, asset_network_id, address, amount, reason)
    if not wanted.whose:
        raise NeedsSecondPerson(field="address")
    return _write(wanted, terms, actor, approved_by="")


def propose_outside(
    *,
    key_set_id: int,
    asset_network_id: int,
    address: str,
    amount: Decimal,
    terms: Terms,
    actor: Actor,
    reason: str,
) -> Proposal:
    """Ask a colleague to approve a draft that pays somebody else. Raises as `draft`."""
    actor.require(PERMISSION)
    wanted = _checked(key_set_id, asset_network_id, address, amount, reason)
    what = wanted.asset_network
    return proposals.propose(
        kind=KIND,
        payload={
            "key_set_id": key_set_id,
            "asset_network_id": asset_network_id,
            "address": wanted.address,
            "amount": money.plain(amount),
            "terms": list(terms),
            "reason": reason,
            "drafted_by": actor.label,
            "drafter_id": actor.user_id,
        },
        summary=(f"Cold storage pays {money.plain(amount)} {what.asset.code} to {wanted.address}")[
            :300
        ],
        reason=reason,
        actor=actor,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=APPROVE)
def _draft_outside(*, payload: dict[str, Any], actor: Actor) -> str:
    wanted = _checked(
        payload["key_set_id"],
        payload["asset_network_id"],
        payload["address"],
        Decimal(payload["amount"]),
        payload["reason"],
    )
    wanted.drafted_by, wanted.drafter_id = payload["drafted_by"], payload["drafter_id"]
    made = _write(wanted, Terms(*payload["terms"]), actor, approved_by=actor.label)
    return f"{made} is drafted; its cosigners have to sign it"


def _checked(
    key_set_id: int, asset_network_id: int, address: str, amount: Decimal, reason: str
) -> ColdPayment:
    """The payment as it will be written, not written yet."""
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    key_set = (
        KeySet.objects.filter(pk=key_set_id, role=KeySet.Role.COLD)
        .select_related("network")
        .first()
    )
    if key_set is None or key_set.scheme not in COLD_SCHEMES:
        raise NotFound("There is no such cold wallet.", field="key_set_id")
    what = (
        AssetNetwork.objects.filter(pk=asset_network_id, network=key_set.network)
        .select_related("asset", "network")
        .first()
    )
    if what is None:
        raise NotFound("This asset is not on the wallet's network.", field="asset_network_id")
    money.parse(amount, field="amount", precision=what.decimals)
    written = formats.read(network=key_set.network, text=address)
    ours = addresses.ours(key_set.network_id, [written.key]).get(written.key)
    if ours is not None and ours.key_set_id == key_set.pk:
        raise Invalid("The wallet would pay itself.", field="address")
    payee = KeySet.objects.get(pk=ours.key_set_id) if ours and ours.role in OWN else None
    return ColdPayment(
        key_set=key_set,
        asset_network=what,
        address=written.address,
        units=money.to_units(amount, what.decimals),
        whose=payee.name if payee else "",
        reason=reason.strip()[:500],
        threshold=key_set.threshold,
    )


def _write(made: ColdPayment, terms: Terms, actor: Actor, *, approved_by: str) -> ColdPayment:
    made.approved_by = approved_by
    if not made.drafted_by:
        made.drafted_by, made.drafter_id = actor.label, actor.user_id
    with transaction.atomic():
        _lock_wallet(made.key_set_id)
        if made.key_set.scheme == KeySet.Scheme.SAFE:
            _number(made, terms)
            made.save()
        else:
            made.save()
            _set_coins_aside(made, terms)
        record(
            actor=actor,
            verb="custody.draft",
            target=made,
            reason=made.reason,
            after={
                "wallet": made.key_set.name,
                "asset": made.asset_network.asset.code,
                "amount": money.plain(from_units(made.units, made.asset_network.decimals)),
                "address": made.address,
                "whose": made.whose,
                "approved_by": approved_by,
            },
        )
        dispatch.after_commit("custody.gather", queue="wallets", payment_id=made.pk)
    return made


def _lock_wallet(key_set_id: int) -> None:
    """Numbers and what they promise are handed out one at a time."""
    KeySet.objects.select_for_update(no_key=True).get(pk=key_set_id)


def _set_coins_aside(made: ColdPayment, terms: Terms) -> None:
    """Choose coins and build the PSBT as for any other payment of ours; no key here can sign it."""
    row = prepare.prepare(
        network=made.key_set.network,
        key_set=made.key_set,
        purpose=ChainTransaction.Purpose.COLD,
        reference=f"cold:{made.pk}",
        payments=[prepare.Pay(made.asset_network_id, made.address, made.units, f"cold:{made.pk}")],
        fee_rate=terms.fee_rate,
    )
    made.transaction, made.unsigned = row, row.unsigned
    made.fee_units = row.fee_units
    made.save(update_fields=["transaction", "unsigned", "fee_units"])


def _number(made: ColdPayment, terms: Terms) -> None:
    """The lowest number that no open payment has: a cancelled one's is used again, and when that
    one is executed the cancelled one's signatures are worth nothing."""
    open_ones = ColdPayment.objects.filter(key_set=made.key_set_id, state__in=OPEN)
    promised = open_ones.filter(asset_network=made.asset_network).aggregate(total=Sum("units"))
    held = AccountBalance.objects.filter(
        address__key_set=made.key_set_id, asset_network=made.asset_network
    ).aggregate(total=Sum("units"))
    at_hand = int(held["total"] or 0) - int(promised["total"] or 0)
    if made.units > at_hand:
        limit = money.plain(from_units(max(at_hand, 0), made.asset_network.decimals))
        raise InsufficientFunds(
            "The cold wallet does not have that much.", field="amount", limit=limit
        )
    used = set(
        ColdPayment.objects.filter(key_set=made.key_set_id, nonce__gte=terms.nonce)
        .exclude(state__in=[State.CANCELLED, State.FAILED])
        .values_list("nonce", flat=True)
    )
    made.nonce = next(n for n in range(terms.nonce, terms.nonce + len(used) + 1) if n not in used)


def safe_tx(made: ColdPayment) -> safe.SafeTx:
    """The call that a Safe's owners sign for this payment."""
    assert made.nonce is not None
    return safe.payment(
        recipient=made.address,
        units=int(made.units),
        contract=made.asset_network.contract,
        nonce=made.nonce,
    )
