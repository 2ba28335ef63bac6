"""What was checked, declared, rated and decided; and the rules of countries."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from compliance.identity.models.people import Application, Owner
from compliance.identity.words import Risk
from exchange.accounts.models import Customer
from exchange.core.money import AmountField


class Verification(models.Model):
    """How somebody's identity was verified, in FINTRAC's terms, with what each method must record.

    Never changed: another look is another row.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="verifications"
    )
    owner = models.ForeignKey(
        Owner, null=True, blank=True, on_delete=models.PROTECT, related_name="verifications"
    )
    method = models.CharField(max_length=24)  # words.Method
    # For each source: type, name, sealed number, jurisdiction, what it confirmed.
    sources = models.JSONField(default=list)
    sealed_number = models.BinaryField(blank=True, default=b"")
    document_type = models.CharField(max_length=24, blank=True)
    issuer = models.CharField(max_length=120, blank=True)
    jurisdiction = models.CharField(max_length=2, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    verified_on = models.DateField()
    verified_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.method} on {self.verified_on}"


class ProviderCheck(models.Model):
    """A question to whoever looks at documents and faces, and the answer."""

    class State(models.TextChoices):
        ASKED = "asked", "asked"
        PASSED = "passed"
        FAILED = "failed"
        UNSURE = "unsure", "a person must look"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="checks")
    provider = models.CharField(max_length=30)
    kind = models.CharField(max_length=10)  # document, liveness
    reference = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    reasons = ArrayField(models.CharField(max_length=80), default=list, blank=True, size=20)
    # Where the customer goes on, when the provider has pages of its own.
    url = models.CharField(max_length=500, blank=True)
    # When the provider made its answer: an older one never overwrites a newer.
    as_of = models.DateTimeField(null=True, blank=True)
    # Not told to the provider yet; each miss waits longer.
    unsent = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"], name="one_check_a_provider_reference"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.reference}"


class ProviderEvent(models.Model):
    """A message of a provider that was taken in; the same one again changes nothing."""

    provider = models.CharField(max_length=30)
    event_id = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="one_row_a_provider_event"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Declaration(models.Model):
    """What a customer says of public offices, theirs, their family's or an associate's."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="declarations"
    )
    owner = models.ForeignKey(
        Owner, null=True, blank=True, on_delete=models.CASCADE, related_name="declarations"
    )
    office = models.CharField(max_length=10)  # words.Office
    connection = models.CharField(max_length=10, blank=True)  # words.Connection
    holder = models.CharField(max_length=160, blank=True)
    position = models.CharField(max_length=160, blank=True)
    country = models.CharField(max_length=2, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "owner"],
                name="one_declaration_a_person",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} ({self.connection})"


class PepReview(models.Model):
    """FINTRAC: CAD 100,000 or more of virtual currency in one transfer starts thirty days in which
    it must be found out whether the person holds a public office, and what follows if so."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="pep_reviews")
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    reference = models.CharField(max_length=80)
    amount_cad = AmountField()
    happened_at = models.DateTimeField()
    due = models.DateField(db_index=True)
    office = models.CharField(max_length=10, blank=True)
    source_of_funds = models.CharField(max_length=500, blank=True)
    source_of_wealth = models.CharField(max_length=500, blank=True)
    findings = models.CharField(max_length=500, blank=True)
    reviewed_by = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="one_pep_review_a_transfer")
        ]

    def __str__(self) -> str:
        return f"public offices of {self.customer}, by {self.due}"


class Assessment(models.Model):
    """How risky somebody is and why, by which version of the table. Never changed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="assessments")
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="assessments"
    )
    at = models.DateTimeField()
    rules_version = models.CharField(max_length=20)
    score = models.PositiveSmallIntegerField()
    risk = models.CharField(max_length=10, choices=Risk.choices)
    # [{"code": "country", "points": 30, "says": "…"}]
    reasons = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.risk} ({self.score})"


class Decision(models.Model):
    """What a reviewer did with an application, and why. Never changed."""

    class Verb(models.TextChoices):
        APPROVE = "approve", "approved"
        PROPOSE = "propose", "proposed to approve"
        ASK = "ask", "asked for more"
        REFUSE = "refuse", "refused"
        RETURN = "return", "sent back to the queue"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions")
    verb = models.CharField(max_length=8, choices=Verb.choices)
    code = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    # What every registered check said at that moment: [{"name", "verdict", "says"}].
    checks = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d %H:%M}"


class CountryRule(models.Model):
    """A change of the table of jurisdictions, made by two people while the exchange runs."""

    country = models.CharField(max_length=2, unique=True)
    # Only the columns that differ from data/jurisdictions.csv.
    changes: Any = models.JSONField(default=dict)
    reason = models.CharField(max_length=500)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    # How far it has been applied to those who live there; by customer's id.
    applied_to = models.BigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"rules for {self.country}"
