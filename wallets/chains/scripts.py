"""Addresses of the Bitcoin family and the scripts that they stand for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from embit import base58, bech32

from exchange.core.errors import Invalid
from wallets.chains.parameters import Coin

LONGEST = 100


def address_of(script: bytes, coin: Coin) -> str:
    """The address that an output pays, empty where there is none."""
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return base58.encode_check(bytes([coin.key_hash]) + script[3:23])
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return base58.encode_check(bytes([coin.script_hash]) + script[2:22])
    if (program := _witness_program(script)) is not None:
        version, data = program
        return bech32.encode(coin.bech32, version, list(data)) or ""
    return ""


def script_of(address: str, coin: Coin) -> bytes:
    """The output script that an address stands for. Raises Invalid saying why not."""
    text = address.strip()
    if not text:
        raise Invalid(_("Enter an address."), field="address")
    if len(text) > LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise Invalid(_("This is not an address."), field="address")
    if "1" in text and text.lower().rpartition("1")[0] in _KNOWN_PREFIXES:
        return _from_bech32(text, coin)
    return _from_base58(text, coin)


# Prefixes of chains whose addresses people paste by mistake: the message can say so.
_KNOWN_PREFIXES = {"bc", "tb", "bcrt", "ltc", "tltc", "rltc"}


def _from_bech32(text: str, coin: Coin) -> bytes:
    if text != text.lower() and text != text.upper():
        raise Invalid(_("Upper and lower case are mixed in this address."), field="address")
    prefix = text.lower().rpartition("1")[0]
    if prefix != coin.bech32:
        raise Invalid(
            _("This address belongs to another chain: it begins with %(found)s, not %(wanted)s.")
            % {"found": f"{prefix}1", "wanted": f"{coin.bech32}1"},
            field="address",
            limit=f"{coin.bech32}1",
        )
    version, program = bech32.decode(coin.bech32, text)
    if version is None or program is None:
        raise _mistyped()
    if version > 1 or (version == 1 and len(program) != 32):
        # Future versions: anyone may spend them today.
        raise Invalid(_("This kind of address can't be paid yet."), field="address")
    return bytes([version and 0x50 + version, len(program)]) + bytes(program)


def _from_base58(text: str, coin: Coin) -> bytes:
    try:
        payload = base58.decode_check(text)
    except (ValueError, AssertionError, KeyError, IndexError):
        raise _mistyped() from None
    if len(payload) != 21:
        raise _mistyped()
    kind, digest = payload[0], payload[1:]
    if kind == coin.key_hash:
        return b"\x76\xa9\x14" + digest + b"\x88\xac"
    if kind in (coin.script_hash, coin.older_script_hash):
        return b"\xa9\x14" + digest + b"\x87"
    raise Invalid(_("This address belongs to another chain."), field="address")


def _mistyped() -> Invalid:
    return Invalid(
        _("This is not an address: a letter is wrong or missing. Copy it again."), field="address"
    )


def _witness_program(script: bytes) -> tuple[int, bytes] | None:
    if not 4 <= len(script) <= 42 or script[1] != len(script) - 2:
        return None
    if script[0] == 0:
        return (0, script[2:]) if len(script) in (22, 34) else None
    return (script[0] - 0x50, script[2:]) if 0x51 <= script[0] <= 0x60 else None
