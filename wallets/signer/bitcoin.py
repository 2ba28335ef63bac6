"""PSBTs: every input ours and proven, change derived again, fee counted, SIGHASH_ALL.

What is judged is rebuilt from what was checked: bdkpython signs and finalises a PSBT that carries
nothing of the caller's but the transaction and the coins. What comes back must be that transaction.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

from embit import script as scripts
from embit.ec import PublicKey
from embit.networks import NETWORKS
from embit.psbt import PSBT, DerivationPath
from embit.transaction import SIGHASH, Transaction, TransactionOutput

from wallets.signer.keys import PrivateHalf, SeedKey
from wallets.signer.policy import Key, Network
from wallets.signer.proposal import Coin, Payment, Proposal, Whose
from wallets.signer.refusals import Refusal

MAX_INPUTS, MAX_OUTPUTS, MAX_OWN = 300, 300, 10
MAX_MONEY = 84_000_000 * 10**8  # Litecoin's; Bitcoin's is smaller
DUST = 294  # of a P2WPKH output, at Core's default relay fee


class Place(NamedTuple):
    """Where a public key of ours stands."""

    key: str
    branch: int
    number: int


def propose(
    *,
    id: str,
    key: Key,
    text: Any,
    halves: dict[str, PrivateHalf],
    keys: Mapping[str, Key],
    hint: Any,
    fee_limit: int | None,
) -> Proposal:
    """What a PSBT (base64) would do. `hint` says which address of a key that it may pay is paid,
    where the PSBT itself does not. Raises Refusal for whatever is not plainly ours to sign.
    """
    psbt = _parsed(text)
    places = [_input(key, halves, psbt, n) for n in range(len(psbt.inputs))]
    coins = tuple(_coin(key, halves, psbt, n, place) for n, place in enumerate(places))
    if len({coin.outpoint for coin in coins}) != len(coins):
        raise Refusal("malformed", "One coin is spent twice.")
    payments = _payments(key, halves, keys, psbt, _hinted(key, halves, hint))
    fee = sum(coin.units for coin in coins) - sum(out.value for out in psbt.tx.vout)
    if fee < 0:
        raise Refusal("malformed", "It pays more than it spends.")
    txid = psbt.tx.txid().hex()
    cap = key.fees.per_transaction
    return Proposal(
        id=id,
        key=key,
        source="",
        payments=payments,
        fee=fee,
        fee_limit=cap if fee_limit is None else min(cap, fee_limit),
        fingerprint=txid,
        nonce=None,
        prices=(fee,),
        coins=coins,
        sign=lambda: _signed(key, halves[key.name], psbt, places, coins, txid),
    )


def address_of(script: Any, network: Network) -> str:
    """How people write a script. Raises Refusal for one that has no address."""
    names = {
        **NETWORKS["main"],
        "bech32": network.hrp,
        "p2pkh": bytes([network.p2pkh]),
        "p2sh": bytes([network.p2sh]),
    }
    try:
        return str(script.address(names))
    except Exception:  # noqa: BLE001  embit raises several kinds for what has no address
        raise Refusal("destination", "An output pays something without an address.") from None


def _parsed(text: Any) -> PSBT:
    try:
        psbt = PSBT.parse(base64.b64decode(text, validate=True))
        transaction = psbt.tx
    except (binascii.Error, TypeError, ValueError) as error:
        raise Refusal("malformed", "psbt must be a PSBT in base64.") from error
    except Exception as error:  # noqa: BLE001  a stranger's bytes make embit raise all it has
        raise Refusal("malformed", f"psbt can't be read: {type(error).__name__}.") from None
    if psbt.version not in (None, 0) or transaction.version not in (1, 2):
        raise Refusal("malformed", "Only PSBT version 0 of transaction version 1 or 2.")
    if not 0 < len(transaction.vin) <= MAX_INPUTS or not 0 < len(transaction.vout) <= MAX_OUTPUTS:
        raise Refusal("malformed", f"1 to {MAX_INPUTS} inputs and 1 to {MAX_OUTPUTS} outputs.")
    if any(len(vin.script_sig.data) for vin in transaction.vin):
        raise Refusal("malformed", "The transaction is signed already.")
    if not all(0 <= out.value <= MAX_MONEY for out in transaction.vout):
        raise Refusal("amount", "An output pays an impossible amount.")
    return psbt


def _input(key: Key, halves: dict[str, PrivateHalf], psbt: PSBT, n: int) -> Place:
    """Which key of ours an input needs. Raises Refusal unless it is exactly one."""
    given = psbt.inputs[n]
    if given.sighash_type not in (None, SIGHASH.ALL):
        raise Refusal("sighash", "Only SIGHASH_ALL is signed.")
    if given.partial_sigs or given.final_scriptsig or given.final_scriptwitness:
        raise Refusal("malformed", "An input is signed already.")
    if given.redeem_script or given.witness_script or given.taproot_bip32_derivations:
        raise Refusal("foreign_input", "Only P2WPKH inputs are ours.")
    places = [
        place
        for public, path in given.bip32_derivations.items()
        if (place := _claimed(key.name, halves, public, path)) is not None
    ]
    if len(places) != 1 or len(given.bip32_derivations) != 1:
        raise Refusal("foreign_input", f"Input {n} is not a coin of {key.name}.")
    return places[0]


def _coin(key: Key, halves: dict[str, PrivateHalf], psbt: PSBT, n: int, place: Place) -> Coin:
    vin, given = psbt.tx.vin[n], psbt.inputs[n]
    shown, previous = given.witness_utxo, given.non_witness_utxo
    if previous is not None:
        if previous.txid() != vin.txid or vin.vout >= len(previous.vout):
            raise Refusal("previous", f"Input {n} comes with another transaction than it spends.")
        proven = previous.vout[vin.vout]
        if shown is not None and (
            shown.value != proven.value or shown.script_pubkey != proven.script_pubkey
        ):
            raise Refusal("previous", f"Input {n} contradicts the transaction that made it.")
        shown = proven
    if shown is None:
        raise Refusal("previous", f"Input {n} does not say what it is worth.")
    if previous is None and key.network.require_previous:
        raise Refusal("previous", f"Input {n} must bring its previous transaction.")
    if not 0 < shown.value <= MAX_MONEY:
        raise Refusal("amount", f"Input {n} is worth an impossible amount.")
    if shown.script_pubkey != _script(halves[place.key], place):
        raise Refusal("foreign_input", f"Input {n} is not a coin of {key.name}.")
    return Coin(f"{vin.txid.hex()}:{vin.vout}", shown.value, previous is not None)


def _payments(
    key: Key,
    halves: dict[str, PrivateHalf],
    keys: Mapping[str, Key],
    psbt: PSBT,
    hinted: Any,
) -> tuple[Payment, ...]:
    """Who is paid, change left out. Change is what our own key, derived again, can spend."""
    payments, own = [], 0
    native = key.assets[key.network.native]
    for out, told in zip(psbt.tx.vout, psbt.outputs, strict=True):
        if out.value < DUST:
            raise Refusal("amount", f"An output of {out.value} would not be relayed.")
        address = address_of(out.script_pubkey, key.network)
        whose = _whose(key, halves, keys, out, told, address)
        pointed_at = hinted is not None and out.script_pubkey == hinted
        if whose is Whose.STRANGER and pointed_at:
            whose = Whose.HOT
        if whose is None:
            own += 1
        else:
            payments.append(Payment(address, native.code, "", out.value, whose))
    if own > MAX_OWN:
        raise Refusal("amount", f"At most {MAX_OWN} outputs of change.")
    return tuple(payments)


def _whose(
    key: Key,
    halves: dict[str, PrivateHalf],
    keys: Mapping[str, Key],
    out: TransactionOutput,
    told: Any,
    address: str,
) -> Whose | None:
    """None: our own change. A claim that does not hold is a lie, not a stranger's address."""
    if address == key.cold:
        return Whose.COLD
    for name in (key.name, *key.pays):
        for public, path in told.bip32_derivations.items():
            place = _claimed(name, halves, public, path)
            if place is None:
                continue
            if out.script_pubkey != _script(halves[name], place):
                raise Refusal("false_change", f"{address} is claimed to be ours and is not.")
            if name != key.name:
                return Whose.HOT
            if keys[name].role == "hot":
                return None
    if any(_is_single(halves[name], out) for name in key.pays):
        return Whose.HOT
    if key.role == "hot" and _is_single(halves[key.name], out):
        return None
    return Whose.LISTED if address in key.destinations else Whose.STRANGER


