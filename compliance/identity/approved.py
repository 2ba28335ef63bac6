"""Keep who somebody is, once an application was approved, and let it lapse when it grows old."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from compliance.identity import risk as risks
from compliance.identity import standing
from compliance.identity.models import PARTICULARS, Application, Identity
from compliance.identity.words import Kind
from exchange.accounts import mail
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import system

CHANGED = "identity.changed"
# After being asked to refresh, so long the tier stays good.
GRACE = timedelta(days=30)


def keep_identity(application: Application, *, risk: str) -> Identity:
    """Part of an approval that holds the customer's lock: the application's facts become the
    identity's, one version on, and others are told."""
    now = clock.now()
    row = Identity.objects.select_for_update().filter(customer_id=application.customer_id).first()
    row = row or Identity(customer_id=application.customer_id, version=0)
    for name in PARTICULARS:
        setattr(row, name, getattr(application, name))
    row.version += 1
    row.tier = application.tier
    row.risk = risk
    row.declared_yearly = application.declared_yearly
    row.approved_at = now
    row.valid_until = application.id_expires_on if application.kind == Kind.PERSON else None
    row.refresh_due = _due(now.date(), risk, row.valid_until)
    row.refresh_asked_at = row.lapsed_at = None
    row.save()
    Customer.objects.filter(pk=row.customer_id).update(country=row.country)
    outbox.announce(CHANGED, customer_id=row.customer_id, version=row.version)
    return row


def ask_to_refresh(*, limit: int = 200) -> int:
    """Write to those whose identity grows old: by their risk, or with their document. Each once.
    Safe to run twice and alongside itself. Returns to how many."""
    actor = system("identity.refresh")
    with transaction.atomic():
        due = list(
            Identity.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(refresh_due__lte=clock.now().date(), refresh_asked_at=None, lapsed_at=None)
            .select_related("customer")
            .order_by("refresh_due")[:limit]
        )
        for row in due:
            row.refresh_asked_at = clock.now()
            row.save(update_fields=["refresh_asked_at"])
            if row.customer.user_id is not None:
                until = (row.refresh_asked_at + GRACE).date()
                mail.tell(row.customer.user_id, "identity_refresh", until=until.isoformat())
            record(actor=actor, verb="identity.ask_refresh", target=row)
    return len(due)


def lapse_stale(*, limit: int = 200) -> int:
    """Take the tier from those who were asked and did not answer in time. An application that is
    in review keeps it. Returns from how many."""
    actor = system("identity.refresh")
    stale = (
        Identity.objects.filter(refresh_asked_at__lte=clock.now() - GRACE, lapsed_at=None)
        .exclude(customer__applications__state__in=("submitted", "proposed"))
        .order_by("refresh_asked_at")
        .values_list("customer_id", flat=True)[:limit]
    )
    return sum(_lapse(customer_id, actor) for customer_id in stale)


def _lapse(customer_id: int, actor) -> int:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        row = Identity.objects.select_for_update().get(customer_id=customer_id)
        late = row.refresh_asked_at is not None and row.refresh_asked_at <= clock.now() - GRACE
        if row.lapsed_at is not None or not late:
            return 0
        row.lapsed_at = clock.now()
        row.save(update_fields=["lapsed_at"])
        record(actor=actor, verb="identity.lapse", target=row, before={"tier": row.tier})
        outbox.announce(CHANGED, customer_id=customer_id, version=row.version)
        standing.apply(customer_id=customer_id)
    return 1


def waiting_for_refresh() -> Q:
    """Identities whose customer was asked and has not answered."""
    return Q(refresh_asked_at__isnull=False, lapsed_at=None)


def _due(today: date, risk: str, valid_until: date | None) -> date:
    """By risk, and no later than the document lasts."""
    by_risk = _months_on(today, risks.REFRESH_MONTHS[risk])  # type: ignore[index]
    return min(by_risk, valid_until) if valid_until is not None else by_risk


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))
