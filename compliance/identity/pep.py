"""Public offices: the hundred thousand dollars that start FINTRAC's clock, and its end.

A money services business that receives or sends virtual currency worth CAD 100,000 or more in one
transfer has thirty days to find out whether its customer is a politically exposed person, the head
of an international organization, or close to one; and if so, where the money comes from and whether
senior management lets the relationship go on (PCMLTFR 120.1 to 122.1).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity.models import PepReview
from compliance.identity.queries import main_account
from compliance.identity.words import Office
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

TRIGGER_CAD = Decimal(100_000)
DAYS = 30
PERMISSION = "compliance.review_application"
SENIOR = "compliance.approve_high_risk"


def cad(usd: Decimal) -> Decimal:
    """What a worth in USD is in CAD, by the rate of the settings, rounded up: rather a clock that
    starts early than one that does not."""
    rate = Decimal(settings.CAD_PER_USD)
    return (usd * rate).quantize(Decimal("0.01"), rounding=ROUND_UP)


def note_transfer(
    *, customer_id: int, usd: Decimal, reference: str, at: datetime, actor: Actor
) -> PepReview | None:
    """Start the clock when a transfer is large enough; None when it is not. One a transfer,
    however often it is told; a review that is open already covers the next ones."""
    amount = cad(usd)
    if amount < TRIGGER_CAD:
        return None
    owner_id = main_account(customer_id)
    with transaction.atomic():
        open_one = PepReview.objects.filter(
            customer_id=owner_id, state=PepReview.State.OPEN
        ).first()
        if open_one is not None:
            return open_one
        row, created = PepReview.objects.get_or_create(
            reference=reference,
            defaults={
                "customer_id": owner_id,
                "amount_cad": amount,
                "happened_at": at,
                "due": at.date() + timedelta(days=DAYS),
            },
        )
        if created:
            record(
                actor=actor,
                verb="identity.pep_clock",
                target=row,
                after={"amount_cad": amount, "due": row.due, "reference": reference},
            )
    return row


def conclude(
    *,
    review_id: int,
    office: str,
    findings: str,
    actor: Actor,
    source_of_funds: str = "",
    source_of_wealth: str = "",
) -> PepReview:
    """Write down what was found. With a public office in it the sources are needed, and somebody
    senior has to be the one who writes. Raises NotFound, Conflict, Invalid, PermissionRefused."""
    actor.require(PERMISSION)
    if office not in Office.values:
        raise Invalid(_("Choose one."), field="office", limit=Office.values)
    if not findings.strip():
        raise Invalid(_("Say how you found out."), field="findings")
    if office != Office.NONE:
        actor.require(SENIOR)
        for name, text in (
            ("source_of_funds", source_of_funds), ("source_of_wealth", source_of_wealth),
        ):  # fmt: skip
            if not text.strip():
                raise Invalid(_("FINTRAC wants this written down."), field=name)
    with transaction.atomic():
        row = PepReview.objects.select_for_update().filter(pk=review_id).first()
        if row is None:
            raise NotFound(f"There is no review {review_id}.", field="review_id")
        if row.state == PepReview.State.DONE:
            raise Conflict(_("This is concluded already."))
        row.state, row.done_at, row.reviewed_by = PepReview.State.DONE, clock.now(), actor.label
        row.office, row.findings = office, findings.strip()[:500]
        row.source_of_funds = source_of_funds.strip()[:500]
        row.source_of_wealth = source_of_wealth.strip()[:500]
        row.save()
        record(
            actor=actor,
            verb="identity.conclude_pep",
            target=row,
            reason=row.findings,
            after={"office": office},
        )
    return row
