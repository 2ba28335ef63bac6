"""Withdrawals the way customers and workers make them, over a real node and a real signer."""

from __future__ import annotations

import itertools
import time
from decimal import Decimal

from compliance.travel_rule.models import AddressOwner
from exchange.accounts.models import Customer
from exchange.assets.models import Network
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.ledger import accounts, reconcile
from exchange.ledger.models import LedgerAccount
from tests import factories
from tests.factories.accounts import acting
from tests.factories.chains import FollowedNode
from tests.factories.identity import identified
from tests.factories.memory_chain import MemoryChain
from tests.factories.signer import RunningSigner
from wallets.addresses import issue, keysets
from wallets.addresses.models import KeySet
from wallets.chains import watch
from wallets.sending import send, sweep
from wallets.sending.models import ChainTransaction
from wallets.withdrawals import pay, request
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import FINAL

_numbers = itertools.count(1)
STRANGER = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP-173's example key
OTHER = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"
STRANGER_EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's example
PROGRAM = Actor(kind="system", label="tests", may=lambda _: True)


def hot_wallet(node: FollowedNode, signer: RunningSigner, name: str, amount: str) -> KeySet:
    """The signer's hot key, registered, with coins in it that are confirmed and followed."""
    keys = registered(node, signer, name, role="hot")
    put(node, keys, amount)
    return keys


def registered(node: FollowedNode, signer: RunningSigner, name: str, *, role: str) -> KeySet:
    told = signer.public(name)
    return keysets.register(
        network=node.row,
        name=name,
        role=role,
        scheme=told["scheme"],
        public=told["public"],
        signer_key=name,
        actor=factories.SYSTEM,
        reason="tests",
    )


def put(node: FollowedNode, keys: KeySet, amount: str, asset: str = "") -> None:
    """Pay the wallet on the chain, and the owners' capital in the ledger."""
    asset = asset or node.row.native_asset
    address = issue.own_address(key_set_id=keys.pk)
    node.give(address.address, amount, asset)
    node.follow()
    _book_capital(asset, Decimal(amount))


def fund_memory(chain: MemoryChain, keys: KeySet, coins: list[int]) -> None:
    """Coins for the hot wallet of a chain in memory, followed, and booked as capital."""
    for units in coins:
        chain.give(issue.own_address(key_set_id=keys.pk, fresh=True).address, units)
    watch.follow("BTC")
    _book_capital("BTC", Decimal(sum(coins)).scaleb(-8))


def _book_capital(asset: str, amount: Decimal) -> None:
    coin = factories.asset(asset)
    capital = accounts.house_account(asset_id=coin.pk, purpose=accounts.CAPITAL)
    custody = accounts.house_account(asset_id=coin.pk, purpose=accounts.CUSTODY)
    factories.post(
        kind="capital",
        reference=f"hot:{next(_numbers)}",
        legs=[
            factories.Leg(custody, available=-amount),
            factories.Leg(capital, available=amount),
        ],
    )


def rich(asset: str = "BTC", amount: str = "5") -> Customer:
    """A customer who was credited a deposit that the hot wallet already holds."""
    who = factories.customer()
    identified(who)  # tier 2: 200,000 USDT a day
    coin = factories.asset(asset)
    account = accounts.customer_accounts([(who.pk, coin.pk)])[who.pk, coin.pk]
    capital = accounts.house_account(asset_id=coin.pk, purpose=accounts.CAPITAL)
    factories.post(
        kind="gift",
        reference=f"rich:{next(_numbers)}",
        legs=[
            factories.Leg(capital, available=-Decimal(amount)),
            factories.Leg(account, available=Decimal(amount)),
        ],
    )
    for network, address in (("BTC", STRANGER), ("BTC", OTHER), ("ERC20", STRANGER_EVM)):
        described(who, network, address)
    return who


def described(who: Customer, network: str, address: str) -> None:
    """The customer has said that an address is a wallet of their own: the travel rule has been
    answered, so that a test is about what it is about."""
    AddressOwner.objects.get_or_create(
        customer_id=who.self_trade_id,
        network=network,
        key=address.lower() if address.startswith("0x") else address,
        replaced_at=None,
        defaults={"kind": AddressOwner.Kind.OWN_WALLET, "declared_at": clock.now()},
    )


def ask(
    who: Customer,
    amount: str,
    *,
    asset: str = "BTC",
    network: str = "BTC",
    address: str = STRANGER,
    actor: Actor = PROGRAM,
    **more: str,
) -> Withdrawal:
    """Ask for a withdrawal; the system asks unless an actor (with a code) is named."""
    code = more.pop("code", "")
    if "recipient" in more:
        network = address = ""
    return request.request(
        new=request.NewWithdrawal(
            customer_id=who.pk,
            asset=asset,
            amount=Decimal(amount),
            network=network,
            address=address,
            request_no=more.pop("request_no", f"test-{next(_numbers)}"),
            **more,
        ),
        actor=actor,
        code=code,
    )


def himself(who: Customer) -> Actor:
    return acting(who)


def work(node: FollowedNode) -> None:
    """What the workers do: prepare what is approved, send what is prepared."""
    pay.pay(network=node.row)
    send_all(node)


def send_all(node: FollowedNode) -> None:
    send_all_of(node.row)


def send_all_of(network: Network) -> None:
    states = [
        ChainTransaction.State.PREPARED,
        ChainTransaction.State.SIGNED,
        ChainTransaction.State.DROPPED,
    ]
    for row in ChainTransaction.objects.filter(network=network, state__in=states).order_by("id"):
        send.send(transaction_id=row.pk)


def mine(node: FollowedNode, blocks: int = 1) -> None:
    node.mine(blocks)
    node.follow()


def settle(node: FollowedNode, row: Withdrawal) -> None:
    """Mine and follow until the withdrawal is final (anvil mines by itself, a moment later)."""
    deadline = time.monotonic() + 20
    while row.state not in FINAL and time.monotonic() < deadline:
        mine(node)
        row.refresh_from_db()
        time.sleep(0.02)
    carrier = row.transaction
    assert row.state in FINAL, (row.state, row.stuck, carrier and carrier.last_error)


def look(node: FollowedNode) -> int:
    """Ask the node for what waits, at once."""
    ChainTransaction.objects.filter(network=node.row).update(checked_at=None)
    return sweep.look_for_dropped(network=node.row)


def books_agree() -> None:
    """Every check of reconciliation finds nothing, holds of withdrawals included."""
    for check in reconcile.checks():
        assert check.look(0).findings == [], check.name


def house(asset: str, purpose: str) -> Decimal:
    """What an account of the house has available."""
    account = accounts.house_account(asset_id=factories.asset(asset).pk, purpose=purpose)
    return LedgerAccount.objects.get(pk=account).available
