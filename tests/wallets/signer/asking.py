"""Requests as an honest web process makes them; tests change one thing at a time."""

from __future__ import annotations

from typing import Any

from embit import script as scripts
from embit.descriptor import Descriptor
from embit.ec import PublicKey
from embit.psbt import PSBT, DerivationPath
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from tests.factories.signer import RunningSigner

GWEI = 10**9
ETHER = 10**18
COIN = 10**8
SOMEBODY = "0x00000000000000000000000000000000DeaDBeef".lower()
TRANSFER = "a9059cbb"


def evm(**changed: Any) -> dict[str, Any]:
    """A payment of one ether to somebody, at nonce 0."""
    fields = {
        "type": 2,
        "chainId": 31337,
        "nonce": 0,
        "to": SOMEBODY,
        "value": str(ETHER),
        "gas": 21_000,
        "maxFeePerGas": 30 * GWEI,
        "maxPriorityFeePerGas": 2 * GWEI,
        "data": "0x",
    }
    return {name: value for name, value in {**fields, **changed}.items() if value is not None}


def token(contract: str, recipient: str, units: int, **changed: Any) -> dict[str, Any]:
    """A payment in a token."""
    data = f"0x{TRANSFER}{recipient[2:].lower():0>64}{units:064x}"
    return evm(to=contract, value=0, data=data, gas=120_000, **changed)


def ask_evm(signer: RunningSigner, id: str = "w:1", /, **changed: Any) -> dict[str, Any]:
    """Ask for a payment from eth-hot."""
    request = {"op": "sign", "id": id, "key": "eth-hot", "network": "ERC20", "evm": evm()}
    return signer.ask(**{**request, **changed})


def stranger_script(n: int = 9) -> scripts.Script:
    """Where somebody else is paid."""
    return scripts.Script(b"\x00\x14" + bytes([n]) * 20)


class Wallet:
    """A key's public half, as the web knows it."""

    def __init__(self, signer: RunningSigner, key: str) -> None:
        told = signer.public(key)
        self.branches = [Descriptor.from_string(told[name]) for name in ("public", "change")]

    def script(self, branch: int, index: int) -> scripts.Script:
        return self.branches[branch].derive(index).script_pubkey()

    def claim(self, scope: Any, branch: int, index: int) -> None:
        """Write down whose an input or an output is."""
        (key,) = self.branches[branch].derive(index).keys
        path = DerivationPath(key.origin.fingerprint, key.origin.derivation)
        scope.bip32_derivations[PublicKey.parse(key.sec())] = path


def funding(*outputs: tuple[int, scripts.Script], n: int = 1) -> Transaction:
    """A transaction that pays us; its number makes it another."""
    vin = [TransactionInput(bytes([n]) * 32, 0)]
    return Transaction(version=2, vin=vin, vout=[TransactionOutput(*out) for out in outputs])


def psbt(
    wallet: Wallet,
    *,
    paid: int = COIN // 10,
    fee: int = 5_000,
    to: scripts.Script | None = None,
    whole: bool = True,
    coin: int = COIN,
    n: int = 1,
) -> PSBT:
    """One coin of ours at 0/7, somebody paid, and change to 1/3."""
    previous = funding((coin, wallet.script(0, 7)), n=n)
    outs = [TransactionOutput(paid, to or stranger_script())]
    if coin - paid - fee:
        outs.append(TransactionOutput(coin - paid - fee, wallet.script(1, 3)))
    made = PSBT(
        Transaction(
            version=2,
            vin=[TransactionInput(previous.txid(), 0, sequence=0xFFFFFFFD)],
            vout=outs,
        )
    )
    made.inputs[0].witness_utxo = previous.vout[0]
    if whole:
        made.inputs[0].non_witness_utxo = previous
    wallet.claim(made.inputs[0], 0, 7)
    if len(outs) > 1:
        wallet.claim(made.outputs[1], 1, 3)
    return made


def ask_btc(
    signer: RunningSigner, made: PSBT, id: str = "b:1", /, **changed: Any
) -> dict[str, Any]:
    """Ask for a payment from btc-hot."""
    request = {"op": "sign", "id": id, "key": "btc-hot", "network": "BTC", "psbt": made.to_string()}
    return signer.ask(**{**request, **changed})


def refusal(answer: dict[str, Any]) -> str:
    """The code of a refusal; a signature where none belongs fails here."""
    assert answer["ok"] is False, answer
    assert "signed" not in answer
    return str(answer["code"])