def _hinted(key: Key, halves: dict[str, PrivateHalf], hint: Any) -> Any:
    """The script at the place that the caller points to, in a key that this one may pay."""
    if not isinstance(hint, dict) or hint.get("key") not in key.pays:
        return None
    branch, index = hint.get("branch", 0), hint.get("index")
    if isinstance(index, bool) or not isinstance(index, int) or branch not in (0, 1):
        raise Refusal("derivation", "A recipient of ours is a key, a branch and an index.")
    return _script(halves[hint["key"]], Place(hint["key"], int(branch), index))


def _claimed(name: str, halves: dict[str, PrivateHalf], public: Any, path: Any) -> Place | None:
    """Where a public key says that it stands in one of our keys, if it says so of that key."""
    half = halves[name]
    if not isinstance(half, SeedKey):
        held = half.public(0, 0) == public.sec()
        return Place(name, 0, 0) if held else None
    steps = list(path.derivation)
    if path.fingerprint != half.fingerprint:
        return None
    if len(steps) != len(half.path) + 2 or steps[: len(half.path)] != half.path:
        raise Refusal("derivation", f"{name} has no key at that path.")
    place = Place(name, steps[-2], steps[-1])
    if half.public(place.branch, place.number) != public.sec():
        raise Refusal("derivation", f"{name} has another key at {place.branch}/{place.number}.")
    return place


