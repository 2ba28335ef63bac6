"""Cases that belong together."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.cases.models import Case, CaseLink
from compliance.cases.states import PERMISSIONS
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound


def link(*, case_id: int, other_id: int, why: str, actor: Actor) -> CaseLink:
    """Say that two cases belong together. Twice is once.

    Raises NotFound, Invalid (the case itself, no reason), PermissionRefused.
    """
    if not why.strip():
        raise Invalid(_("Say why."), field="why")
    if case_id == other_id:
        raise Invalid(_("A case belongs to itself already."), field="other_id")
    found = {case.pk: case for case in Case.objects.filter(pk__in=[case_id, other_id])}
    if len(found) < 2:
        raise NotFound(_("There is no such case."), field="other_id")
    actor.require(PERMISSIONS[found[case_id].queue])
    with transaction.atomic():
        made = join(found[case_id], found[other_id], why=why, by=actor.label)
        record(
            actor=actor,
            verb="cases.link",
            target=found[case_id],
            reason=why,
            after={"other": other_id},
        )
    return made


def join(one: Case, other: Case, *, why: str, by: str) -> CaseLink:
    """The row itself, for verbs of this room."""
    older, newer = sorted([one, other], key=lambda case: case.pk)
    made, _new = CaseLink.objects.get_or_create(
        older=older, newer=newer, defaults={"why": why[:300], "by": by, "at": clock.now()}
    )
    return made


def links_of(case: Case) -> QuerySet[CaseLink]:
    """Every link of a case, newest first."""
    return (
        CaseLink.objects.filter(Q(older=case) | Q(newer=case))
        .select_related("older", "newer")
        .order_by("-id")
    )
