"""Addresses of EVM networks: forty hexadecimal letters whose case is a checksum (EIP-55)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from eth_utils import is_checksum_formatted_address, to_checksum_address

from exchange.core.errors import Invalid


def checksummed(text: str) -> str:
    """An address as people should see it. All small or all capital letters carry no checksum.

    Raises Invalid saying what is wrong.
    """
    text = text.strip()
    digits = text[2:]
    if not text.startswith(("0x", "0X")) or len(digits) != 40:
        raise Invalid(
            _("An address here is 0x and forty letters from 0 to 9 and a to f."), field="address"
        )
    try:
        bytes.fromhex(digits)
    except ValueError:
        raise Invalid(_("After 0x only 0 to 9 and a to f may stand."), field="address") from None
    shown: str = to_checksum_address("0x" + digits.lower())
    if is_checksum_formatted_address("0x" + digits) and "0x" + digits != shown:
        raise Invalid(
            _("A letter of this address is wrong: its checksum does not match. Copy it again."),
            field="address",
        )
    if int(digits, 16) == 0:
        raise Invalid(_("Nobody has this address."), field="address")
    return shown
