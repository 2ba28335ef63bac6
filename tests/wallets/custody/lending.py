"""A hot wallet that may lend to a vault: real chain, real signer, real contract."""

from __future__ import annotations

from decimal import Decimal

from tests import factories
from tests.factories import chains
from tests.factories import signer as signers
from tests.factories import withdrawals as rooms
from wallets.addresses import issue
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import register, steps
from wallets.demo import lending, tokens
from wallets.sending import send

DOLLAR = 10**6


def policy() -> dict:
    """The tests' policy, with the development vault in it: 5,000 at once, 8,000 a day."""
    draft = signers.draft()
    hot = draft["keys"]["eth-hot"]
    for key in ("eth-hot", "eth-deposit"):
        draft["keys"][key]["assets"]["USDT"]["contract"] = tokens.address_of_token("USDT").lower()
    hot["vaults"] = {
        lending.address().lower(): {
            "asset": "USDT",
            "tiers": [{"above": str(4_000 * DOLLAR), "approvals": 1}],
            "unattended_per_day": str(6_000 * DOLLAR),
            "per_transaction": str(5_000 * DOLLAR),
            "per_day": str(8_000 * DOLLAR),
        }
    }
    return draft


class Lender:
    """The hot wallet with coins for gas and 6,000 USDT, and the vault it may lend to."""

    def __init__(self, node: chains.FollowedNode, signer: signers.RunningSigner) -> None:
        self.node = node
        self.what = chains.token(node)
        lending.deploy(network=node.network, asset="USDT")
        node.follow()
        self.hot = rooms.registered(node, signer, "eth-hot", role="hot")
        self.address = issue.own_address(key_set_id=self.hot.pk).address
        node.give(self.address, "1")
        rooms.put(node, self.hot, "6000", "USDT")

    def register(self, alone: str = "1000") -> Vault:
        return register.register(
            asset_network_id=self.what.pk,
            address=lending.address(),
            alone=Decimal(alone),
            actor=factories.SYSTEM,
        )

    def step(self, row: VaultMove) -> VaultMove:
        """One step: what is prepared is sent, mined and followed."""
        steps.go_on(move_id=row.pk)
        row.refresh_from_db()
        if row.current_id is not None:
            send.send(transaction_id=row.current_id)
        self.node.mine()
        self.node.follow()
        row.refresh_from_db()
        return row

    def through(self, row: VaultMove) -> VaultMove:
        """Step after step until the move has ended."""
        for _ in range(5):
            if self.step(row).state in ("mined", "failed"):
                break
        return row
