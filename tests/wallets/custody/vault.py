"""Cold wallets for the tests: registered as a ceremony registers them, their cosigners at hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests import factories
from tests.factories import accounts
from tests.factories import sending as hot_wallets
from tests.factories.chains import FollowedNode
from tests.wallets.custody import cosigners
from wallets.addresses import issue, keysets
from wallets.addresses.models import KeySet
from wallets.custody.cold import draft, hand_in, send
from wallets.custody.cold.terms import Terms
from wallets.custody.models import ColdPayment
from wallets.sending.models import ChainTransaction

OPERATOR = (draft.PERMISSION, hand_in.PERMISSION, send.PERMISSION)


def operator(*more: str):
    """A treasury operator."""
    return accounts.staff(*OPERATOR, *more)


class Vault:
    """A 2-of-3 Bitcoin cold wallet beside a hot wallet, on a followed regtest node."""

    def __init__(self, node: FollowedNode, folder: Path) -> None:
        self.node = node
        _, self.hot, self.what = hot_wallets.hot_bitcoin()
        self.people = cosigners.people(folder)
        self.cold: KeySet = keysets.register(
            network=node.row,
            name="btc-cold",
            role="cold",
            scheme="wsh_multi",
            public=self.people.descriptor,
            threshold=2,
            signers=3,
            actor=factories.SYSTEM,
            reason="tests",
        )
        self.hot_address = issue.own_address(key_set_id=self.hot.pk).address
        self.cold_address = issue.own_address(key_set_id=self.cold.pk).address

    def fill(self, *amounts: str) -> None:
        for amount in amounts:
            self.node.give(self.cold_address, amount)
        self.node.follow()

    def draft(self, amount: str, *, address: str = "", actor=None) -> ColdPayment:
        return draft.draft(
            key_set_id=self.cold.pk,
            asset_network_id=self.what.pk,
            address=address or self.hot_address,
            amount=Decimal(amount),
            terms=Terms(fee_rate=5, nonce=0),
            actor=actor or operator(),
            reason="hot is low",
        )

    def signed_by(self, number: int, payment: ColdPayment) -> bytes:
        """The file that a cosigner brings back."""
        return cosigners.sign(self.people, number, payment.unsigned).encode()

    def row(self, payment: ColdPayment) -> ColdPayment:
        return ColdPayment.objects.get(pk=payment.pk)

    def transaction(self, payment: ColdPayment) -> ChainTransaction:
        return ChainTransaction.objects.get(cold_payment=payment)