def _is_single(half: PrivateHalf, out: TransactionOutput) -> bool:
    """Whether an output pays a key that has one address only: an HSM's."""
    return not isinstance(half, SeedKey) and out.script_pubkey == scripts.p2wpkh(
        PublicKey.parse(half.public(0, 0))
    )


def _script(half: PrivateHalf, place: Place) -> Any:
    return scripts.p2wpkh(PublicKey.parse(half.public(place.branch, place.number)))


def _signed(
    key: Key,
    half: PrivateHalf,
    psbt: PSBT,
    places: list[Place],
    coins: tuple[Coin, ...],
    txid: str,
) -> tuple[str, str]:
    """The finished transaction in hex, and its txid. bdkpython signs, or an HSM does."""
    import bdkpython as bdk  # a second's import, for processes that have such a key

    clean = PSBT(Transaction.parse(psbt.tx.serialize()))
    for n, (place, coin) in enumerate(zip(places, coins, strict=True)):
        public = PublicKey.parse(half.public(place.branch, place.number))
        clean.inputs[n].witness_utxo = TransactionOutput(coin.units, _script(half, place))
        clean.inputs[n].non_witness_utxo = psbt.inputs[n].non_witness_utxo
        if isinstance(half, SeedKey):
            path = [*half.path, place.branch, place.number]
            clean.inputs[n].bip32_derivations[public] = DerivationPath(half.fingerprint, path)
        else:
            made = half.sign(place.branch, place.number, clean.sighash(n))
            clean.inputs[n].partial_sigs[public] = made.der() + bytes([SIGHASH.ALL])
    unfinished = bdk.Psbt(clean.to_string())
    if isinstance(half, SeedKey):
        trusting = any(given.non_witness_utxo is None for given in psbt.inputs)
        _bdk_wallet(key, half).sign(
            unfinished,
            bdk.SignOptions(
                trust_witness_utxo=trusting,
                assume_height=None,
                allow_all_sighashes=False,
                try_finalize=False,
                sign_with_tap_internal_key=False,
                allow_grinding=True,
            ),
        )
    finished = unfinished.finalize()
    if not finished.could_finalize:
        raise Refusal("unsignable", "The transaction could not be finished.")
    raw = bytes(finished.psbt.extract_tx_unchecked_fee_rate().serialize())
    if Transaction.parse(raw).txid().hex() != txid:
        raise Refusal("unsignable", "Another transaction came back than was judged.")
    return raw.hex(), txid


def _bdk_wallet(key: Key, half: SeedKey) -> Any:
    import bdkpython as bdk

    kind = bdk.NetworkKind.TEST if key.network.test else bdk.NetworkKind.MAIN
    return bdk.Wallet(
        descriptor=bdk.Descriptor(half.private_descriptor(0), kind),
        change_descriptor=bdk.Descriptor(half.private_descriptor(1), kind),
        network=bdk.Network.REGTEST if key.network.test else bdk.Network.BITCOIN,
        persister=bdk.Persister.new_in_memory(),
        lookahead=1,
    )


def own_address(public: bytes, network: Network) -> str:
    """The P2WPKH address of a public key."""
    return address_of(scripts.p2wpkh(PublicKey.parse(public)), network)
