"""What any room that takes in documents keeps of one: pictures of its pages, sealed, in rows apart.

Rooms say in their own tables what a document belongs to; how it is taken in and opened is in
`sealing.py`.
"""

from __future__ import annotations

from django.db import models


class SealedDocument(models.Model):
    """Something that was uploaded, as we re-made it."""

    class State(models.TextChoices):
        KEPT = "kept"
        REPLACED = "replaced"

    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=State.choices, default=State.KEPT)
    mime = models.CharField(max_length=30)  # what was sent; kept are JPEGs
    size = models.PositiveIntegerField()  # of all its pictures together
    pages = models.PositiveSmallIntegerField(default=1)
    # Of what was sent: finds one picture in two accounts.
    sha256 = models.CharField(max_length=64, db_index=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SealedPage(models.Model):
    """One page as a picture, sealed for the document and place that it belongs to."""

    number = models.PositiveSmallIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"page {self.number}"
