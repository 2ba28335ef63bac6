"""Reports to regulators: their contents, files, answers; rates, codes, holds, what is blocked."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from compliance.cases.models import Case
from compliance.reporting.states import DUE, State
from exchange.accounts.models import Customer, User
from exchange.core.money import AmountField

__all__ = [
    "Acknowledgement",
    "BlockedProperty",
    "CentralBankRate",
    "ErasureReview",
    "FiledIn",
    "Filer",
    "LegalHold",
    "RegulatorCode",
    "Report",
    "ReportFile",
]


class Report(models.Model):
    """One report, from its draft to what the regulator answered.

    `payload` holds its contents in the terms of its kind; `contents_hash` is what was validated, so
    that an approval counts for these contents and no others. A locked row is refused by the
    database, whoever asks.
    """

    class Kind(models.TextChoices):
        SAR = "sar", _("SAR: suspicious activity (FinCEN 111)")
        CTR = "ctr", _("CTR: currency transactions (FinCEN 112)")
        STR = "str", _("STR: suspicious transactions (FINTRAC)")
        LVCTR = "lvctr", _("LVCTR: large virtual currency (FINTRAC)")
        EFTR = "eftr", _("EFTR: electronic funds transfers (FINTRAC)")
        OFAC_BLOCKED = "ofac_blocked", _("Blocked property (OFAC)")
        OFAC_REJECTED = "ofac_rejected", _("Rejected transaction (OFAC)")
        OFAC_ANNUAL = "ofac_annual", _("Annual report of blocked property (OFAC)")

    class Jurisdiction(models.TextChoices):
        US = "us", _("United States")
        CA = "ca", _("Canada")

    kind = models.CharField(max_length=14, choices=Kind.choices)
    jurisdiction = models.CharField(max_length=2, choices=Jurisdiction.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=200)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="reports"
    )
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="reports")
    # When the facts that oblige us were first known: the legal clock starts here.
    known_at = models.DateTimeField()
    due_on = models.DateField()
    payload = models.JSONField(default=dict)
    errors = models.JSONField(default=list)  # what the last validation said, field by field
    contents_hash = models.CharField(max_length=64, blank=True)
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="corrections"
    )
    continues = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="continuations"
    )
    # What a search found it by: a window found twice is one report.
    found_by = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001  unique
    regulator_id = models.CharField(max_length=40, blank=True)  # FinCEN's BSA ID, FINTRAC's number
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    changed_at = models.DateTimeField()
    validated_at = models.DateTimeField(null=True)
    validated_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    exported_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=500, blank=True)  # why it was not filed
    retain_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("validated_by")),
                name="report_has_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "exported", "acknowledged", "locked"])
                | (Q(approved_at__isnull=False) & ~Q(contents_hash="")),
                name="filed_report_was_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="reports_due", condition=Q(state__in=DUE)),
            models.Index(fields=["customer", "-id"], name="reports_of_customer"),
            models.Index(fields=["kind", "state", "-id"], name="reports_by_kind"),
            models.Index(
                fields=["regulator_id"], name="reports_by_regulator", condition=~Q(regulator_id="")
            ),
        ]
        permissions = [
            ("see_filings", "Can see reports to regulators and that they exist"),
            ("file_report", "Can write, validate, export and close reports to regulators"),
            ("approve_report", "Can approve reports to regulators that a colleague wrote"),
            ("review_erasure", "Can decide what a customer's wish to be forgotten erases"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Our number for it, as it stands in the file: SAR-2026-000012."""
        name = self.kind.replace("_", "-").upper()
        return f"{name}-{self.created_at:%Y}-{self.pk:06d}"


class ReportFile(models.Model):
    """What was handed to the regulator, to the byte. Written once; it may hold several reports."""

    name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return self.name


