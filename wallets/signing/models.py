"""Operators' signatures that let the signer sign again, until enough of them are here."""

from __future__ import annotations

from django.db import models

from exchange.accounts.models import User


class ThawApproval(models.Model):
    """One operator's Ed25519 signature over one freeze's own words.

    Made in the operator's browser or on another machine; here it is only carried. It is worth
    something for that one freeze, as the signer checks by itself.
    """

    operator = models.CharField(max_length=60)
    signature = models.CharField(max_length=128)
    contents = models.TextField()  # what was signed, to the byte
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "contents"], name="one_thaw_approval_an_operator"
            )
        ]
        permissions = [
            ("freeze_signer", "Can stop the signer from signing"),
            ("thaw_signer", "Can hand in operators' signatures that let it sign again"),
        ]

    def __str__(self) -> str:
        return f"{self.operator} on a thaw"
