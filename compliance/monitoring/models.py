"""Scenarios in their versions, the alerts they raise, and what became of those."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from exchange.accounts.models import Customer


class Scenario(models.Model):
    """One version of a scenario: which function looks, and with what figures.

    `parameters` is {"base": {…}, "overrides": [{"tier": 2, …}, {"country": "CA", …}]}: numbers that
    differ from the catalogue's, and exceptions, of which the last that fits wins. A version is
    never edited: a change is a new version, which replaces the active one when two people agree.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ACTIVE = "active", "active"
        RETIRED = "retired", "retired"

    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    severity = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # No second alert of the same subject within it, unless the first was closed.
    cooldown_hours = models.PositiveIntegerField(default=168)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    change_note = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.CharField(max_length=254, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="scenario_version_once"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(state="active"), name="one_active_version"
            ),
        ]
        permissions = [
            ("draft_scenario", "Can draft new versions of scenarios and run look-backs"),
            ("activate_scenario", "Can propose and approve that a scenario takes effect"),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"


class Alert(models.Model):
    """Something an officer should look at, with the sentence and the figures that say why.

    `subject` is who or what it is about: "customer:7", or something of our own ("wallet:btc-hot"),
    and then there is no customer. Unique by subject, scenario and window: found again by the
    live worker, a look-back or a second run, it is one alert.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        IN_CASE = "in_case", "in a case"
        CLOSED = "closed", "closed"

    class Origin(models.TextChoices):
        LIVE = "live", "as it happened"
        LOOK_BACK = "look_back", "a look-back"
        ROOM = "room", "told by a room"

    subject = models.CharField(max_length=80)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )
    scenario = models.CharField(max_length=60)  # a Scenario's name, or a room's ("screening.hit")
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    at = models.DateTimeField()  # the moment that completed the pattern
    # When the last of the facts became known to us: where legal clocks may start from.
    facts_known_at = models.DateTimeField()
    raised_at = models.DateTimeField(default=timezone.now)
    severity = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    # How unusual, 0 to 1, and why: what orders the queue. Empty until it was scored.
    score = models.FloatField(null=True)
    score_reasons = models.JSONField(default=list)
    explanation = models.TextField()
    evidence = models.JSONField(default=dict)  # {"facts": [ids], "figures": {…}}
    ring = ArrayField(models.BigIntegerField(), default=list)  # customers, the subject included
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "scenario", "window_start", "window_end"],
                name="one_alert_a_window",
            ),
            models.CheckConstraint(
                condition=Q(window_start__lte=models.F("window_end")), name="alert_window_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "scenario", "-window_end"], name="alerts_of_subject"),
            models.Index(fields=["customer", "-id"], name="alerts_of_customer"),
            models.Index(
                fields=["-severity", "-score", "-id"],
                name="alerts_waiting",
                condition=Q(state="open"),
            ),
            GinIndex(fields=["ring"], name="alerts_of_ring"),
        ]
        permissions = [
            ("label_alert", "Can say what alerts turned out to be"),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.subject}"


class AlertLabel(models.Model):
    """What an alert turned out to be: what the score learns from, and tuning counts. The latest
    of an alert counts."""

    class Outcome(models.TextChoices):
        PRODUCTIVE = "productive", "led to a report or a restriction"
        EXPLAINED = "explained", "unusual, and explained"
        FALSE_POSITIVE = "false_positive", "nothing there"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="labels")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = models.CharField(max_length=500, blank=True)
    labelled_by = models.CharField(max_length=254)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["alert", "-id"], name="labels_of_alert")]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.outcome}"


class MarketMaker(models.Model):
    """A customer who quotes both sides of our markets by contract, and withdraws orders all day for
    that reason: scenarios about shown and withdrawn orders leave them alone while it stands.

    Two people agree to it. It ends by itself on its day, or at once by one person's word.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="market_maker_agreements"
    )
    agreement = models.CharField(max_length=100)  # the contract, as our files call it
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    agreed_by = models.CharField(max_length=254)  # the second person
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=254, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                name="one_standing_market_maker",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("since")), name="market_maker_for_some_time"
            ),
        ]
        permissions = [
            ("mark_marketmaker", "Can propose, approve and end that somebody is a market maker"),
        ]

    def __str__(self) -> str:
        return f"market maker by {self.agreement}"


class FollowedMarket(models.Model):
    """How far a market's log and trades have been told as facts (see `follow`)."""

    market = models.OneToOneField(
        "exchange.Market", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.BigIntegerField(default=0)
    trade_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"market {self.market_id} up to version {self.version}"


class Watch(models.Model):
    """The one row that says how many batches were watched. Whoever watches holds its lock, and
    sees from `batch` whether somebody else has watched since they did."""

    batch = models.BigIntegerField(default=0)
    facts = models.BigIntegerField(default=0)
    watched_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return f"{self.facts} facts watched"


class LookBack(models.Model):
    """A scenario run over history: to tune it, to compare a draft with what is active, or to find
    what was missed. Goes on where it stopped, step by step."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        STOPPED = "stopped", "stopped"

    # Empty: every active scenario.
    scenario = models.ForeignKey(
        Scenario, null=True, blank=True, on_delete=models.PROTECT, related_name="look_backs"
    )
    champion = models.ForeignKey(
        Scenario, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    raises = models.BooleanField(default=False)  # what it finds goes into the queue
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    steps = models.PositiveIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=120, blank=True)
    facts = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)
    found = models.PositiveIntegerField(default=0)
    raised = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="look_backs_open",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"look-back {self.pk}"


class ScoreModel(models.Model):
    """What orders the queue: small trees grown from labelled alerts, kept as numbers."""

    trained_at = models.DateTimeField()
    labels = models.PositiveIntegerField()
    productive = models.PositiveIntegerField()
    trees = models.JSONField()  # see `score`
    quality = models.JSONField(default=dict)  # measured on labels that it was not grown from

    def __str__(self) -> str:
        return f"score of {self.trained_at:%Y-%m-%d %H:%M}, {self.labels} labels"
