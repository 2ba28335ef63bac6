"""Addresses on sanctions lists: whoever is named there must not be paid unseen.

The lists are loaded by the deposits' room into a table of its own; rooms beside each other do not
import each other, so the table is read by name. Compliance replaces this gate with its screening.
"""

from __future__ import annotations

from django.apps import apps


def source_of(key: str) -> str:
    """Which list names this address, in the form in which addresses are compared; empty: none."""
    listed = apps.get_model("wallets", "SanctionedAddress")._default_manager.filter(key=key)
    return str(listed.values_list("source", flat=True).first() or "")
