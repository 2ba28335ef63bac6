"""Financial and audit rows are facts: nobody adds, changes or deletes them here."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exchange.portal.screens import ReadOnlyAdmin
from tests.exchange.portal.screens import model_admins

pytestmark = pytest.mark.django_db

FACTS = [
    "auditevent",
    "candle",
    "ledgeraccount",
    "ledgerentry",
    "matchbatch",
    "matchcommand",
    "outboxevent",
    "posting",
    "proposal",
    "reconciliation",
    "restriction",
    "spotorder",
    "ticker",
    "trade",
]


def one(name):
    """A screen, and a row of it."""
    model_admin = model_admins()[name]
    row = model_admin.model.objects.order_by("pk").first()
    assert row is not None, f"the test's world has no {name}"
    return model_admin, row


def test_even_a_superuser_changes_nothing(root, world):
    for name in FACTS:
        model_admin, row = one(name)
        before = model_admin.model.objects.values().get(pk=row.pk)
        change = model_admin.url_of(row)
        delete = reverse(f"admin:exchange_{name}_delete", args=[row.pk])

        assert isinstance(model_admin, ReadOnlyAdmin), name
        assert root.get(change).status_code == 200, name
        assert root.post(change, {"reason": "x", "amount": "1"}).status_code == 403, name
        assert root.post(reverse(f"admin:exchange_{name}_add"), {}).status_code == 403, name
        assert root.post(delete, {"post": "yes"}).status_code == 403, name
        assert model_admin.model.objects.values().get(pk=row.pk) == before, name


def test_their_pages_offer_no_form_to_change_them(root, world):
    for name in FACTS:
        model_admin, row = one(name)
        shown = root.get(model_admin.url_of(row)).content.decode()
        listed = root.get(model_admin.list_url()).content.decode()

        assert 'name="_save"' not in shown, name
        assert "/add/" not in listed, name


def test_deleting_ticked_rows_is_not_offered(root, world):
    for model_admin in model_admins().values():
        answer = root.post(
            model_admin.list_url(),
            {"action": "delete_selected", "index": "0", "_selected_action": ["1"], "post": "yes"},
        )
        assert answer.status_code in (200, 302)
        assert "delete_selected" not in [action.name for action in model_admin.row_actions]
    assert model_admins()["spotorder"].model.objects.filter(pk=world["order_id"]).exists()
