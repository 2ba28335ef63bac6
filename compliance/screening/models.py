"""Lists as imported, their changes, and whom of our customers they may name."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exchange.accounts.models import Customer


class ListVersion(models.Model):
    """One import of one list that differed from the import before. Never changed.

    Its number in the table is also the clock of screening: whoever was screened "through" it was
    compared with every entry that stood then.
    """

    source = models.CharField(max_length=20)  # "OFAC", "UN", "EU", "OFAC addresses"
    number = models.PositiveIntegerField()
    layout = models.CharField(max_length=20)
    origin = models.CharField(max_length=300)  # the path or URL it came from
    # Over every file, in the order of their names; `files` has each one's own.
    sha256 = models.CharField(max_length=64)
    files: Any = models.JSONField(default=list)
    published = models.CharField(max_length=40, blank=True)  # the list's own date, as it writes it
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=254)
    entries = models.PositiveIntegerField(default=0)
    addresses = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_version_a_number")
        ]
        permissions = [("import_list", "Can import sanctions lists and re-screen everyone")]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class ListEntry(models.Model):
    """Somebody or something a list names, as the list's newest version has it.

    `version` counts up whenever what is compared or shown changes, so that a decision about a hit
    is known to be about these contents and no others.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ENTITY = "entity", _("company or organisation")
        VESSEL = "vessel", _("vessel")
        AIRCRAFT = "aircraft", _("aircraft")

    source = models.CharField(max_length=20)
    uid = models.CharField(max_length=64)  # as the list numbers it
    kind = models.CharField(max_length=8, choices=Kind.choices)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=400)  # the first of them, for people to read
    # What the list says, in one form for every list: see lists/entry.py.
    contents: Any = models.JSONField()
    digest = models.CharField(max_length=64)
    added_in = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="+")
    changed_in = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="+")
    removed_in = models.ForeignKey(
        ListVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "uid"], name="one_entry_a_listed_number")
        ]
        verbose_name_plural = "list entries"

    def __str__(self) -> str:
        return f"{self.source} {self.uid}: {self.name}"


class ListChange(models.Model):
    """What one version of a list added, changed or removed. Written once."""

    class Kind(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("removed")

    version = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="changes")
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    before: Any = models.JSONField(null=True)
    after: Any = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "entry"], name="one_change_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.kind} {self.entry_id}"


class ListedAddress(models.Model):
    """A crypto address that a list names, in the form in which addresses are compared."""

    source = models.CharField(max_length=20)
    ticker = models.CharField(max_length=15)  # as the list calls the coin: XBT, ETH, USDT
    key = models.CharField(max_length=128, db_index=True)  # EVM in lower case
    entry = models.ForeignKey(
        ListEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="addresses"
    )
    added_in = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="+")
    removed_in = models.ForeignKey(
        ListVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "ticker", "key"], name="one_listed_address")
        ]
        verbose_name_plural = "listed addresses"

    def __str__(self) -> str:
        return f"{self.source}: {self.key}"


class Screened(models.Model):
    """Up to where a customer is screened: which of their versions, against which lists."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="screened"
    )
    customer_version = models.PositiveIntegerField()
    through = models.ForeignKey(ListVersion, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "screened customers"

    def __str__(self) -> str:
        return f"customer {self.customer_id} at {self.at:%Y-%m-%d %H:%M}"


class Rescreen(models.Model):
    """A pass over every customer after a list changed, or over all lists when asked for.

    Goes in batches; `cursor` is committed with each batch's hits, so whoever is killed goes on.
    """

    class Kind(models.TextChoices):
        DELTA = "delta", _("what a list added or changed")
        FULL = "full", _("all lists")

    class State(models.TextChoices):
        RUNNING = "running", _("under way")
        DONE = "done", _("done")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    version = models.ForeignKey(
        ListVersion, null=True, on_delete=models.PROTECT, related_name="rescreens"
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    cursor = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    # The look-back over addresses runs first; then names.
    addresses_done = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=254)
    moved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"], name="one_delta_a_version", condition=Q(kind="delta")
            )
        ]

    def __str__(self) -> str:
        return f"re-screening {self.pk}"


class Hit(models.Model):
    """A customer, or somebody behind them, who may be whom a list names; or an address of theirs
    that a list names; or whoever is on the other side of a transfer of theirs.

    What was compared is kept as it was, on both sides, with the score and its parts. A decision is
    remembered for exactly this version of the customer and this version of the entry.
    """

    class About(models.TextChoices):
        NAME = "name", _("a name")
        ADDRESS = "address", _("an address")
        PARTY = "party", _("the other party of a transfer")

    class State(models.TextChoices):
        OPEN = "open", _("to be looked at")
        UNSURE = "unsure", _("more is needed")
        TRUE = "true", _("is the listed one")
        FALSE = "false", _("is somebody else")
        SUPERSEDED = "superseded", _("replaced by a newer comparison")

    WAITING = (State.OPEN, State.UNSURE)

    about = models.CharField(max_length=7, choices=About.choices, default=About.NAME)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="hits")
    # Who: "customer", or "owner 17"; of an address: the deposit or withdrawal, as text; of the
    # other party: where the name comes from ("originator of travel message 7").
    subject = models.CharField(max_length=120)
    subject_name = models.CharField(max_length=400)
    customer_version = models.PositiveIntegerField()
    entry = models.ForeignKey(
        ListEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="hits"
    )
    entry_version = models.PositiveIntegerField(default=0)
    address = models.ForeignKey(
        ListedAddress, null=True, blank=True, on_delete=models.PROTECT, related_name="hits"
    )
    # Thousandths: 1000 is the same name, 700 the line above which a person has to look.
    score = models.PositiveSmallIntegerField()
    # The parts of the score in order, each with its words: see explain.py.
    parts: Any = models.JSONField(default=list)
    theirs: Any = models.JSONField(default=dict)
    listed: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "subject", "entry", "customer_version", "entry_version"],
                name="one_hit_a_pair_of_versions",
                condition=Q(about="name"),
            ),
            models.UniqueConstraint(
                fields=["customer", "subject", "address"],
                name="one_hit_an_address_and_movement",
                condition=Q(about="address"),
            ),
            models.UniqueConstraint(
                fields=["customer", "subject", "entry", "subject_name", "entry_version"],
                name="one_hit_a_party_of_a_transfer",
                condition=Q(about="party"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-score", "id"],
                name="hits_waiting",
                condition=Q(state__in=["open", "unsure"]),
            ),
            models.Index(fields=["state", "id"], name="hits_by_state"),
        ]
        permissions = [
            ("decide_hit", "Can decide screening hits, and propose and approve clearing them"),
            ("screen_name", "Can screen one name against the lists"),
        ]

    def __str__(self) -> str:
        return f"hit {self.pk}"


class Blocking(models.Model):
    """The moment at which we knew that a customer's property has to be blocked: from it OFAC's ten
    business days run. Written in the transaction that froze the account; never changed."""

    hit = models.OneToOneField(Hit, on_delete=models.PROTECT, related_name="blocking")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="blockings")
    known_at = models.DateTimeField()
    source = models.CharField(max_length=20)
    why = models.CharField(max_length=500)
    # Of the restrictions imposed with it.
    restrictions: Any = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"blocked since {self.known_at:%Y-%m-%d %H:%M}: customer {self.customer_id}"
