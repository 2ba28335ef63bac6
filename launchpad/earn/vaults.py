"""A DeFi programme: an ERC-4626 vault on an EVM chain, and what its shares are worth.

Deposits and withdrawals are real transactions. What the shares gained since the last time is
booked as a reward and shared out like a validator's; a loss is proposed as a slash, which takes two
people.

The key that owns the shares is the development chains' own (derived from a published phrase, worth
nothing): on any other chain every move is refused, because the signer's policy, which guards the
exchange's keys, names no vault. Reading is possible on every chain.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from eth_abi import decode, encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from exchange.assets.models import AssetNetwork
from exchange.audit.record import record
from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from exchange.core.money import from_units, parse, plain, to_units
from launchpad.earn import arrivals
from launchpad.earn.models import Arrival, Product, VaultMove
from wallets.chains import nodes
from wallets.chains.evm import EvmAdapter
from wallets.chains.interface import ChainUnavailable
from wallets.demo import tokens

Kind = VaultMove.Kind
GAS = 300_000
PERMISSION = "launchpad.move_vault"


class Vault:
    """The calls of ERC-4626 that this room makes, by the chain's adapter."""

    def __init__(self, product: Product) -> None:
        row = (
            AssetNetwork.objects.select_related("asset")
            .filter(asset_id=product.asset_id, network__code=product.network)
            .first()
        )
        if row is None or not product.vault:
            raise NotFound(_("This product has no vault."), field="product")
        adapter = nodes.adapter(product.network)
        assert isinstance(adapter, EvmAdapter)
        self.adapter, self.decimals = adapter, row.decimals
        self.address, self.token = product.vault, row.contract

    def shares_of(self, holder: str) -> int:
        return self._read(self.address, "balanceOf(address)", ["address"], [holder])

    def worth(self, shares: int) -> int:
        """What shares can be turned into, in units of the asset."""
        return self._read(self.address, "convertToAssets(uint256)", ["uint256"], [shares])

    def asset(self) -> str:
        """The token that the vault takes."""
        found = self._call(self.address, keccak(text="asset()")[:4])
        return to_checksum_address(decode(["address"], found)[0])

    def held(self, holder: str) -> int:
        """Of the vault's asset, outside the vault."""
        return self._read(self.token, "balanceOf(address)", ["address"], [holder])

    def approve(self, owner: LocalAccount, units: int) -> str:
        return self._send(
            owner, self.token, "approve(address,uint256)", ["address", "uint256"],
            [self.address, units],
        )  # fmt: skip

    def deposit(self, owner: LocalAccount, units: int) -> str:
        return self._send(
            owner, self.address, "deposit(uint256,address)", ["uint256", "address"],
            [units, owner.address],
        )  # fmt: skip

    def withdraw(self, owner: LocalAccount, units: int) -> str:
        return self._send(
            owner, self.address, "withdraw(uint256,address,address)",
            ["uint256", "address", "address"], [units, owner.address, owner.address],
        )  # fmt: skip

    def succeeded(self, txid: str) -> bool:
        """Whether a transaction is in a block and did what it should."""
        receipt = tokens.ask(self.adapter, "eth_getTransactionReceipt", txid)
        return receipt is not None and int(receipt["status"], 16) == 1

    def _read(self, to: str, signature: str, types: list[str], values: list[Any]) -> int:
        data = keccak(text=signature)[:4] + encode(types, values)
        return int(decode(["uint256"], self._call(to, data))[0])

    def _call(self, to: str, data: bytes) -> bytes:
        answer = tokens.ask(
            self.adapter, "eth_call", {"to": to, "data": "0x" + data.hex()}, "latest"
        )
        if answer in (None, "0x"):
            raise ChainUnavailable(f"there is no contract at {to}")
        return bytes.fromhex(answer[2:])

    def _send(
        self, owner: LocalAccount, to: str, signature: str, types: list[str], values: list[Any]
    ) -> str:
        data = keccak(text=signature)[:4] + encode(types, values)
        return tokens.send(self.adapter, owner, to=to, data=data.hex(), gas=GAS)


def owner() -> LocalAccount:
    """Who owns the shares on development chains."""
    return Account.from_key(keccak(text="holdfast development vault treasury"))


def put_in(*, product_id: int, amount: Decimal, actor: Actor) -> VaultMove:
    """Deposit an amount of the asset into the vault, for real.

    Raises PermissionRefused, NotFound, NotADevelopmentChain, Invalid, Conflict when the
    transaction failed, ChainUnavailable.
    """
    return _move(product_id, amount, actor, Kind.DEPOSIT)


