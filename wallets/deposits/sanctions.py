"""Load the addresses that a sanctions list names, from files in the list's own layout.

One file a coin, `sanctioned_addresses_<ticker>.txt`, one address a line: the layout in which OFAC's
list is commonly published for exchanges. Loading replaces everything of that source.
"""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from wallets.deposits.models import SanctionedAddress

PERMISSION = "wallets.review_deposit"
PREFIX = "sanctioned_addresses_"
MOST_ADDRESSES = 1_000_000


def load(*, folder: Path, source: str, actor: Actor) -> int:
    """Replace a source's addresses by those of the files. Returns how many are listed now.

    Raises Invalid when the folder holds no such file: an empty list must not pass for a list.
    """
    actor.require(PERMISSION)
    listed: set[tuple[str, str]] = set()
    for path in sorted(folder.glob(f"{PREFIX}*.txt")):
        ticker = path.stem.removeprefix(PREFIX)[:15]
        for line in path.read_text("utf8").splitlines():
            if address := line.strip():
                listed.add((ticker, key_of(address)[:128]))
    if not 0 < len(listed) <= MOST_ADDRESSES:
        raise Invalid(f"{folder} holds no file {PREFIX}….txt with addresses.", field="folder")
    now = clock.now()
    with transaction.atomic():
        before, _ = SanctionedAddress.objects.filter(source=source).delete()
        SanctionedAddress.objects.bulk_create(
            SanctionedAddress(source=source, ticker=ticker, key=key, loaded_at=now)
            for ticker, key in sorted(listed)
        )
        record(
            actor=actor,
            verb="deposits.load_sanctions",
            target_type="sanctionedaddress",
            target_id=source,
            before={"addresses": before},
            after={"addresses": len(listed)},
        )
    return len(listed)


def key_of(address: str) -> str:
    """As senders are compared: EVM addresses in lower case, whatever the coin."""
    return address.lower() if address[:2].lower() == "0x" else address
