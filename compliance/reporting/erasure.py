"""A customer's wish to be forgotten, weighed against what the law makes us keep.

The review erases nothing by itself: it says, kind of record by kind of record, what may go and what
has to stay, why and until when (docs/retention.md). What it tells the customer never says that a
report exists: "records that the law requires" are said to everybody alike.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases.models import Case
from compliance.identity.models import Application
from compliance.reporting import holds
from compliance.reporting.models import BlockedProperty, ErasureReview, Report
from exchange.accounts.models import Customer, LoginDevice
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import NotFound
from exchange.core.models import Fact
from exchange.ledger import queries as ledger

REVIEW = "compliance.review_erasure"
IDENTITY_YEARS = 5  # after the relationship ends: PCMLTFR, 31 CFR 1010.430


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of record: whether it may go, why not, and until when."""

    what: str
    count: int
    may_go: bool
    why: str
    until: str = ""
    # What the customer must not learn of: not even that there was any.
    secret: bool = False


def review(*, customer_id: int, actor: Actor, reason: str = "") -> ErasureReview:
    """Go through everything that is kept of a customer, and write down what may be erased.

    Bounded: counts by index, no history is read. Raises NotFound, PermissionRefused.
    """
    actor.require(REVIEW)
    customer = Customer.objects.select_related("user").filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer."), field="customer_id")
    findings = _findings(customer)
    kept = [each for each in findings if not each.may_go]
    dates = [date.fromisoformat(each.until) for each in kept if each.until]
    open_end = any(not each.until for each in kept)
    with transaction.atomic():
        row = ErasureReview.objects.create(
            customer=customer,
            asked_at=clock.now(),
            asked_by=actor.label,
            findings=[asdict(each) for each in findings],
            earliest_on=None if open_end or not dates else max(dates),
            answer=_answer(findings),
        )
        record(
            actor=actor,
            verb="reporting.review_erasure",
            target=row,
            reason=reason,
            after={"customer": customer_id, "kept": len(kept)},
        )
    return row


def _findings(customer: Customer) -> list[Finding]:
    last = Fact.objects.filter(customer_id=customer.pk).order_by("-at").first()
    held = holds.stands(customer.pk)
    filed = Report.objects.filter(customer=customer)
    owed = any(each.available or each.held for each in ledger.balances(customer_id=customer.pk))
    ends = _years(last.at if last else customer.created_at, IDENTITY_YEARS)
    return [
        _plain(_("Devices and sessions"), _devices(customer), held),
        _plain(_("Anti-phishing code"), int(bool(customer.anti_phishing_code)), held),
        _kept(
            _("Who they are: applications and documents"),
            Application.objects.filter(customer=customer).count(),
            _("Identity records are kept for five years after the relationship ends."),
            None if owed else ends,
            held,
        ),
        _kept(
            _("Transactions"),
            Fact.objects.filter(customer_id=customer.pk).count(),
            _("Transaction records are kept for five years."),
            None if owed else ends,
            held,
        ),
        _kept(
            _("Reports to regulators"),
            filed.count(),
            _("Kept for five or ten years after filing. Never named to the customer."),
            _latest(filed.values_list("retain_until", flat=True)),
            held,
            secret=True,
        ),
        _kept(
            _("Cases"),
            Case.objects.filter(customer=customer).count(),
            _("Kept as long as the reports made of them. Never named to the customer."),
            ends,
            held,
            secret=True,
        ),
        _kept(
            _("Blocked property"),
            BlockedProperty.objects.filter(customer=customer).count(),
            _("Kept for ten years after its release (31 CFR 501.601)."),
            None,
            held,
            secret=True,
        ),
        Finding(
            what=_("Ledger and audit log"),
            count=1,
            may_go=False,
            why=_("Entries are never erased: other customers' balances rest on them. They hold "
                  "numbers, no names, once the customer's own row is emptied."),
        ),
    ]  # fmt: skip


def _devices(customer: Customer) -> int:
    return LoginDevice.objects.filter(user=customer.user).count() if customer.user else 0


def _plain(what: str, count: int, held: bool) -> Finding:
    why = _("A legal hold stands.") if held else _("Needed for nothing but logging in.")
    return Finding(what=what, count=count, may_go=not held, why=why)


def _kept(
    what: str, count: int, why: str, until: date | None, held: bool, *, secret: bool = False
) -> Finding:
    """May go when there is none, or when its time is over and no hold stands."""
    over = until is not None and until < clock.now().date()
    if held and count:
        return Finding(
            what=what, count=count, may_go=False, why=_("A legal hold stands."), secret=secret
        )
    return Finding(
        what=what,
        count=count,
        may_go=count == 0 or over,
        why=_("There is none.") if count == 0 else why,
        until=until.isoformat() if count and until and not over else "",
        secret=secret,
    )


def _latest(days: object) -> date | None:
    """The last of some days; None when one of them is open."""
    found = list(days)  # type: ignore[call-overload]
    return None if not found or None in found else max(found)


def _years(at: datetime, years: int) -> date:
    return date(at.year + years, at.month, min(at.day, 28))


def _answer(findings: list[Finding]) -> str:
    """What the customer may be told: the same words whether or not a report exists."""
    told = [each.what for each in findings if each.may_go and each.count and not each.secret]
    goes = ", ".join(told) or _("nothing")
    return _(
        "We can erase: %(goes)s. Anti-money-laundering and sanctions law obliges us to keep "
        "records of who our customers are and of what they did for at least five years after the "
        "relationship ends, and some for ten. We use them for nothing else, and erase them when "
        "that time is over."
    ) % {"goes": goes}
