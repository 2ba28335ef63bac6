"""How far each network has been followed, and by which blocks."""

from __future__ import annotations

from django.db import models

from exchange.assets.models import Network


class NetworkWatch(models.Model):
    """One network's cursor, and what its node is worth trusting with right now.

    Locked by whoever walks the chain. While `state` is not FOLLOWING nothing is credited and
    nothing is sent on this network; `reason` says why, in words for staff.
    """

    class State(models.TextChoices):
        FOLLOWING = "following"
        BEHIND = "behind"  # the node itself is still catching up, or we are
        DOWN = "down"
        WRONG_CHAIN = "wrong_chain"
        LYING = "lying"  # height went backwards, or a fork deeper than we accept

    network = models.OneToOneField(Network, on_delete=models.PROTECT, related_name="watch")
    # The first block that counts for us; earlier ones are not looked at.
    birth_height = models.BigIntegerField()
    height = models.BigIntegerField()
    hash = models.CharField(max_length=66)
    # The highest block ever followed: how deep a fork is, is measured from here.
    highest = models.BigIntegerField(default=0)
    node_height = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.FOLLOWING)
    reason = models.CharField(max_length=500, blank=True)
    # Whether the node can trace internal transfers (None: does not apply, or not asked yet).
    can_trace = models.BooleanField(null=True)
    checked_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "network watches"
        permissions = [("accept_fork", "Can let a network walk back deeper than is accepted")]

    def __str__(self) -> str:
        return f"{self.network_id} at {self.height}"


class SeenBlock(models.Model):
    """Height to hash for the newest blocks of a network: how a fork is noticed and walked back."""

    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    height = models.BigIntegerField()
    hash = models.CharField(max_length=66)
    parent = models.CharField(max_length=66)
    mined_at = models.DateTimeField()
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "height"], name="one_block_a_height")
        ]

    def __str__(self) -> str:
        return f"{self.height} {self.hash[:12]}"
