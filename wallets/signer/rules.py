"""Whether a proposal may be signed: limits, destinations, fees, approvals, and what came before."""

from __future__ import annotations

from typing import Any, NamedTuple

from wallets.signer import canonical, vaults
from wallets.signer.approvals import approved_by
from wallets.signer.journal import Entry, Journal, Spent
from wallets.signer.policy import Key, Policy
from wallets.signer.proposal import Proposal, Whose
from wallets.signer.refusals import Refusal


class Verdict(NamedTuple):
    """What signing would use up, and how many operators it takes."""

    approvals_needed: int
    spent: tuple[Spent, ...]
    replaces: Entry | None


def weigh(proposal: Proposal, journal: Journal) -> Verdict:
    """What the policy says to a proposal, approvals aside. Raises Refusal when it says never."""
    before = journal.newest_of(proposal.id)
    _refuse_fee(proposal)
    _refuse_contradicted_coins(proposal, journal)
    if before is not None:
        return _as_bump(proposal, before, journal)
    _refuse_nonce(proposal, journal)
    needed, spent = _destinations(proposal, journal)
    fee = Spent("fees", proposal.key.network.native, proposal.fee)
    _refuse_fees_of_the_day(proposal, proposal.fee, journal)
    return Verdict(needed, (*spent, fee), None)


def demand_approvals(
    proposal: Proposal, verdict: Verdict, given: Any, policy: Policy
) -> dict[str, str]:
    """Operators' signatures over these contents. Raises Refusal when they are too few."""
    names = approved_by(policy.operators, given, proposal.approvable)
    if len(names) < verdict.approvals_needed:
        raise Refusal(
            "approvals", f"{len(names)} of {verdict.approvals_needed} approvals by operators."
        )
    return names


def _refuse_fee(proposal: Proposal) -> None:
    fees, native = proposal.key.fees, proposal.key.network.native
    if proposal.fee > proposal.fee_limit:
        raise Refusal("fee", f"A fee of {proposal.fee} {native} units exceeds the cap.")
    paid = proposal.total(native)
    of_token = any(payment.contract for payment in proposal.payments)
    if of_token or proposal.fee <= fees.share_floor:
        return
    if proposal.fee * 10_000 > paid * fees.share_bp:
        raise Refusal("fee", "The fee is too large a share of what is paid.")


def _refuse_fees_of_the_day(proposal: Proposal, more: int, journal: Journal) -> None:
    key = proposal.key
    used = journal.spent_in_a_day(key.name, key.network.native, "fees")
    if used + more > key.fees.per_day:
        raise Refusal("fees_per_day", f"{key.name} has spent its fees of 24 hours.")


def _refuse_contradicted_coins(proposal: Proposal, journal: Journal) -> None:
    """A coin has one worth. Two lies about two coins would make one true signature each."""
    for coin in proposal.coins:
        known = journal.claimed_units(proposal.key.network.code, coin.outpoint)
        if known is not None and known != coin.units and not coin.proven:
            raise Refusal("previous", f"{coin.outpoint} was worth {known} units before.")


def _as_bump(proposal: Proposal, before: Entry, journal: Journal) -> Verdict:
    """The same id again: the same payment at a higher fee, in a way that only one can be mined."""
    body = before.body
    if body["firm"] != canonical.digest(proposal.firm):
        raise Refusal("other_contents", "This id was signed with other contents.")
    if proposal.nonce is not None and body["nonce"] != proposal.nonce:
        raise Refusal("other_contents", "This id was signed with another nonce.")
    spent_before = {outpoint for outpoint, _ in body["coins"]}
    if not spent_before <= {coin.outpoint for coin in proposal.coins}:
        raise Refusal("other_contents", "A replacement spends what it replaces.")
    if len(body["prices"]) != len(proposal.prices):
        raise Refusal("other_contents", "A replacement is of the same kind.")
    for old, new in zip(body["prices"], proposal.prices, strict=True):
        if new * 10 < int(old) * 11:
            raise Refusal("bump", "A replacement pays at least a tenth more.")
    more = proposal.fee - int(body["fee"])
    if more < 0:
        raise Refusal("bump", "A replacement does not pay less.")
    _refuse_fees_of_the_day(proposal, more, journal)
    return Verdict(0, (Spent("fees", proposal.key.network.native, more),), before)


def _refuse_nonce(proposal: Proposal, journal: Journal) -> None:
    """Nonces follow one another: none twice, and none so far ahead that the next could not."""
    if proposal.nonce is None:
        return
    network = proposal.key.network
    last = journal.last_nonce(network.code, proposal.payer)
    if last is None:
        return
    if proposal.nonce <= last:
        raise Refusal("nonce", f"Nonce {proposal.nonce} was used; {last} was the last.")
    if proposal.nonce > last + 1 + network.nonce_gap:
        raise Refusal("nonce_gap", f"Nonce {proposal.nonce} leaves a gap after {last}.")


def _destinations(proposal: Proposal, journal: Journal) -> tuple[int, tuple[Spent, ...]]:
    """What each kind of destination uses up, and how many approvals they take together."""
    key = proposal.key
    if key.role == "deposit":
        if not proposal.payments or any(
            payment.whose not in (Whose.HOT, Whose.COLD) for payment in proposal.payments
        ):
            raise Refusal("destination", f"{key.name} pays only our own hot and cold wallets.")
        return 0, ()
    gas, outside = 0, []
    for payment in proposal.payments:
        if payment.call:  # alone in its transaction, as every payment on its chain is
            return vaults.weigh(key, payment, journal)
        if payment.whose is Whose.COLD:
            continue
        if payment.whose is Whose.DEPOSIT and not payment.contract and key.gas is not None:
            gas += payment.units
        else:
            outside.append(payment)
    if gas:
        _refuse_gas(key, gas, journal)
    spent = [Spent("gas", key.network.native, gas)] if gas else []
    needed = 0
    for asset in sorted({payment.asset for payment in outside}):
        units = sum(payment.units for payment in outside if payment.asset == asset)
        approvals = _refuse_amount(key, asset, units, journal)
        if any(p.whose is not Whose.LISTED for p in outside if p.asset == asset):
            approvals = max(approvals, key.unlisted_approvals)
        spent.append(Spent("attended" if approvals else "unattended", asset, units))
        needed = max(needed, approvals)
    return needed, tuple(spent)


def _refuse_amount(key: Key, asset: str, units: int, journal: Journal) -> int:
    """How many approvals an amount takes. Raises Refusal beyond the limits nobody can lift."""
    limits = key.assets[asset]
    if units > limits.per_transaction:
        raise Refusal("per_transaction", f"{units} units of {asset} exceed the limit of one.")
    used = journal.spent_in_a_day(key.name, asset, "attended", "unattended")
    if used + units > limits.per_day:
        raise Refusal("per_day", f"{used} + {units} units of {asset} exceed that of 24 hours.")
    needed = limits.approvals_for(units)
    if not needed:
        alone = journal.spent_in_a_day(key.name, asset, "unattended")
        needed = 1 if alone + units > limits.unattended_per_day else 0
    return needed


def _refuse_gas(key: Key, units: int, journal: Journal) -> None:
    assert key.gas is not None
    if units > key.gas.per_transaction:
        raise Refusal("gas", "A top-up of gas exceeds the limit of one.")
    if journal.spent_in_a_day(key.name, key.network.native, "gas") + units > key.gas.per_day:
        raise Refusal("gas", "Top-ups of gas exceed their limit of 24 hours.")
