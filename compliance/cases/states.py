"""Queues and states of a case, and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Queue(models.TextChoices):
    """Whose desk a case is on."""

    TRIAGE = "triage", _("L1 triage")
    INVESTIGATION = "investigation", _("L2 investigation")
    MLRO = "mlro", _("MLRO")


class State(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Disposition(models.TextChoices):
    """What a case ended with."""

    FALSE_POSITIVE = "false_positive", _("false positive")
    EXPLAINED = "explained", _("explained")
    MONITOR = "monitor", _("monitor more closely")
    EXIT = "exit", _("end the relationship")
    REPORT = "report", _("report")


# From where a case may be handed where: up by a step or two, down to the desk that knows more.
MOVES: dict[str, set[str]] = {
    Queue.TRIAGE: {Queue.INVESTIGATION, Queue.MLRO},
    Queue.INVESTIGATION: {Queue.TRIAGE, Queue.MLRO},
    Queue.MLRO: {Queue.INVESTIGATION},
}

# Who works which queue.
PERMISSIONS: dict[str, str] = {
    Queue.TRIAGE: "compliance.triage_case",
    Queue.INVESTIGATION: "compliance.investigate_case",
    Queue.MLRO: "compliance.decide_case",
}
