"""What a transaction does, as the signer decoded it: the one thing that rules look at."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from wallets.signer import canonical
from wallets.signer.policy import Key


class Whose(Enum):
    """Whom a payment goes to. Never the caller's word: derived again, or named in the policy."""

    STRANGER = "stranger"
    LISTED = "listed"  # on the policy's list of destinations
    COLD = "cold"  # the policy's single cold address
    HOT = "hot"  # an address of a key that the policy lets this one pay
    DEPOSIT = "deposit"  # an own deposit address, to be given gas
    VAULT = "vault"  # a vault of the policy, for shares of our own
    HOME = "home"  # a vault pays the paying address itself


class Payment(NamedTuple):
    address: str  # as people write it
    asset: str
    contract: str
    units: int
    whose: Whose
    call: str = ""  # of a vault: approve, deposit, withdraw, redeem


class Coin(NamedTuple):
    """An input of a PSBT, and what the caller says it is worth."""

    outpoint: str
    units: int
    proven: bool  # the whole previous transaction was shown


class Proposal(NamedTuple):
    id: str
    key: Key
    source: str  # the paying address on EVM networks, "" elsewhere
    payments: tuple[Payment, ...]
    fee: int  # at most, in units of the native asset
    fee_limit: int  # what approvals cover: the policy's cap, or less where the caller says so
    fingerprint: str  # the hash that is signed (EVM) or the txid (Bitcoin family)
    nonce: int | None
    prices: tuple[int, ...]  # what must rise by a tenth when the same id comes again
    coins: tuple[Coin, ...]
    sign: Callable[[], tuple[str, str]]  # (signed transaction in hex, txid)

    @property
    def payer(self) -> str:
        """The source as nonces are counted by it: one address is written in many ways."""
        return self.source.lower()

    @property
    def contents(self) -> dict[str, Any]:
        """What operators approve and the journal binds to the id."""
        network = self.key.network
        return {
            "type": "holdfast.sign.v1",
            "id": self.id,
            "key": self.key.name,
            "network": network.code,
            "chain": network.chain,
            "from": self.source,
            "payments": [
                {
                    "address": payment.address,
                    "asset": payment.asset,
                    "contract": payment.contract,
                    "decimals": self.key.assets[payment.asset].decimals,
                    "units": str(payment.units),
                    **({"call": payment.call} if payment.call else {}),
                }
                for payment in self.payments
            ],
            "fee_asset": network.native,
            "fee_decimals": self.key.assets[network.native].decimals,
            "max_fee": str(self.fee_limit),
        }

    @property
    def firm(self) -> dict[str, Any]:
        """The contents that stay when the fee is raised. What our own wallets get may shrink by it:
        a sweep pays its fee out of what it moves."""
        contents = self.contents
        for told, payment in zip(contents["payments"], self.payments, strict=True):
            if payment.whose in (Whose.HOT, Whose.COLD):
                told["units"] = ""
        return contents

    @property
    def approvable(self) -> bytes:
        return canonical.encode(self.contents)

    def total(self, asset: str) -> int:
        return sum(payment.units for payment in self.payments if payment.asset == asset)
