"""Run inside a venue: open its markets, fund its customers, make their keys, and print those.

Everything is made by the exchange's own verbs, as the application's own database role.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

FUNDS = {"BTC": "10", "ETH": "100", "SOL": "10000", "LTC": "10000", "USDT": "1000000"}
PEOPLE = (
    "maker",
    "taker",
    "seller",
    "buyer",
    "poor",
    "batcher",
    "async",
    "crowd1",
    "crowd2",
    "depositor",
)
WITHDRAWERS = ("leaver", "official-leaver", "friend")
BOOKED = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP-173's example key


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")
    django.setup()
    from exchange.assets.load import load_assets
    from exchange.markets.load import load_markets
    from tests import factories

    load_assets()
    for code in FUNDS.keys() - {"USDT"}:
        factories.market(f"{code}_USDT")  # with rates and limits that tests know
    load_markets()
    people = {name: _person(name) for name in PEOPLE}
    people |= {name: _withdrawer(name) for name in WITHDRAWERS}
    _deposit(people["depositor"]["customer_id"])
    json.dump(people, sys.stdout)


def _withdrawer(name: str) -> dict[str, Any]:
    """Somebody with an address in their book, and a key that may withdraw to it."""
    from exchange.accounts import api_keys
    from exchange.accounts.models import Customer
    from exchange.assets.models import Network
    from exchange.core import clock
    from tests import factories
    from tests.factories.identity import identified
    from wallets.addresses import book
    from wallets.chains.models import NetworkWatch

    person = _person(name)
    identified(Customer.objects.get(pk=person["customer_id"]))
    network = Network.objects.get(code="BTC")
    NetworkWatch.objects.update_or_create(
        network=network,
        defaults={
            "birth_height": 1, "height": 100, "highest": 100, "hash": "00" * 32,
            # Nobody walks the chain here: the last look lies in the future.
            "checked_at": clock.now() + timedelta(hours=1),
        },
    )  # fmt: skip
    entry = book.add(
        customer_id=person["customer_id"], network_code="BTC", address=BOOKED,
        label="mine", actor=factories.SYSTEM,
    )  # fmt: skip
    entry.usable_at = clock.now()
    entry.save()
    new = api_keys.create(
        customer_id=person["customer_id"], label="withdraw", actor=factories.SYSTEM,
        can_withdraw=True, allowed_ips=["127.0.0.1"],
    )  # fmt: skip
    person["email"] = Customer.objects.get(pk=person["customer_id"]).user.email
    person["keys"]["withdraw"] = {"key": new.key, "secret": new.secret, "memo": new.memo}
    return person


def _person(name: str) -> dict[str, Any]:
    from exchange.accounts import api_keys
    from tests import factories
    from tests.factories.identity import identified

    holder = factories.customer()
    if name in WITHDRAWERS:
        identified(holder)  # transfers to other customers begin with the second level
    funds = {"poor": {"USDT": "100"}, **dict.fromkeys(WITHDRAWERS, FUNDS | {"BTC": "1"})}
    for code, amount in funds.get(name, FUNDS).items():
        factories.fund(holder, code, amount)
    keys: dict[str, dict[str, Any]] = {
        "trade": {"can_trade": True},
        "read": {},
        "elsewhere": {"can_trade": True, "allowed_ips": ["198.51.100.7"]},
    }
    made = {
        label: api_keys.create(
            customer_id=holder.pk, label=label, actor=factories.SYSTEM, **permissions
        )
        for label, permissions in keys.items()
    }
    return {
        "customer_id": holder.pk,
        "keys": {
            label: {"key": new.key, "secret": new.secret, "memo": new.memo}
            for label, new in made.items()
        },
    }


def _deposit(customer_id: int) -> None:
    """Ethereum without a node: keys, an address book, 1.5 ETH credited and 250 USDT on its way."""
    from datetime import timedelta

    from exchange.assets.models import AssetNetwork, Network
    from exchange.core import clock
    from tests import factories
    from tests.factories import wallets
    from tests.factories.blocks import Chain, pays
    from wallets.addresses import book, issue
    from wallets.chains.models import NetworkWatch

    erc20 = Network.objects.get(code="ERC20")
    wallets.evm_keys(erc20)
    NetworkWatch.objects.create(
        network=erc20, birth_height=1, height=100, hash="00" * 32, node_height=100,
        checked_at=clock.now() + timedelta(days=1),  # nobody looks here
    )  # fmt: skip
    own = issue.issue(customer_id=customer_id, network_id=erc20.pk, actor=factories.SYSTEM)
    listed = {row.asset.code: row for row in AssetNetwork.objects.filter(network=erc20)}
    chain = Chain(erc20)
    chain.mine(pays(own, "1.5", listed["ETH"], name="conformance ether"))
    chain.mine_many(erc20.confirmations - 1)
    chain.credit()
    chain.mine(pays(own, "250", listed["USDT"], name="conformance dollars"))
    with clock.held_at(clock.now() - timedelta(days=2)):
        book.add(
            customer_id=customer_id,
            network_code="ERC20",
            address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            label="hardware wallet",
            actor=factories.SYSTEM,
        )


if __name__ == "__main__":
    main()
