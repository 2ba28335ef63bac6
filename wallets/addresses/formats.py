"""How an address is written on each kind of chain, and whether a text is one.

The chains' own rules, without their nodes: an address book works while a node is down. Every
refusal says what is wrong in words for the person who pasted the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _
from embit import bech32

from exchange.assets.models import Network
from exchange.core.errors import Invalid
from wallets.addresses.chain_names import chain_of
from wallets.chains.checksums import checksummed
from wallets.chains.parameters import COINS, Coin
from wallets.chains.scripts import address_of, script_of

MOST_LETTERS = 128
MOST_MEMO = 64
DIGITS = re.compile(r"[0-9]{1,10}")
MOST_TAG = 2**32 - 1  # XRP Ledger: an unsigned 32-bit number
HEX = re.compile(r"0[xX][0-9a-fA-F]{40}")
PLAIN = re.compile(r"[!-~]{8,128}")


class Written(NamedTuple):
    """An address as people write it, and the form in which addresses are compared."""

    address: str
    key: str


class BadAddress(Invalid):
    """The text is no address of this network."""

    code = "bad_address"


def marks_of(network_code: str) -> Coin:
    """How addresses begin on the chain that a Bitcoin-like network is configured to be."""
    found = COINS.get((network_code, chain_of(network_code)))
    if found is None:
        raise BadAddress(_("Addresses of this network can't be checked yet."), field="address")
    return found


def read(*, network: Network, text: str) -> Written:
    """The address that a person wrote. Raises BadAddress saying what is wrong with it."""
    text = text.strip()
    if not text:
        raise BadAddress(_("Enter an address."), field="address")
    if len(text) > MOST_LETTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise BadAddress(
            _("This is no address: it has spaces, special letters, or is too long."),
            field="address",
        )
    reader = READERS.get(network.family, _any)
    try:
        return reader(network, text)
    except BadAddress:
        raise
    except Invalid as error:
        raise BadAddress(str(error), field="address", limit=error.limit) from error


def read_memo(*, network: Network, text: str) -> str:
    """The memo that belongs to an address; empty where the network has none. Raises Invalid."""
    text = text.strip()
    if not text:
        return ""
    if not network.memo_required:
        raise Invalid(
            _("Addresses on %(network)s have no memo. Leave it empty.") % {"network": network.name},
            field="memo",
        )
    if network.family == "ripple" and not (DIGITS.fullmatch(text) and int(text) <= MOST_TAG):
        raise Invalid(
            _("A %(memo)s is a whole number up to %(most)s.")
            % {"memo": network.memo_name or _("memo"), "most": f"{MOST_TAG:,}"},
            field="memo",
            limit=MOST_TAG,
        )
    if len(text) > MOST_MEMO or not text.isprintable():
        raise Invalid(
            _("A memo has at most %(most)s plain characters.") % {"most": MOST_MEMO},
            field="memo",
            limit=MOST_MEMO,
        )
    return text


def segwit(network_code: str, version: int, program: bytes) -> str:
    """A witness program as an address of this network."""
    address: str = bech32.encode(marks_of(network_code).bech32, version, list(program))
    return address


def _bitcoin(network: Network, text: str) -> Written:
    if HEX.fullmatch(text):
        raise BadAddress(
            _("This is an Ethereum address; %(network)s can't pay it.") % {"network": network.name},
            field="address",
        )
    coin = marks_of(network.code)
    address = address_of(script_of(text, coin), coin)
    return Written(address, address)


def _evm(network: Network, text: str) -> Written:
    address = checksummed(text)
    return Written(address, address.lower())


def _any(network: Network, text: str) -> Written:
    """Families without an adapter: nothing is paid there, so only nonsense is refused."""
    if not PLAIN.fullmatch(text):
        raise BadAddress(_("This is not an address."), field="address")
    return Written(text, text)


READERS: dict[str, Callable[[Network, str], Written]] = {"bitcoin": _bitcoin, "evm": _evm}
