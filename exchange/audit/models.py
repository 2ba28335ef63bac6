"""What was done, by whom and why; and what waits for a second pair of eyes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AuditEvent(models.Model):
    """One action of a person or process. Written once; the database refuses update and delete."""

    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=10)
    actor = models.CharField(max_length=254)
    user_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=100, db_index=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_by_target"),
            models.Index(fields=["user_id", "-id"], name="audit_by_user"),
        ]
        permissions = [("export_audit", "Can export the audit log")]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor}"


class AuditSeal(models.Model):
    """An event's place in the hash chain. Sealed shortly after the event was committed.

    Sealing apart keeps the chain's one lock out of every business transaction: events are
    immutable from birth, and their order is fixed by the sealer.
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="seal")
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"seal {self.position}"


class AuditWaiting(models.Model):
    """An event that is not in the chain yet. A trigger puts it here, the sealer takes it away."""

    event = models.OneToOneField(
        AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="waiting"
    )

    def __str__(self) -> str:
        return f"event {self.event_id} waits for its seal"


class Proposal(models.Model):
    """An act that needs two people: one proposes it, another approves, then it is carried out."""

    class State(models.TextChoices):
        OPEN = "open"
        EXECUTED = "executed"
        REJECTED = "rejected"
        EXPIRED = "expired"
        FAILED = "failed"

    kind = models.CharField(max_length=60, db_index=True)
    summary = models.CharField(max_length=300)
    payload = models.JSONField()
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=1000, blank=True)
    outcome = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="proposer_is_never_approver",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["executed", "rejected", "failed"])
                | Q(decided_by__isnull=False),
                name="decided_proposal_names_its_decider",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="open_proposals", condition=Q(state="open"))
        ]
        permissions = [("decide_proposal", "Can approve and reject proposals")]

    def __str__(self) -> str:
        return self.summary
