"""How an address is written on each kind of chain, and whether a text is one.

Pure rules: no node is asked, so an address book works while a node is down. Every refusal says
what is wrong in words for the person who pasted the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _
from embit import base58, bech32
from eth_utils import is_checksum_address, to_checksum_address

from exchange.assets.models import Network
from exchange.core.errors import Invalid
from wallets.addresses.chain_names import chain_of

MOST_LETTERS = 128
MOST_MEMO = 64
NOBODY = "0x" + "00" * 20
DIGITS = re.compile(r"[0-9]{1,10}")
MOST_TAG = 2**32 - 1  # XRP Ledger: an unsigned 32-bit number
PLAIN = re.compile(r"[!-~]{8,128}")


class Written(NamedTuple):
    """An address as people write it, and the form in which addresses are compared."""

    address: str
    key: str


class Marks(NamedTuple):
    """What addresses of one Bitcoin-like chain begin with."""

    prefix: str  # of bech32
    key_hash: int  # version byte of base58, paid to one key
    script_hash: int


MARKS = {
    ("BTC", "main"): Marks("bc", 0x00, 0x05),
    ("BTC", "test"): Marks("tb", 0x6F, 0xC4),
    ("BTC", "signet"): Marks("tb", 0x6F, 0xC4),
    ("BTC", "regtest"): Marks("bcrt", 0x6F, 0xC4),
    ("LTC", "main"): Marks("ltc", 0x30, 0x32),
    ("LTC", "test"): Marks("tltc", 0x6F, 0x3A),
    ("LTC", "regtest"): Marks("rltc", 0x6F, 0x3A),
}


class BadAddress(Invalid):
    """The text is no address of this network."""

    code = "bad_address"


def marks_of(network_code: str) -> Marks:
    """The marks of the chain that a Bitcoin-like network is configured to be."""
    found = MARKS.get((network_code, chain_of(network_code)))
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
    return reader(network, text)


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
    address: str = bech32.encode(marks_of(network_code).prefix, version, list(program))
    return address


def _bitcoin(network: Network, text: str) -> Written:
    marks = marks_of(network.code)
    lowered = text.lower()
    prefix, separator, _rest = lowered.rpartition("1")
    known = {m.prefix: code for (code, _chain), m in MARKS.items()}
    if separator and prefix in known:
        return _bech32(network, marks, text, prefix, known[prefix])
    return _base58(network, marks, text)


def _bech32(network: Network, marks: Marks, text: str, prefix: str, owner: str) -> Written:
    if text not in (text.lower(), text.upper()):
        raise BadAddress(
            _("An address like this is written in small letters only."), field="address"
        )
    if prefix != marks.prefix:
        raise _other_network(network, owner)
    version, _program = bech32.decode(marks.prefix, text.lower())
    if version is None:
        raise _mistyped()
    return Written(text.lower(), text.lower())


def _base58(network: Network, marks: Marks, text: str) -> Written:
    try:
        body = base58.decode_check(text)
    except ValueError:
        if re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
            raise BadAddress(
                _("This is an Ethereum address; %(network)s can't pay it.")
                % {"network": network.name},
                field="address",
            ) from None
        raise _mistyped() from None
    if len(body) != 21:
        raise _mistyped()
    if body[0] not in (marks.key_hash, marks.script_hash):
        raise _other_network(network, "")
    return Written(text, text)


def _evm(network: Network, text: str) -> Written:
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{40}", text):
        raise BadAddress(
            _("An address on %(network)s is 0x and 40 letters from 0 to 9 and a to f.")
            % {"network": network.name},
            field="address",
        )
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address("0x" + digits):
        raise _mistyped()
    address: str = to_checksum_address("0x" + digits.lower())
    if address.lower() == NOBODY:
        raise BadAddress(_("This address belongs to nobody: coins sent to it are lost."))
    return Written(address, address.lower())


def _any(network: Network, text: str) -> Written:
    """Families without an adapter: nothing is paid there, so only nonsense is refused."""
    if not PLAIN.fullmatch(text):
        raise _mistyped()
    return Written(text, text)


READERS: dict[str, Callable[[Network, str], Written]] = {"bitcoin": _bitcoin, "evm": _evm}


def _mistyped() -> BadAddress:
    return BadAddress(
        _(
            "This address has a typing mistake: its built-in check does not add up. "
            "Copy it again instead of typing it."
        ),
        field="address",
    )


def _other_network(network: Network, owner: str) -> BadAddress:
    if owner and owner != network.code:
        return BadAddress(
            _("This is an address of %(other)s, not of %(network)s. Coins sent there are lost.")
            % {"other": owner, "network": network.name},
            field="address",
        )
    return BadAddress(
        _("This address is not one of %(network)s as this exchange is connected to it.")
        % {"network": network.name},
        field="address",
    )
