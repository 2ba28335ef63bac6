"""Who a customer is, what they asked for, and what they showed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from compliance.identity.models.sealed import SealedDocument, SealedPage
from compliance.identity.words import Kind, Level, Risk
from exchange.accounts.models import Customer
from exchange.core.money import AmountField


class Particulars(models.Model):
    """What describes a person or a company, for an application, an identity and an owner alike."""

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    # Of a person; a company's legal name stands in `family_name`, for one column to screen.
    given_names = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=160, blank=True)
    native_name = models.CharField(max_length=200, blank=True)
    aliases = ArrayField(models.CharField(max_length=200), default=list, blank=True, size=10)
    # A company's is the day of its incorporation.
    birth_date = models.DateField(null=True, blank=True)
    nationality = models.CharField(max_length=2, blank=True)
    # Where a person lives, or where a company is incorporated.
    country = models.CharField(max_length=2, blank=True)
    street = models.CharField(max_length=160, blank=True)
    city = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    # What somebody does for a living, or what a company's business is.
    occupation = models.CharField(max_length=120, blank=True)
    registration_number = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.full_name or "without a name yet"

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.given_names, self.family_name)))

    @property
    def is_company(self) -> bool:
        return self.kind == Kind.COMPANY


PARTICULARS = tuple(f.name for f in Particulars._meta.local_fields)


class Identity(Particulars):
    """Who a main account belongs to, as last approved. Counts up `version` when it changes, so
    that what others found out (a screening hit cleared) is known to be about older facts."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="identity")
    version = models.PositiveIntegerField(default=1)
    tier = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.NONE)
    risk = models.CharField(max_length=10, choices=Risk.choices, default=Risk.MEDIUM)
    approved_at = models.DateTimeField(null=True, blank=True)
    # When the earliest document behind it runs out; past it the tier is not good any more.
    valid_until = models.DateField(null=True, blank=True)
    refresh_due = models.DateField(null=True, blank=True, db_index=True)
    refresh_asked_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    # USD a year, as the customer expects to deposit: what monitoring compares with.
    declared_yearly = AmountField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "identities"
        indexes = [models.Index(fields=["birth_date"], name="identities_by_birth_date")]
        permissions = [
            ("review_application", "Can decide applications of low and medium risk"),
            ("approve_high_risk", "Can propose and decide applications of high risk"),
            ("see_documents", "Can open what customers uploaded"),
            ("change_jurisdiction", "Can propose and decide rules for a country"),
        ]


class Application(Particulars):
    """A request for a tier. The customer fills it in over days; a reviewer decides it."""

    class State(models.TextChoices):
        DRAFT = "draft", "being filled in"
        SUBMITTED = "submitted", "waits for a reviewer"
        ASKED = "asked", "waits for the customer"
        PROPOSED = "proposed", "waits for a second reviewer"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    WAITING = (State.SUBMITTED,)
    OPEN = (State.DRAFT, State.SUBMITTED, State.ASKED, State.PROPOSED)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="applications")
    tier = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.BASIC)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    # Of a company: who fills this in, and by what right.
    contact_name = models.CharField(max_length=160, blank=True)
    contact_role = models.CharField(max_length=80, blank=True)
    purpose = models.CharField(max_length=20, blank=True)
    source_of_funds = models.CharField(max_length=20, blank=True)
    source_of_wealth = models.CharField(max_length=500, blank=True)
    declared_yearly = AmountField(null=True, blank=True)
    # The document they show, as they describe it; its number and its machine-readable lines are
    # sealed.
    id_kind = models.CharField(max_length=24, blank=True)
    id_country = models.CharField(max_length=2, blank=True)
    id_issuer = models.CharField(max_length=120, blank=True)
    id_expires_on = models.DateField(null=True, blank=True)
    sealed_id_number = models.BinaryField(blank=True, default=b"")
    sealed_mrz = models.BinaryField(blank=True, default=b"")
    confirmed_true_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    ip_country = models.CharField(max_length=2, blank=True)
    # What is odd about where it came from, and what does not agree: codes of words.NOTES.
    notes = ArrayField(models.CharField(max_length=40), default=list, blank=True, size=20)
    risk = models.CharField(max_length=10, choices=Risk.choices, blank=True)
    # What the customer is asked for: a code of words.ASK and a sentence.
    asked_code = models.CharField(max_length=40, blank=True)
    asked_words = models.CharField(max_length=500, blank=True)
    proposal_id = models.BigIntegerField(null=True, blank=True)
    claimed_by_id = models.BigIntegerField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                name="one_open_application_a_customer",
                condition=Q(state__in=("draft", "submitted", "asked", "proposed")),
            )
        ]
        indexes = [
            models.Index(
                fields=["submitted_at", "id"],
                name="applications_waiting",
                condition=Q(state="submitted"),
            )
        ]


class Owner(Particulars):
    """Somebody who owns or steers a company: beneficial owners from 25 %, and its directors."""

    class Role(models.TextChoices):
        OWNER = "owner", "owns a part"
        DIRECTOR = "director", "director"
        BOTH = "both", "director who owns a part"
        CONTROL = "control", "controls it otherwise"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="owners")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OWNER)
    percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="share_is_a_percentage"
            )
        ]


class Document(SealedDocument):
    """Something a customer uploaded; `kind` is a words.Paper."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="documents")
    owner = models.ForeignKey(
        Owner, null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )
    side = models.CharField(max_length=5, blank=True)


class DocumentPage(SealedPage):
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pictures")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="pages_have_numbers")
        ]
