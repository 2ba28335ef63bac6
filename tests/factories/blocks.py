"""A chain of our own making: blocks handed to the deposits' follower as the watcher would."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from exchange.assets.models import AssetNetwork, Network
from exchange.core.money import to_units
from wallets.addresses.models import Address
from wallets.chains.interface import Block, BlockId, Received
from wallets.chains.models import NetworkWatch
from wallets.deposits import check, credit, detect

_numbers = itertools.count(1)


def txid(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def pays(
    address: Address, amount: str, listed: AssetNetwork, *, name: object = None, **fields: object
) -> Received:
    """An output that pays an address so much of a listed asset."""
    fields.setdefault("number", 0)
    return Received(
        txid=txid(name or next(_numbers)),
        recipient=address.key,
        units=to_units(Decimal(amount), listed.decimals),
        contract=listed.contract.lower(),
        **fields,
    )


class Chain:
    """A network's blocks. `mine` adds one, `fork` takes the newest back."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.blocks: list[Block] = []

    @property
    def watch(self) -> NetworkWatch:
        return NetworkWatch.objects.get(network=self.network)

    def mine(self, *received: Received) -> Block:
        height = self.watch.height + 1
        block_id = BlockId(
            height, txid(f"block {next(_numbers)}"), self.watch.hash, datetime.now(UTC)
        )
        block = Block(block_id, received)
        with transaction.atomic():
            NetworkWatch.objects.select_for_update().get(network=self.network)
            detect.connect(self.network, block)
            NetworkWatch.objects.filter(network=self.network).update(
                height=height, hash=block_id.hash, node_height=height
            )
        self.blocks.append(block)
        return block

    def mine_many(self, count: int) -> None:
        for _ in range(count):
            self.mine()

    def fork(self, depth: int = 1) -> list[Received]:
        """Take blocks back. Returns what they had paid."""
        lost: list[Received] = []
        for _ in range(depth):
            block = self.blocks.pop()
            with transaction.atomic():
                NetworkWatch.objects.select_for_update().get(network=self.network)
                detect.disconnect(self.network, block.id)
                NetworkWatch.objects.filter(network=self.network).update(
                    height=block.id.height - 1, hash=block.id.parent
                )
            lost += block.received
        return lost

    def credit(self) -> int:
        """What the crediting task does."""
        check.check_confirmed(network_id=self.network.pk)
        return credit.credit_checked(network_id=self.network.pk)
