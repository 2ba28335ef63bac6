"""What was found out, who may judge, what was judged, and how it does once listed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exchange.accounts.models import Customer, User
from exchange.core.money import AmountField
from launchpad.listings.models.listing import Listing


class ScoredItem(models.Model):
    """One item of the checklist as somebody judged it. `key` is of data/checklist.csv; a later
    judgement is another row, and the newest counts."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="scores")
    key = models.CharField(max_length=40)
    score = models.PositiveSmallIntegerField()  # 0 to 4
    blocker = models.BooleanField(default=False)
    evidence = models.CharField(max_length=500)
    note = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=4), name="score_of_four"),
        ]
        indexes = [models.Index(fields=["listing", "key", "-id"], name="newest_score")]

    def __str__(self) -> str:
        return f"{self.key} {self.score}/4"


class ChainCheck(models.Model):
    """One run over the contract, at one block."""

    class State(models.TextChoices):
        ASKED = "asked", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="chain_checks")
    state = models.CharField(max_length=6, choices=State.choices, default=State.ASKED)
    network = models.CharField(max_length=20)
    contract = models.CharField(max_length=128)
    height = models.PositiveBigIntegerField(null=True, blank=True)
    block_hash = models.CharField(max_length=66, blank=True)
    error = models.CharField(max_length=300, blank=True)
    # What the contract says of itself, to fill in forms with.
    symbol = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=100, blank=True)
    decimals = models.PositiveSmallIntegerField(null=True, blank=True)
    supply_units = models.DecimalField(max_digits=80, decimal_places=0, null=True, blank=True)
    holders = models.PositiveIntegerField(null=True, blank=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing"], name="one_check_at_a_time", condition=Q(state="asked")
            )
        ]

    def __str__(self) -> str:
        return f"check {self.pk} of {self.contract}"


class ChainFinding(models.Model):
    """One answer of a run."""

    class Verdict(models.TextChoices):
        GOOD = "good", _("fine")
        NOTE = "note", _("to be known")
        BAD = "bad", _("speaks against it")
        UNKNOWN = "unknown", _("not known")

    check_run = models.ForeignKey(ChainCheck, on_delete=models.CASCADE, related_name="findings")
    key = models.CharField(max_length=24)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    value = models.CharField(max_length=200, blank=True)
    says = models.CharField(max_length=400)
    rows: Any = models.JSONField(default=list)  # holders and their shares, selectors

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_run", "key"], name="one_finding_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.verdict}"


class ScreenedName(models.Model):
    """A person or company behind the token, compared with the sanctions lists.

    Where a customer applied, what was matched are hits of screening and decided there; where staff
    began the listing, nobody's account is behind it and the decision stands here.
    """

    class State(models.TextChoices):
        CLEAR = "clear", _("nobody on a list")
        OPEN = "open", _("to be looked at")
        FALSE = "false", _("is somebody else")
        TRUE = "true", _("is the listed one")

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="screened")
    who = models.CharField(max_length=40)  # "company", "member 7", "contact"
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=8)
    state = models.CharField(max_length=5, choices=State.choices, default=State.CLEAR)
    matches: Any = models.JSONField(default=list)
    best = models.PositiveSmallIntegerField(default=0)  # thousandths
    lists_version = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "who"], name="one_screening_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class InterestDeclaration(models.Model):
    """What somebody on the staff says of their own interest in a project. The newest counts."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="interests")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    conflict = models.BooleanField()
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["listing", "user", "-id"], name="newest_interest")]

    def __str__(self) -> str:
        return f"{self.user}: {'conflict' if self.conflict else 'none'}"


class Insider(models.Model):
    """Somebody who knew before it was announced, and since when. Never deleted."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="insiders")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=160)
    how = models.CharField(max_length=200)
    since = models.DateTimeField()
    by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "user", "customer", "name"],
                name="one_line_an_insider",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} since {self.since:%F}"


class CommitteeVote(models.Model):
    """A member's vote; changeable until the decision, the newest counts."""

    class Choice(models.TextChoices):
        FOR = "for", _("for")
        AGAINST = "against", _("against")
        ABSTAIN = "abstain", _("abstains")

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="committee_votes")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=7, choices=Choice.choices)
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "user"], name="one_committee_vote")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.choice}"


class CommitteeDecision(models.Model):
    """The meeting's minutes and what came out. Written once, with the votes as they stood."""

    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, related_name="decision")
    approved = models.BooleanField()
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    abstained = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()  # of the checklist, per cent
    minutes = models.TextField(max_length=10_000)
    votes: Any = models.JSONField(default=list)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"decision of {self.at:%F}"


class Duty(models.Model):
    """What a listed project has to do by a day: a report, an audit, proof of a lock."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="duties")
    what = models.CharField(max_length=160)
    due = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "what", "due"], name="one_duty_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.what} by {self.due}"


class Measurement(models.Model):
    """How a listed asset did on a day, against the published criteria (data/criteria.csv)."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="measurements")
    day = models.DateField()
    volume_30d = AmountField()  # in the quote
    trades_a_day = models.DecimalField(max_digits=12, decimal_places=1)
    spread_bps = models.PositiveIntegerField(null=True)  # None: one side is empty
    depth = AmountField()  # within 2 % of the middle, both sides, in the quote
    holders = models.PositiveIntegerField(null=True)
    chain_ok = models.BooleanField(default=True)
    duties_late = models.PositiveSmallIntegerField(default=0)
    failed: Any = models.JSONField(default=list)  # keys of criteria

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "day"], name="one_row_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {len(self.failed)} failed"
