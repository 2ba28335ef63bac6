"""Alerts as cases: rows of this room. All of them are in `accounts/roles.py: CONFIDENTIAL`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from compliance.cases.states import Disposition, Queue
from compliance.cases.states import State as CaseState
from compliance.monitoring.models import Alert
from exchange.accounts.models import Customer, User


class Case(models.Model):
    """Everything that is looked at together: the alerts of one person or one ring.

    `facts_known_at` is the legal clock: when the facts were first known that the law counts from.
    It is neither when an alert was raised nor when somebody opened the case.
    """

    # As alerts name it: "customer:7", or something of our own ("wallet:btc-hot").
    subject = models.CharField(max_length=80)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    queue = models.CharField(max_length=13, choices=Queue.choices, default=Queue.TRIAGE)
    state = models.CharField(max_length=6, choices=CaseState.choices, default=CaseState.OPEN)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    severity = models.PositiveSmallIntegerField(default=1)  # of its worst alert, 1 to 5
    risk = models.PositiveSmallIntegerField(default=1)  # of its riskiest person, 1 to 4
    exposure_usd = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    # Severity x risk x exposure; times its age it is the priority (cases.priority).
    weight = models.PositiveIntegerField(default=1)
    sanctions = models.BooleanField(default=False)  # a sanctions hit: hours, not days
    raised_at = models.DateTimeField()  # of its first alert
    facts_known_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    queued_at = models.DateTimeField()  # since when it lies in its queue
    due_at = models.DateTimeField()  # when the queue should be done with it
    closed_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=14, choices=Disposition.choices, blank=True)
    closed_late = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)  # how often
    # When it was closed in order to look again.
    look_again_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["queue"], name="open_cases", condition=Q(state="open")),
            models.Index(fields=["closed_at"], name="closed_cases", condition=Q(state="closed")),
            models.Index(
                fields=["look_again_at"],
                name="cases_to_look_at_again",
                condition=Q(look_again_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="open"), name="one_open_case_a_subject"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, disposition="")
                | (Q(state="closed", closed_at__isnull=False) & ~Q(disposition="")),
                name="closed_case_says_how",
            ),
        ]
        permissions = [
            ("triage_case", "Can work cases in L1 triage"),
            ("investigate_case", "Can work cases in L2 investigation"),
            ("decide_case", "Can work cases in the MLRO's queue"),
            ("approve_case", "Can approve dispositions that take two people"),
            ("reassign_case", "Can take a case away from whoever claimed it"),
            ("review_case", "Can review the quality of closed cases"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseCustomer(models.Model):
    """Somebody whom a case is about."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="people")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "customer"], name="once_in_a_case"),
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in case {self.case_id}"


class CaseAlert(models.Model):
    """An alert that is worked in a case: in one and no other."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="alerts")
    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="in_case")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"alert {self.alert_id} in case {self.case_id}"


class CaseNote(models.Model):
    """What somebody found or thought. Never changed: a mistake is another note."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=5000)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {self.pk} of case {self.case_id}"


class CaseEvidence(models.Model):
    """A file as it was handed in: never changed, and known by its SHA-256."""

    class Source(models.TextChoices):
        STAFF = "staff", "staff"
        CUSTOMER = "customer", "the customer"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=40)  # by its content, not by its name
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=8, choices=Source.choices)
    question = models.ForeignKey(
        "CaseQuestion", null=True, on_delete=models.PROTECT, related_name="files"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "sha256"], name="a_file_once_in_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of case {self.case_id}"


class CaseEvidenceContent(models.Model):
    """The bytes, sealed, apart from the row that lists show."""

    evidence = models.OneToOneField(
        CaseEvidence, on_delete=models.PROTECT, primary_key=True, related_name="content"
    )
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"content of evidence {self.evidence_id}"


class CaseQuestion(models.Model):
    """What a customer is asked, in words that could be asked of anybody."""

    class State(models.TextChoices):
        OPEN = "open", "waits for the customer"
        ANSWERED = "answered", "answered"
        WITHDRAWN = "withdrawn", "withdrawn"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(max_length=5000, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer"], name="questions_to_answer", condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk} of case {self.case_id}"


class CaseLink(models.Model):
    """Two cases that belong together, the older first."""

    older = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_to_newer")
    newer = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_to_older")
    why = models.CharField(max_length=300)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["older", "newer"], name="cases_linked_once"),
            models.CheckConstraint(condition=Q(older__lt=F("newer")), name="older_case_first"),
        ]

    def __str__(self) -> str:
        return f"case {self.older_id} and case {self.newer_id}"


class CaseDecision(models.Model):
    """A disposition: what, on which ground, in whose words, and who was the second person."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    disposition = models.CharField(max_length=14, choices=Disposition.choices)
    reason_code = models.CharField(max_length=40)
    rationale = models.CharField(max_length=1000)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    overturned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
                name="case_decided_by_two_differs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_disposition_display()}, case {self.case_id}"


class CaseReview(models.Model):
    """A closed case that somebody else looks at again, drawn at random."""

    class Verdict(models.TextChoices):
        WAITING = "waiting", "waits for a reviewer"
        UPHELD = "upheld", "upheld"
        OVERTURNED = "overturned", "overturned"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    decision = models.OneToOneField(CaseDecision, on_delete=models.PROTECT, related_name="review")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.WAITING)
    drawn_at = models.DateTimeField()
    reviewer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    finding = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="reviews_waiting", condition=Q(verdict="waiting"))
        ]

    def __str__(self) -> str:
        return f"review of case {self.case_id}"
