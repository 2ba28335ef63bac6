"""Calls of ERC-4626 vaults: a hot key lends a vault what it holds, and fetches it back.

Read strictly: `approve` of the vault by its own asset's token, for an exact amount; `deposit`
whose shares come to the paying address itself; `withdraw` and `redeem` of its own shares, to
itself. Nothing else of a vault can be called, so whatever goes in stays ours.

Limits are counted where a vault is allowed to take something, at `approve`; what is then
deposited is counted by itself against the same day. Fetching back needs no limit but its fees'.
"""

from __future__ import annotations

from typing import NamedTuple

from wallets.signer.journal import Journal, Spent
from wallets.signer.keys import checksummed
from wallets.signer.policy import Key, Vault
from wallets.signer.proposal import Payment, Whose
from wallets.signer.refusals import Refusal

APPROVE = bytes.fromhex("095ea7b3")  # approve(address,uint256)
DEPOSIT = bytes.fromhex("6e553f65")  # deposit(uint256,address)
BACK = {
    bytes.fromhex("b460af94"): "withdraw",  # withdraw(uint256,address,address)
    bytes.fromhex("ba087652"): "redeem",  # redeem(uint256,address,address)
}
WORD = 32


class Use(NamedTuple):
    """How many operators it takes, and what it uses up."""

    approvals: int
    spent: tuple[Spent, ...]


def call(key: Key, *, to: str, value: int, data: bytes, source: str) -> Payment | None:
    """What a call of a vault, or a token's approval of one, does; None for another call.

    Raises Refusal where it is one, and not exactly one of those that may be made.
    """
    if data[:4] == APPROVE:
        return _approval(key, to, value, data)
    vault = key.vaults.get(to)
    if vault is None:
        return None
    own = source.lower()
    if data[:4] == DEPOSIT and not value:
        units, receiver = _words(data, "deposit(uint256,address)", 2)
        return _payment(vault, "deposit", units, Whose.VAULT, own, receiver)
    if data[:4] in BACK and not value:
        name = BACK[data[:4]]
        units, receiver, owner = _words(data, f"{name}(uint256,address,address)", 3)
        return _payment(vault, name, units, Whose.HOME, own, receiver, owner)
    raise Refusal("call", "Of a vault only deposit, withdraw and redeem are called, without value.")


def weigh(key: Key, payment: Payment, journal: Journal) -> Use:
    """Whether a vault's limits allow it. Raises Refusal when they never do."""
    if payment.whose is Whose.HOME or not payment.units:
        return Use(0, ())
    address = payment.address.lower()
    limits, asset = key.vaults[address].limits, payment.asset
    if payment.units > limits.per_transaction:
        raise Refusal("per_transaction", f"{payment.units} units exceed the vault's limit of one.")
    alone, attended, put = (f"{each} {address}" for each in ("vault", "vault-attended", "deposit"))
    buckets = (put,) if payment.call == "deposit" else (alone, attended)
    used = journal.spent_in_a_day(key.name, asset, *buckets)
    if used + payment.units > limits.per_day:
        raise Refusal("per_day", f"{used} + {payment.units} units exceed the vault's of 24 hours.")
    if payment.call == "deposit":
        return Use(0, (Spent(put, asset, payment.units),))
    needed = limits.approvals_for(payment.units)
    if not needed:
        by_itself = journal.spent_in_a_day(key.name, asset, alone)
        needed = 1 if by_itself + payment.units > limits.unattended_per_day else 0
    return Use(needed, (Spent(attended if needed else alone, asset, payment.units),))


def told(key: Key, journal: Journal) -> dict[str, object]:
    """The vaults of a key with their limits, and what of these is used, for `status`."""
    found: dict[str, object] = {}
    for address, (_, limits) in key.vaults.items():
        alone, attended = (f"{each} {address}" for each in ("vault", "vault-attended"))
        used = journal.spent_in_a_day
        found[address] = {
            "asset": limits.code,
            "contract": limits.contract,
            "per_transaction": str(limits.per_transaction),
            "per_day": str(limits.per_day),
            "used": str(used(key.name, limits.code, alone, attended)),
            "unattended_per_day": str(limits.unattended_per_day),
            "used_unattended": str(used(key.name, limits.code, alone)),
            "tiers": [[str(tier.above), tier.approvals] for tier in limits.tiers],
        }
    return found


def _approval(key: Key, to: str, value: int, data: bytes) -> Payment:
    spender, units = _words(data, "approve(address,uint256)", 2)
    if key.asset_of(to) is None:
        raise Refusal("contract", f"{checksummed(to)} is no token of {key.name}'s policy.")
    vault = key.vaults.get(f"0x{spender:040x}")
    if vault is None or vault.limits.contract != to:
        raise Refusal("vault", "Only a vault of the policy is approved, by its own asset's token.")
    if value:
        raise Refusal("call", "An approval comes without value.")
    return Payment(checksummed(vault.address), vault.limits.code, to, units, Whose.VAULT, "approve")


def _payment(
    vault: Vault, name: str, units: int, whose: Whose, own: str, *addresses: int
) -> Payment:
    if any(f"0x{each:040x}" != own for each in addresses):
        raise Refusal("destination", "A vault's shares and what it pays back are the payer's own.")
    if not units:
        raise Refusal("amount", "A payment pays something.")
    limits = vault.limits
    return Payment(checksummed(vault.address), limits.code, limits.contract, units, whose, name)


def _words(data: bytes, signature: str, count: int) -> list[int]:
    """The arguments of a call, all of them and nothing behind them."""
    if len(data) != 4 + count * WORD:
        raise Refusal("call", f"This is no call of {signature}.")
    return [int.from_bytes(data[at : at + WORD]) for at in range(4, len(data), WORD)]
