"""Nobody is approved while a list may name them: the check that identity asks.

It reads what screening has found, and finds nothing itself, so that the web needs no lists in
memory. A worker screens an application within seconds of its submission.
"""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from compliance.identity import checks
from compliance.identity.checks import PASS, Outcome, Verdict
from compliance.identity.models import Application
from compliance.screening.models import Hit, Screened
from compliance.screening.subjects import version_of


def nobody_listed(application: Application) -> Outcome:
    """Hold while names are not screened or hits wait; refuse whom an officer has confirmed."""
    hits = Hit.objects.filter(customer_id=application.customer_id)
    if hits.filter(state=Hit.State.TRUE).exists():
        return Outcome(Verdict.REFUSE, _("A screening hit is confirmed."))
    if not is_screened(application):
        return Outcome(Verdict.HOLD, _("The names are being screened. Try again in a minute."))
    waiting = hits.filter(state__in=Hit.WAITING).count()
    if waiting:
        return Outcome(
            Verdict.HOLD, _("%(n)s screening hits have to be decided first.") % {"n": waiting}
        )
    return PASS


def is_screened(application: Application) -> bool:
    """In the form in which it was last submitted?"""
    screened = Screened.objects.filter(customer_id=application.customer_id).first()
    return (
        screened is not None
        and application.submitted_at is not None
        and screened.at >= application.submitted_at
        and screened.customer_version >= version_of(application.customer_id)
    )


def unscreened() -> QuerySet[Application]:
    """Submitted, and not screened since, the oldest first."""
    states = (Application.State.SUBMITTED, Application.State.PROPOSED)
    return (
        Application.objects.filter(state__in=states)
        .filter(Q(customer__screened=None) | Q(customer__screened__at__lt=F("submitted_at")))
        .order_by("submitted_at", "pk")
    )


checks.register("names on lists", nobody_listed, order=checks.SCREENING)
