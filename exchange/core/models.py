"""Kill switches and the outbox."""

from __future__ import annotations

from django.db import models


class Switch(models.Model):
    """Something operators can close for everybody. Read inside the transaction it governs."""

    name = models.CharField(max_length=64, unique=True)
    closed = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "switches"
        permissions = [("throw_switch", "Can close and open kill switches")]

    def __str__(self) -> str:
        return f"{self.name}: {'closed' if self.closed else 'open'}"


class OutboxEvent(models.Model):
    """An event written in the transaction that caused it, delivered after the commit."""

    topic = models.CharField(max_length=100)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=models.Q(delivered_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
