"""Let the signer sign again: operators sign the freeze's own words, and we carry them there."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from wallets.sending import signer
from wallets.signing.models import ThawApproval

PERMISSION = "wallets.thaw_signer"
OPERATOR = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SIGNATURE = re.compile(r"[0-9a-f]{128}")


def hand_in(*, operator: str, signature: str, contents: str, actor: Actor) -> bool:
    """Keep an operator's signature; enough of them thaw the signer. Returns whether they did.

    Handing in twice replaces the first. Raises PermissionRefused, Invalid, Conflict when another
    freeze stands than was shown, SignerRefused when none does, SignerUnavailable.
    """
    actor.require(PERMISSION)
    if actor.user_id is None:
        raise PermissionRefused("Only a person hands in an approval.")
    if not OPERATOR.fullmatch(operator):
        raise Invalid(_("This is no operator's name."), field="operator")
    if not SIGNATURE.fullmatch(signature):
        raise Invalid(_("A signature is 128 hexadecimal digits."), field="signature")
    asked = signer.thaw_contents()
    if asked.text != contents:
        raise Conflict(_("Another freeze stands than was shown. Load the page again."))
    with transaction.atomic():
        ThawApproval.objects.update_or_create(
            operator=operator,
            contents=contents,
            defaults={
                "signature": signature,
                "handed_in_by_id": actor.user_id,
                "at": clock.now(),
            },
        )
        record(
            actor=actor,
            verb="signing.hand_in_thaw",
            target_type="signer",
            after={"operator": operator},
        )
    return _thawed(asked, actor)


def given(contents: str) -> list[ThawApproval]:
    """What has been handed in for this freeze."""
    return list(ThawApproval.objects.filter(contents=contents).order_by("operator")[:20])


def _thawed(asked: signer.Contents, actor: Actor) -> bool:
    """Only the signer knows whose signatures hold; it is asked once there could be enough."""
    rows = given(asked.text)
    if len(rows) < asked.approvals_needed:
        return False
    signer.thaw([{"operator": row.operator, "signature": row.signature} for row in rows])
    with transaction.atomic():
        record(
            actor=actor,
            verb="signing.thaw",
            target_type="signer",
            after={"operators": [row.operator for row in rows]},
        )
    return True
