"""Derive an address from the public half of a wallet. No private key exists in this process.

embit derives and never signs; the same xpub gives the same addresses in three other libraries
(tests hold vectors of BIP-84 and BIP-44).
"""

from __future__ import annotations

from functools import lru_cache

from coincurve import PublicKey
from django.utils.translation import gettext as _
from embit import bip32
from embit.base import EmbitError
from embit.descriptor import Descriptor
from eth_utils import keccak

from exchange.assets.models import Network
from exchange.core.errors import Invalid
from wallets.addresses import formats
from wallets.addresses.formats import Written
from wallets.addresses.models import KeySet

Scheme = KeySet.Scheme
LAST_INDEX = 2**31 - 1  # beyond it derivation needs the private key
BITCOIN = (Scheme.WPKH, Scheme.WSH_MULTI)
SINGLE = (Scheme.EVM_KEY, Scheme.SAFE)  # one address is all there is


class BadKey(Invalid):
    """The public half can't be read, or is not of the scheme it was said to be."""

    code = "bad_key"


def address_at(keys: KeySet, *, index: int, change: bool = False) -> Written:
    """The address of an index; of the branch for change if asked. Raises BadKey, Invalid."""
    return derived(
        network=keys.network, scheme=keys.scheme, public=keys.public, index=index, change=change
    )


def derived(
    *, network: Network, scheme: str, public: str, index: int, change: bool = False
) -> Written:
    if not 0 <= index <= LAST_INDEX:
        raise Invalid("An index is a whole number below 2^31.", field="index", limit=LAST_INDEX)
    if scheme in BITCOIN:
        address = _witness(network.code, public, index, change)
        return Written(address, address)
    if scheme == Scheme.EVM_XPUB:
        return formats.read(network=network, text=_evm(public, index, change))
    if index:
        raise BadKey(_("This wallet has one address only."), field="public")
    return formats.read(network=network, text=public)


def check(*, network: Network, scheme: str, public: str, threshold: int, signers: int) -> None:
    """Refuse a public half that is not what it is said to be. Raises BadKey."""
    if (scheme in BITCOIN) != (network.family == "bitcoin"):
        raise BadKey(_("This kind of key is not of this network's family."), field="scheme")
    if scheme in BITCOIN:
        multisig, needs, keys = _shape(public)
        if multisig != (scheme == Scheme.WSH_MULTI):
            raise BadKey(_("The descriptor is of another kind."), field="public")
        if multisig and (needs, keys) != (threshold, signers):
            raise BadKey(
                _("The descriptor needs %(n)s of %(m)s signatures.") % {"n": needs, "m": keys},
                field="threshold",
                limit=needs,
            )
    elif scheme == Scheme.EVM_XPUB:
        _account(public)
    derived(network=network, scheme=scheme, public=public, index=0)


@lru_cache(maxsize=64)
def _descriptor(public: str) -> Descriptor:
    if "prv" in public:  # xprv, tprv, …: embit would read it, and so would whoever reads the row
        raise BadKey(_("This is a private key. Keys stay in the signer."), field="public")
    try:
        read = Descriptor.from_string(public.partition("#")[0])
    except (EmbitError, ValueError, AttributeError, IndexError) as error:
        raise BadKey(_("This is no output descriptor."), field="public") from error
    if any(key.is_private for key in read.keys):
        raise BadKey(_("This is a private key. Keys stay in the signer."), field="public")
    if not read.is_wildcard:
        raise BadKey(_("The descriptor ends in no /*: it has one address only."), field="public")
    return read


def _branch(public: str, change: bool) -> Descriptor:
    """The descriptor of one branch: written as <0;1> or {0,1}, or by its first branch alone."""
    read = _descriptor(public)
    if not change or read.num_branches > 1:
        return read
    if "/0/*" not in public:
        raise BadKey(_("The descriptor has no branch for change."), field="public")
    return _descriptor(public.partition("#")[0].replace("/0/*", "/1/*"))


def _witness(code: str, public: str, index: int, change: bool) -> str:
    script: bytes = _at(public, index, change).script_pubkey().data
    return formats.segwit(code, 0, script[2:])


def _at(public: str, index: int, change: bool) -> Descriptor:
    read = _branch(public, change)
    if read.num_branches > 1:
        return read.derive(index, branch_index=int(change))
    return read.derive(index)


def _shape(public: str) -> tuple[bool, int, int]:
    """Whether several keys sign, how many are needed, and how many there are."""
    read = _descriptor(public)
    if read.wpkh and len(read.keys) == 1:
        return False, 1, 1
    if read.wsh and read.is_basic_multisig and read.is_sorted:
        return True, int(read.miniscript.args[0].num), len(read.keys)
    raise BadKey(_("Only wpkh(…) and wsh(sortedmulti(…)) are used here."), field="public")


@lru_cache(maxsize=64)
def _account(public: str) -> bip32.HDKey:
    try:
        account = bip32.HDKey.from_base58(public)
    except (EmbitError, ValueError, LookupError) as error:
        raise BadKey(_("This is no extended public key."), field="public") from error
    if account.is_private:
        raise BadKey(_("This is a private key. Keys stay in the signer."), field="public")
    return account


@lru_cache(maxsize=64)
def _chain_key(public: str, change: bool) -> bip32.HDKey:
    return _account(public).child(int(change))


def _evm(public: str, index: int, change: bool) -> str:
    point = PublicKey(_chain_key(public, change).child(index).key.sec()).format(compressed=False)
    return "0x" + keccak(point[1:])[-20:].hex()


def witness_script(keys: KeySet, *, index: int, change: bool = False) -> bytes:
    """The script behind an address of several keys. Raises BadKey for a set of another scheme."""
    if keys.scheme != Scheme.WSH_MULTI:
        raise BadKey(_("This wallet's addresses have no script."), field="scheme")
    return bytes(_at(keys.public, index, change).witness_script().data)