def take_out(*, product_id: int, amount: Decimal, actor: Actor) -> VaultMove:
    """Withdraw an amount of the asset from the vault. Raises as `put_in` does."""
    return _move(product_id, amount, actor, Kind.WITHDRAW)


def _move(product_id: int, amount: Decimal, actor: Actor, kind: str) -> VaultMove:
    actor.require(PERMISSION)
    product = arrivals.arriving(product_id)
    tokens.refuse_unless_development(product.network)
    vault, holder = Vault(product), owner()
    units = to_units(parse(amount, field="amount", precision=vault.decimals), vault.decimals)
    before = read(product_id=product_id, actor=actor)  # gains until now are told apart from moves
    tokens.fund(vault.adapter, holder.address)
    if kind == Kind.DEPOSIT:
        if vault.held(holder.address) < units:
            raise Invalid(_("The treasury of the vault has less."), field="amount")
        vault.approve(holder, units)
        txid = vault.deposit(holder, units)
    else:
        if before.worth < units:
            raise Invalid(_("The vault's shares are worth less."), field="amount")
        txid = vault.withdraw(holder, units)
    tokens.ask(vault.adapter, "anvil_mine", "0x1")
    if not vault.succeeded(txid):
        raise Conflict(_("The transaction %(txid)s failed.") % {"txid": txid})
    return _write_down(product, vault, kind, units, txid, actor)


def read(*, product_id: int, actor: Actor) -> VaultMove:
    """Ask the chain what the shares are worth now, and write it down. Raises PermissionRefused."""
    actor.require("launchpad.book_arrival")
    product = arrivals.arriving(product_id)
    return _write_down(product, Vault(product), Kind.READING, 0, "", actor)


def harvest(*, product_id: int, actor: Actor) -> Arrival | None:
    """Book what the shares gained since they were last counted as a reward of yesterday.

    Returns None when they gained nothing. Raises Conflict on a loss, which takes two people
    (`arrivals.propose_slash`), and what `book_reward` raises.
    """
    actor.require("launchpad.book_arrival")
    fresh = read(product_id=product_id, actor=actor)
    product = arrivals.arriving(product_id)
    decimals = Vault(product).decimals
    with transaction.atomic():
        # Of two who count at once the second finds what the first has booked.
        locks.hold(locks.Lock.PROGRAMME, product.programme_id)
        locks.hold(locks.Lock.EARN_PRODUCT, product_id)
        gained = _gained(product, fresh, decimals)
        amount = from_units(abs(gained), decimals)
        if gained < 0:
            raise Conflict(
                _("The vault lost %(amount)s: propose a slash.") % {"amount": plain(amount)},
                limit=amount,
            )
        unit = Decimal(1).scaleb(-product.asset.precision)
        amount = amount - amount % unit
        if not amount:
            return None
        return arrivals.book_reward(
            product_id=product_id,
            amount=amount,
            day=clock.now().date() - timedelta(days=1),
            source=f"vault {product.vault}",
            reference=f"reading:{fresh.pk}",
            actor=actor,
        )


def _gained(product: Product, fresh: VaultMove, decimals: int) -> int:
    """Worth when it was read, less what was put in, plus what was taken out, less what was booked
    before."""
    moves = VaultMove.objects.filter(product=product, pk__lt=fresh.pk).exclude(kind=Kind.READING)
    put = sum(each.units * (1 if each.kind == Kind.DEPOSIT else -1) for each in moves)
    booked = sum(
        to_units(each.amount, decimals) * (1 if each.kind == Arrival.Kind.REWARD else -1)
        for each in Arrival.objects.filter(product=product, source__startswith="vault ")
    )
    return fresh.worth - put - booked


def _write_down(
    product: Product, vault: Vault, kind: str, units: int, txid: str, actor: Actor
) -> VaultMove:
    shares = vault.shares_of(owner().address)
    worth = vault.worth(shares)
    with transaction.atomic():
        locks.hold(locks.Lock.EARN_PRODUCT, product.pk)
        move = VaultMove.objects.create(
            product=product,
            kind=kind,
            units=units,
            shares=shares,
            worth=worth,
            txid=txid,
            by=actor.label,
            at=clock.now(),
        )
        if kind != Kind.READING:
            record(
                actor=actor,
                verb=f"earn.vault_{kind}",
                target=product,
                after={"units": str(units), "shares": str(shares), "txid": txid},
            )
    return move
