"""What staff decide about deposits that wait in a queue. Money for somebody takes two people."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from wallets.deposits import pushes, states, travel
from wallets.deposits.detect import listed_on
from wallets.deposits.models import Deposit

REVIEW = "wallets.review_deposit"
GRANT = "wallets.grant_deposit"
RELEASE_KIND = "deposits.release"
ASSIGN_KIND = "deposits.assign"
State = Deposit.State


def propose_release(*, deposit_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let a held deposit through. Raises NotFound, Conflict."""
    deposit = _read(deposit_id)
    _refuse_unless(deposit, State.HELD)
    return proposals.propose(
        kind=RELEASE_KIND,
        payload={"deposit_id": deposit_id, "round": deposit.round},
        summary=f"Credit {_named(deposit)} to customer {deposit.customer_id}, held because:"
        f" {deposit.reason}",
        reason=reason,
        actor=actor,
        target=deposit,
    )


@proposals.proposal_kind(RELEASE_KIND, permission_to_propose=GRANT, permission_to_approve=GRANT)
def _release(*, payload: dict[str, Any], actor: Actor) -> str:
    deposit = _locked(payload["deposit_id"])
    _same_round(deposit, payload)
    _refuse_unless(deposit, State.HELD)
    travel.refuse_unless_settled(deposit)
    _move(deposit, State.CHECKED, actor, verb="deposits.release", reason="")
    return f"{_named(deposit)} will be credited to customer {deposit.customer_id}"


def propose_assignment(*, deposit_id: int, customer_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to give a deposit without an owner to a customer. It is then judged and
    credited like any other. Raises NotFound, Conflict."""
    deposit = _read(deposit_id)
    _refuse_unless(deposit, State.NO_OWNER)
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    return proposals.propose(
        kind=ASSIGN_KIND,
        payload={"deposit_id": deposit_id, "customer_id": customer_id, "round": deposit.round},
        summary=f"Give {_named(deposit)} to {customer} (customer {customer_id})",
        reason=reason,
        actor=actor,
        target=deposit,
    )


@proposals.proposal_kind(ASSIGN_KIND, permission_to_propose=GRANT, permission_to_approve=GRANT)
def _assign(*, payload: dict[str, Any], actor: Actor) -> str:
    deposit = _locked(payload["deposit_id"])
    _same_round(deposit, payload)
    _refuse_unless(deposit, State.NO_OWNER)
    deposit.customer_id = payload["customer_id"]
    _move(deposit, State.CONFIRMING, actor, verb="deposits.assign", reason="")
    return f"{_named(deposit)} belongs to customer {deposit.customer_id}"


def check_again(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """Have the gates judge a held deposit anew: a list was corrected, a restriction lifted."""
    return _decide(
        deposit_id, {State.HELD}, State.CONFIRMING, actor, "deposits.check_again", reason
    )


def waive_minimum(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """Let a deposit below the minimum go on like any other: the customer did send it."""
    return _decide(
        deposit_id, {State.BELOW_MINIMUM}, State.CONFIRMING, actor, "deposits.waive_minimum", reason
    )


def refuse(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """Credit nobody: it is to be returned. The coins stay where they are until treasury sends them.

    Raises NotFound, Conflict, Invalid without a reason, PermissionRefused.
    """
    from_states = {State.HELD, State.UNKNOWN_ASSET, State.NO_OWNER}
    return _decide(deposit_id, from_states, State.REFUSED, actor, "deposits.refuse", reason)


def reconsider(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """Put what was to be returned back among the held ones."""
    return _decide(deposit_id, {State.REFUSED}, State.HELD, actor, "deposits.reconsider", reason)


def note_return(*, deposit_id: int, txid: str, actor: Actor, reason: str) -> Deposit:
    """Write down by which transaction a refused deposit went back."""
    txid = txid.strip()
    if not txid.isalnum() or not 60 <= len(txid) <= 66:
        raise Invalid(_("Give the transaction that returned it."), field="txid")
    return _decide(
        deposit_id,
        {State.REFUSED},
        State.RETURNED,
        actor,
        "deposits.note_return",
        reason,
        note=f"returned by {txid}",
    )


def ignore(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """Take dust, spam and stray tokens out of the queue. The row and the coins stay."""
    from_states = {State.BELOW_MINIMUM, State.UNKNOWN_ASSET, State.NO_OWNER}
    return _decide(deposit_id, from_states, State.IGNORED, actor, "deposits.ignore", reason)


def list_asset_found(*, deposit_id: int, actor: Actor, reason: str) -> Deposit:
    """An unknown asset has been listed since: let the deposit go on as one of that asset."""
    actor.require(REVIEW)
    with transaction.atomic():
        deposit = _locked(deposit_id)
        _refuse_unless(deposit, State.UNKNOWN_ASSET)
        listed = listed_on(deposit.network).get(deposit.contract.lower())
        if listed is None:
            raise Conflict(_("No asset with this contract is listed on this network yet."))
        deposit.asset_network = listed
        _move(deposit, State.CONFIRMING, actor, verb="deposits.list_asset", reason=reason)
    return deposit


def _decide(
    deposit_id: int,
    from_states: set[State],
    state: str,
    actor: Actor,
    verb: str,
    reason: str,
    *,
    note: str = "",
) -> Deposit:
    actor.require(REVIEW)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        deposit = _locked(deposit_id)
        _refuse_unless(deposit, *from_states)
        _move(deposit, state, actor, verb=verb, reason=reason, note=note)
    return deposit


def _move(
    deposit: Deposit, state: str, actor: Actor, *, verb: str, reason: str, note: str = ""
) -> None:
    before = deposit.state
    states.move(deposit, state, reason=note or reason)
    deposit.save()
    record(
        actor=actor,
        verb=verb,
        target=deposit,
        reason=reason,
        before={"state": before},
        after={"state": state, "customer": deposit.customer_id, "note": note},
    )
    if state in states.UNDER_WAY:
        dispatch.after_commit("deposits.credit", queue="wallets", network_id=deposit.network_id)
    pushes.after_commit(deposit.network_id, deposits=[deposit])


def _refuse_unless(deposit: Deposit, *allowed: str) -> None:
    if deposit.state not in allowed:
        raise Conflict(
            _("This deposit is %(state)s; that can't be done any more.")
            % {"state": deposit.get_state_display()},
            limit=deposit.state,
        )


def _same_round(deposit: Deposit, payload: dict[str, Any]) -> None:
    """A fork since the proposal made it another deposit than the one that was looked at."""
    if deposit.round != payload["round"]:
        raise Conflict(_("A fork took this deposit back since. Look at it again."))


def _read(deposit_id: int) -> Deposit:
    deposit = (
        Deposit.objects.select_related("asset_network__asset", "network")
        .filter(pk=deposit_id)
        .first()
    )
    if deposit is None:
        raise NotFound(f"There is no deposit {deposit_id}.", field="deposit_id")
    return deposit


def _locked(deposit_id: int) -> Deposit:
    deposit = (
        Deposit.objects.select_for_update(of=("self",))
        .select_related("asset_network__asset", "network")
        .filter(pk=deposit_id)
        .first()
    )
    if deposit is None:
        raise NotFound(f"There is no deposit {deposit_id}.", field="deposit_id")
    return deposit


def _named(deposit: Deposit) -> str:
    amount = f"{deposit.amount.normalize():f} {deposit.asset_code}" if deposit.asset_code else ""
    return f"deposit {deposit.pk} ({amount or 'an unknown asset'})"
