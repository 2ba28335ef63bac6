"""Every screen of the staff site, by name."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse

from exchange.portal import desks
from exchange.portal.screens import StaffAdmin


def model_admins() -> dict[str, StaffAdmin]:
    return {
        model._meta.model_name: model_admin for model, model_admin in admin.site._registry.items()
    }


def screens() -> dict[str, str]:
    """Name to address: lists of models, and pages."""
    lists = {name: model_admin.list_url() for name, model_admin in model_admins().items()}
    whole = [page for page in desks.pages() if "<" not in page.path]  # of nothing in particular
    pages = {page.name: reverse(f"admin:{page.name}") for page in whole}
    return {**lists, **pages}
