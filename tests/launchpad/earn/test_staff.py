"""The desk: a stopped programme is seen, funded by two and let go on; products and rewards."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection

from exchange.accounts import roles
from exchange.audit.models import Proposal
from exchange.audit.proposals import approve
from launchpad.earn import accrue
from launchpad.earn.models import Arrival, DepthSample, Product
from launchpad.programmes import payouts
from launchpad.programmes.models import Payout, Programme
from tests import factories
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories.accounts import staff
from tests.launchpad.conftest import programme
from tests.launchpad.earn.conftest import DAY, NOON, on_day, product, put_in, staking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_day")]


def act(client, model: str, name: str, row, **values: str):
    address = f"/staff/launchpad/{model}/act/{name}/?ids={row.pk}"
    assert client.get(address).status_code == 200
    return client.post(address, {"reason": "it has to be", **values}, follow=True)


def test_a_short_programme_is_on_the_dashboard_and_goes_on_after_two_people_funded_it(as_role):  # noqa: F811
    made = product(budget="0.5")
    holder = factories.customer()
    put_in(holder, made, "7300")
    with on_day(2):
        accrue.accrue_all()
        payouts.sweep()
        treasury = as_role(roles.TREASURY_OPERATOR)
        shown = treasury.get("/staff/").content.decode()
        assert "0.5 USDT are missing" in shown
        act(treasury, "programme", "resume", made.programme)
        assert Programme.objects.get(pk=made.programme_id).state == "stopped"
        act(treasury, "programme", "fund", made.programme, source="capital", amount="0.5")
        proposal = Proposal.objects.get(state="open")
        approve(proposal_id=proposal.pk, actor=staff("launchpad.approve_funding"))
        act(treasury, "programme", "resume", made.programme)
        payouts.sweep()
    assert factories.available(holder, "USDT") == 1
    payout = Payout.objects.exclude(lines=0).get()
    page = treasury.get(f"/staff/launchpad/payout/{payout.pk}/change/").content.decode()
    assert f"position:{holder.pk}" in page or "position:" in page


def test_a_payout_that_is_being_paid_shows_how_far_it_is(as_role):  # noqa: F811
    made = programme("USDT", "10")
    people = [factories.customer() for _ in range(4)]
    payout = payouts.prepare(
        programme_id=made.pk,
        key="k",
        lines=[payouts.Line(each.pk, D(1)) for each in people],
        actor=factories.SYSTEM,
    )
    payouts.pay(payout.pk, batch=1, most=1)
    client = as_role(roles.TREASURY_OPERATOR)
    address = f"/staff/launchpad/payout/{payout.pk}/change/"
    assert "1 of 4 people" in client.get(f"{address}?progress=1").content.decode()
    act(client, "payout", "go-on", payout)
    payouts.sweep()
    assert "Nothing is being paid" in client.get(f"{address}?progress=1").content.decode()


def test_a_product_is_drafted_by_one_and_opened_by_another(as_role):  # noqa: F811
    made = programme("USDT", "10")
    manager = as_role(roles.LISTING_MANAGER)
    filled = {
        "name": "Savings", "slug": "savings", "kind": "flexible", "earns": "rate",
        "programme_id": made.pk, "summary": "Lent.", "risk": "A part can be lost.",
        "tiers": "0: 5\n1000: 2.5", "minimum": "1", "cap_customer": "10", "cap_total": "100",
        "lock_days": 0, "bonding_days": 0, "unbonding_days": 0, "vote_weight": 0,
        "commission_bps": 0, "daily_budget": 0, "band_bps": 0,
    }  # fmt: skip
    wrong = manager.post("/staff/launchpad/earn/new/", {**filled, "tiers": "five"})
    assert (wrong.status_code, Product.objects.count()) == (422, 0)
    manager.post("/staff/launchpad/earn/new/", filled)
    drafted = Product.objects.get()
    assert [tier.rate_ppm for tier in drafted.terms.get().tiers.all()] == [50_000, 25_000]
    act(manager, "product", "propose-opening", drafted)
    approve(proposal_id=Proposal.objects.get().pk, actor=staff("launchpad.approve_product"))
    drafted.refresh_from_db()
    assert drafted.state == "open"
    assert manager.get(f"/staff/launchpad/product/{drafted.pk}/change/").status_code == 200


def test_rewards_terms_and_slashes_by_hand(as_role):  # noqa: F811
    made = staking(budget="0")
    put_in(factories.customer(), made, "3")
    with on_day(2):
        treasury = as_role(roles.TREASURY_OPERATOR)
        reward = {
            "amount": "0.3", "day": (NOON + DAY).date().isoformat(), "network": "ERC20",
            "txid": "0xa",
        }  # fmt: skip
        refused = act(treasury, "product", "reward", made, **reward).content.decode()
        assert "There is no node for this network" in refused
        act(treasury, "product", "reward-list", made, lines="2026-03-11,0.1,v,0xb")
        act(treasury, "product", "slash", made, amount="0.1", source="v", reference="0xc")
        act(as_role(roles.LISTING_MANAGER), "product", "propose-terms", made, minimum="1",
            cap_customer="5", cap_total="10", commission_bps="500", daily_budget="0",
            band_bps="0")  # fmt: skip
    assert not Arrival.objects.exists()
    assert set(Proposal.objects.values_list("kind", flat=True)) == {
        "earn.slash", "earn.change_terms", "earn.book_statement",
    }  # fmt: skip


def test_the_depth_that_counted_is_drawn_with_words_beside_it(as_role):  # noqa: F811
    made = product(
        "depth", code="BMX", kind="mining", earns="points", tiers=(), market="BTC_USDT",
        daily_budget="1", band_bps=50,
    )  # fmt: skip
    for n in range(3):
        DepthSample.objects.create(
            product=made, minute=NOON + DAY * n, mid=1, bids=100 * n, asks=200, makers=2, points=1
        )
    page = as_role(roles.TREASURY_OPERATOR).get(f"/staff/launchpad/product/{made.pk}/change/")
    assert "now 200, at most 200, from 2 makers" in page.content.decode()
    assert "<polyline" in page.content.decode()


def test_the_applications_role_may_not_change_what_is_written_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'holdfast_app'")
        if not cursor.fetchone()[0]:
            return
        for table in ("payoutline", "accrual", "positionchange", "productday", "terms", "tier"):
            cursor.execute(
                "SELECT has_table_privilege('holdfast_app', %s, 'UPDATE')", [f"launchpad_{table}"]
            )
            assert cursor.fetchone()[0] is False, table
