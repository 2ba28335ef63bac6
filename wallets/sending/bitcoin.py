"""PSBTs: what the signer is asked to sign on networks of the Bitcoin family.

Built watch-only, from descriptors (BIP-380) with embit, which never signs here. Every input and
our own change carry the derivation of their keys, so that the signer can check that change is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from embit import script as scripts
from embit.descriptor import Descriptor
from embit.ec import PublicKey
from embit.psbt import PSBT, DerivationPath, InputScope, OutputScope
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from exchange.assets.models import Network
from wallets.addresses import formats, issue
from wallets.addresses.models import Address, KeySet
from wallets.chains import scripts as chain_scripts

REPLACEABLE = 0xFFFFFFFD  # BIP-125
VERSION = 2


class Outpoint(Protocol):
    """An output of ours to spend: a `Coin`, or an `Input` of a transaction that is bumped."""

    txid: str
    index: int
    units: int
    address: Address


def script_of(network: Network, address: str) -> bytes:
    """The output script that pays an address. Raises Invalid when it is none of this network."""
    address = formats.read(network=network, text=address).address
    return chain_scripts.script_of(address, formats.marks_of(network.code))


def descriptor(key_set: KeySet, *, change: bool) -> Descriptor:
    """The key set's descriptor, of its receiving or of its change branch."""
    text = key_set.public.partition("#")[0]
    for both in ("/{0,1}/*", "/<0;1>/*", "/0/*"):
        text = text.replace(both, f"/{int(change)}/*")
    return Descriptor.from_string(text)


def derived(address: Address) -> Descriptor:
    return descriptor(address.key_set, change=address.change).derive(address.index)


def change_script(key_set: KeySet) -> bytes:
    """The script of some change address: they all weigh the same."""
    return bytes(descriptor(key_set, change=True).derive(0).script_pubkey().data)


def new_change_address(key_set: KeySet) -> Address:
    """A fresh address on the change branch. The key set is locked by whoever prepares."""
    return issue.own_address(key_set_id=key_set.pk, change=True, fresh=True)


def psbt(
    *,
    coins: Sequence[Outpoint],
    outputs: Sequence[tuple[bytes, int]],
    change: Address | None = None,
    change_units: int = 0,
) -> str:
    """An unsigned PSBT, base64: these coins, these (script, satoshi), and our change at the end.

    The order of the inputs is that of the coins' outpoints, so that the same intent is the same
    bytes.
    """
    ordered = sorted(coins, key=lambda coin: (coin.txid, coin.index))
    outs = [TransactionOutput(units, scripts.Script(script)) for script, units in outputs]
    if change is not None:
        outs.append(TransactionOutput(change_units, derived(change).script_pubkey()))
    unsigned = Transaction(
        version=VERSION,
        vin=[
            TransactionInput(bytes.fromhex(coin.txid), coin.index, sequence=REPLACEABLE)
            for coin in ordered
        ],
        vout=outs,
    )
    made = PSBT(unsigned)
    for scope, coin in zip(made.inputs, ordered, strict=True):
        keys = derived(coin.address)
        scope.witness_utxo = TransactionOutput(coin.units, keys.script_pubkey())
        _tell_keys(scope, keys)
    if change is not None:
        _tell_keys(made.outputs[-1], derived(change))
    return str(made.to_string())


def txid_of(unsigned: str) -> str:
    """The id that the transaction will have: segwit signatures do not change it."""
    return str(PSBT.from_string(unsigned).tx.txid().hex())


def _tell_keys(scope: InputScope | OutputScope, keys: Descriptor) -> None:
    """Who signs this input, or whose this output is. Keys are reduced to plain public keys:
    embit would write an extended one down without complaint, and no other wallet could read it."""
    if keys.wsh:
        scope.witness_script = keys.witness_script()
    for key in keys.keys:
        if key.origin is not None:
            public = PublicKey.parse(key.sec())
            scope.bip32_derivations[public] = DerivationPath(
                key.origin.fingerprint, key.origin.derivation
            )
