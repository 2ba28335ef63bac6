"""Hand in what a cosigner signed. A file is a stranger's until its signatures are verified."""

from __future__ import annotations

import json
import re

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from wallets.addresses.models import KeySet
from wallets.custody import psbt, safe
from wallets.custody.cold.row import locked
from wallets.custody.models import ColdPayment, ColdSignature

PERMISSION = "wallets.upload_cold_signature"
State = ColdPayment.State
TAKES = (State.SIGNING, State.READY)
HEX = re.compile(r"(0x)?[0-9a-fA-F]{130}")


class SignedAlready(Conflict):
    """This cosigner's signature is here already."""

    code = "signed_already"


def hand_in(*, payment_id: int, content: bytes, actor: Actor) -> list[str]:
    """Verify a signed file and keep its new signatures; says whose. Enough make it READY.

    Takes a signed PSBT (bytes, base64 or hex), or a Safe signature as hex. Raises
    PermissionRefused, NotFound, Conflict in another state, BadPsbt, BadSignature, SignedAlready.
    """
    actor.require(PERMISSION)
    with transaction.atomic():
        row = locked(payment_id)
        if row.state not in TAKES:
            raise Conflict(f"This payment is {row.state}.", limit=row.state)
        is_safe = row.key_set.scheme == KeySet.Scheme.SAFE
        found = _of_safe(row, content) if is_safe else _of_bitcoin(row, content)
        have = set(row.signatures.values_list("cosigner", flat=True))
        fresh = {cosigner: each for cosigner, each in found.items() if cosigner not in have}
        if not fresh:
            raise SignedAlready(f"{', '.join(sorted(found))} signed it already.", field="file")
        ColdSignature.objects.bulk_create(
            ColdSignature(
                payment=row, cosigner=cosigner, signature=signature, handed_in_by=actor.label
            )
            for cosigner, signature in sorted(fresh.items())
        )
        if row.state == State.SIGNING and len(have) + len(fresh) >= row.threshold:
            row.state, row.ready_at = State.READY, clock.now()
            row.save(update_fields=["state", "ready_at"])
        record(
            actor=actor,
            verb="custody.hand_in",
            target=row,
            after={"cosigners": sorted(fresh), "state": row.state},
        )
    return sorted(fresh)


def _of_bitcoin(row: ColdPayment, content: bytes) -> dict[str, str]:
    return {
        each.cosigner: json.dumps(each.inputs)
        for each in psbt.signatures_in(content, ours=row.unsigned)
    }


def _of_safe(row: ColdPayment, content: bytes) -> dict[str, str]:
    text = content[:1000].decode("ascii", "replace").strip().strip('"')
    if not HEX.fullmatch(text):
        raise Invalid("A Safe's signature is 65 bytes as hex.", field="file", limit=65)
    raw = bytes.fromhex(text.removeprefix("0x"))
    signer = safe.signer_of(bytes.fromhex(row.digest[2:]), raw)
    if signer not in row.cosigners:
        raise safe.BadSignature(
            f"{signer} is no owner of this Safe, or another payment was signed.", field="file"
        )
    return {signer: raw.hex()}