class FiledIn(models.Model):
    """A report's place in a file. Written once: an answer names the place, not the report."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="filed_in")
    file = models.ForeignKey(ReportFile, on_delete=models.PROTECT, related_name="holds")
    place = models.PositiveIntegerField()  # 1 is the first

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "place"], name="one_report_a_place"),
            models.UniqueConstraint(fields=["file", "report"], name="once_in_a_file"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} in {self.file_id}"


class Acknowledgement(models.Model):
    """What the regulator answered to one report. Written once."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        WARNED = "warned", _("accepted with errors to correct")
        REJECTED = "rejected", _("rejected")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="acknowledgements")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    status_code = models.CharField(max_length=40, blank=True)
    regulator_id = models.CharField(max_length=40, blank=True)
    errors = models.JSONField(default=list)  # code, level, context and text of each
    file_name = models.CharField(max_length=120, blank=True)
    content = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"{self.report}: {self.get_outcome_display()}"


class Filer(models.Model):
    """Who we are to one country's regulators: names, numbers, contacts, the day's window."""

    jurisdiction = models.CharField(max_length=2, choices=Report.Jurisdiction.choices, unique=True)
    name = models.CharField(max_length=150)
    street = models.CharField(max_length=100)
    city = models.CharField(max_length=50)
    state = models.CharField(max_length=3, help_text=_("State or province, two letters."))
    postal_code = models.CharField(max_length=9)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=16)
    contact_office = models.CharField(max_length=150)
    contact_person = models.CharField(max_length=150)
    contact_phone = models.CharField(max_length=16)
    ein = models.CharField(max_length=9, blank=True, help_text=_("United States: nine digits."))
    transmitter_code = models.CharField(
        max_length=8, blank=True, help_text=_("United States: the Transmitter Control Code.")
    )
    entity_number = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Canada: FINTRAC's number of seven digits.")
    )
    contact_id = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Canada: the contact's number at FINTRAC.")
    )
    location_id = models.CharField(max_length=30, blank=True)
    time_zone = models.CharField(max_length=40)
    window_starts = models.TimeField(
        help_text=_("When the static 24-hour window begins, in this time zone.")
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.get_jurisdiction_display()})"


class RegulatorCode(models.Model):
    """One line of a regulator's code table. What is loaded wins over what is built in."""

    table = models.CharField(max_length=60)
    code = models.CharField(max_length=20)
    meaning = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "code"], name="one_meaning_a_code")]

    def __str__(self) -> str:
        return f"{self.table} {self.code}: {self.meaning}"


class CentralBankRate(models.Model):
    """Canadian dollars for one unit of a currency on a day, as the Bank of Canada published it."""

    currency = models.CharField(max_length=10)
    on = models.DateField()
    cad = AmountField()
    source = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "on"], name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(cad__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.cad} CAD on {self.on}"


class BlockedProperty(models.Model):
    """Property held for a sanctioned person until OFAC licenses its release."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, null=True, on_delete=models.PROTECT, related_name="blocked")
    asset = models.CharField(max_length=15)
    amount = AmountField()
    worth_usd = AmountField()
    blocked_on = models.DateField()
    program = models.CharField(max_length=60)
    listed_name = models.CharField(max_length=200)
    where_held = models.CharField(max_length=200)
    released_on = models.DateField(null=True)
    license_number = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=120, unique=True)

    class Meta:
        verbose_name_plural = "blocked property"

    def __str__(self) -> str:
        return f"{self.amount} {self.asset} of {self.listed_name}"


class LegalHold(models.Model):
    """An order to keep everything about a customer, whatever retention says."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=500)
    authority = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=254)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"], name="holds_standing", condition=Q(lifted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"legal hold {self.pk}"


class ErasureReview(models.Model):
    """What was found when a customer asked to be forgotten: what may go, what stays and why."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=254)
    findings = models.JSONField()
    earliest_on = models.DateField(null=True)  # when the last duty to keep ends
    answer = models.TextField()  # what the customer may be told

    def __str__(self) -> str:
        return f"erasure review {self.pk}"
