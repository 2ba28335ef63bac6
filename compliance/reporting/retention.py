"""How long reports are kept, and that they go when their time is over.

Five years after filing; ten for what OFAC may ask for. A legal hold keeps everything longer.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from compliance.reporting.models import (
    Acknowledgement,
    BlockedProperty,
    FiledIn,
    LegalHold,
    Report,
    ReportFile,
)
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import system


def purge(*, limit: int = 100) -> int:
    """Delete reports whose time is over, with their files and answers. Returns how many.

    One that others correct or continue waits for those. PostgreSQL refuses anything else.
    """
    actor = system("reporting.purge")
    held = LegalHold.objects.filter(customer_id=OuterRef("customer_id"), lifted_at__isnull=True)
    later = Report.objects.filter(corrects_id=OuterRef("pk"))
    continued = Report.objects.filter(continues_id=OuterRef("pk"))
    over = (
        Report.objects.filter(retain_until__lt=clock.now().date())
        .exclude(Exists(held))
        .exclude(Exists(later))
        .exclude(Exists(continued))
        .order_by("pk")
    )
    gone = 0
    for report_id in list(over.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            report = over.select_for_update(of=("self",)).filter(pk=report_id).first()
            if report is None:
                continue
            files = list(report.filed_in.values_list("file_id", flat=True))
            BlockedProperty.objects.filter(report=report).update(report=None)
            Acknowledgement.objects.filter(report=report).delete()
            FiledIn.objects.filter(report=report).delete()
            record(
                actor=actor,
                verb="reporting.purge",
                target=report,
                after={"reference": report.reference, "retain_until": report.retain_until},
            )
            report.delete()
            ReportFile.objects.filter(pk__in=files, holds__isnull=True).delete()
        gone += 1
    return gone
