"""Which accounts seem to be one person, and why we think so."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PersonLink(models.Model):
    """Two main accounts have something in common. `one` is the smaller id."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "same name and date of birth"
        DOCUMENT = "document", "same picture of a document"
        DEVICE = "device", "same browser"
        ADDRESS = "address", "same address outside"
        IP = "ip", "same internet address"

    class Strength(models.TextChoices):
        CERTAIN = "certain", "one person"
        SUSPECTED = "suspected", "perhaps one person"
        HINT = "hint", "a hint only"

    one_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    strength = models.CharField(max_length=10, choices=Strength.choices)
    says = models.CharField(max_length=200)  # what is the same, without the secret itself
    found_at = models.DateTimeField()
    # Somebody looked and said that they are two: it links them no more.
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.CharField(max_length=254, blank=True)
    dismissed_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one_id", "other_id", "kind"], name="linked_once"),
            models.CheckConstraint(condition=Q(one_id__lt=F("other_id")), name="link_in_order"),
        ]
        indexes = [models.Index(fields=["other_id"], name="links_of_other")]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}: {self.get_kind_display()}"


class PersonGroup(models.Model):
    """Accounts that links join, directly or through others. Those that stand alone have no row."""

    customer_id = models.BigIntegerField(primary_key=True)
    group_id = models.BigIntegerField(db_index=True)  # the smallest account of the group
    certain_id = models.BigIntegerField()  # the smallest that certain links alone lead to

    def __str__(self) -> str:
        return f"{self.customer_id} in group {self.group_id}"
