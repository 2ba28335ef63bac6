"""Notes: what somebody found, for whoever reads the case in a year."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases import hold
from compliance.cases.models import CaseNote
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

LONGEST = 5000


def note(*, case_id: int, text: str, actor: Actor) -> CaseNote:
    """Write a note. Whoever works the queue may, also beside the owner.

    Raises NotFound, PermissionRefused, CaseClosed, Invalid (empty, too long).
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Write what you found."), field="text")
    if len(text) > LONGEST:
        raise Invalid(_("At most 5,000 characters a note."), field="text", limit=LONGEST)
    with transaction.atomic():
        case = hold.locked(case_id)
        writer = hold.may_work(case, actor)
        made = CaseNote.objects.create(case=case, text=text, by_id=writer, at=clock.now())
        record(actor=actor, verb="cases.note", target=case, after={"note": made.pk})
    return made
