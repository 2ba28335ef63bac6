"""Staff bring a sale from terms to an announcement, two at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from exchange.accounts import roles
from exchange.audit.models import Proposal
from exchange.core import clock
from launchpad.sales.admin.drafting import SaleForm
from launchpad.sales.models import Sale
from tests import factories
from tests.factories import sales as s

pytestmark = pytest.mark.django_db


def terms(**changes: str) -> dict[str, str]:
    now = clock.now().replace(microsecond=0, second=0)
    for code in ("NEW", "USDT", "BMX"):
        factories.asset(code)
    day = timedelta(days=1)
    return {
        "name": "New token", "about": "A token.", "risks": s.RISKS, "asset": "NEW",
        "quote": "USDT", "project": str(factories.customer().pk), "mode": "pro_rata",
        "price": "0.25", "lot": "1", "offered": "1000", "ticket_lots": "1", "least": "1",
        "most": "100", "tiers": "Everybody; 0; 50\nHolders; 500; 100", "most_places": "1000",
        "withdrawable": "on", "kyc_tier": "1", "public_input": "bitcoin", "fee_percent": "2.5",
        "first_percent": "25", "cliff_days": "30", "periods": "3", "period_days": "30",
        "claim_days": "7", "reason": "as agreed",
        "snapshot_at": f"{now + day:%Y-%m-%d %H:%M}", "opens_at": f"{now + 2 * day:%Y-%m-%d %H:%M}",
        "closes_at": f"{now + 4 * day:%Y-%m-%d %H:%M}",
        "distributes_at": f"{now + 5 * day:%Y-%m-%d %H:%M}",
        **changes,
    }  # fmt: skip


def acts(client: Client, sale: Sale, name: str, **values: str) -> None:
    url = f"/staff/launchpad/sale/act/{name}/?ids={sale.pk}"
    answer = client.post(url, {"reason": "as agreed", **values})
    assert answer.status_code == 302, answer.content.decode()


def test_a_check_shows_what_terms_come_to_and_saves_nothing(as_role):
    page = as_role(roles.LISTING_MANAGER).post("/staff/sales/draft/", terms(check="1"))

    shown = page.content.decode()
    assert "250 USDT" in shown
    assert "Five customers could take everything." in shown
    assert not Sale.objects.exists()


def test_terms_that_could_not_be_kept_are_not_saved(as_role):
    page = as_role(roles.LISTING_MANAGER).post("/staff/sales/draft/", terms(offered="1000.5"))

    assert page.status_code == 422
    assert "whole number of 1" in page.content.decode()
    assert not Sale.objects.exists()


def test_a_sale_goes_from_draft_to_announcement_through_two_desks(as_role):
    manager = as_role(roles.LISTING_MANAGER)
    manager.post("/staff/sales/draft/", terms())
    sale = Sale.objects.get()
    assert (sale.fee_ppm, sale.first_ppm, sale.tiers.count()) == (25_000, 250_000, 2)

    acts(manager, sale, "approve")
    approves(as_role)
    acts(manager, sale, "fund", source="house:capital")
    approves(as_role)
    acts(manager, sale, "announce")

    sale.refresh_from_db()
    assert (sale.state, sale.releases.count()) == ("announced", 4)
    page = manager.get(f"/staff/launchpad/sale/{sale.pk}/change/").content.decode()
    assert sale.seed_hash in page
    assert "New token" in Client().get("/launchpad").content.decode()


def approves(as_role) -> None:
    proposal = Proposal.objects.get(state="open")
    client = as_role(roles.TREASURY_OPERATOR)
    url = f"/staff/exchange/proposal/act/approve/?ids={proposal.pk}"
    client.post(url, {"reason": "checked"})
    proposal.refresh_from_db()
    assert proposal.state == "executed", proposal.outcome


def test_every_term_stands_under_one_heading_of_the_editor():
    shown = [field.name for _says, fields in SaleForm().parts() for field in fields]

    assert sorted(shown) == sorted(SaleForm.base_fields)
