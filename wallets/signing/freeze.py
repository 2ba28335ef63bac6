"""Stop the signer at once. Anybody with the permission may, on suspicion alone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from wallets.sending import signer

PERMISSION = "wallets.freeze_signer"


def freeze(*, actor: Actor, reason: str) -> dict[str, Any]:
    """Nothing is signed from now on, until operators thaw it. Freezing twice is one freeze.

    The signer is told first: what is written down here must not delay it. Returns what it says
    then. Raises PermissionRefused, Invalid, SignerUnavailable.
    """
    actor.require(PERMISSION)
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    told = signer.freeze(by=actor.label, reason=reason)
    with transaction.atomic():
        record(
            actor=actor,
            verb="signing.freeze",
            target_type="signer",
            reason=reason,
            after={"journal": told["journal"]},
        )
    return told
