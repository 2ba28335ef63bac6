"""Market makers: marked by two people, for a time; scenarios about orders leave them alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.monitoring import engine, history, makers
from compliance.monitoring.models import MarketMaker
from compliance.monitoring.scenarios import scenario_named
from exchange.accounts import roles
from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests import factories
from tests.compliance.monitoring import test_market_scenarios as markets
from tests.compliance.monitoring.histories import tables
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db


def desk():
    return staff(makers.PERMISSION)


def proposed(who, *, days=90, agreement="MM-2026-014", actor=None) -> Proposal:
    return makers.propose(
        customer_id=who.pk,
        agreement=agreement,
        until=clock.now() + timedelta(days=days),
        actor=actor or desk(),
        reason="Signed on Monday.",
    )


def marked(who, **how) -> MarketMaker:
    proposals.approve(proposal_id=proposed(who, **how).pk, actor=desk(), reason="I read it.")
    return MarketMaker.objects.get(customer=who, ended_at=None)


def told(who) -> bool:
    """What the engine is told of the account."""
    (row,) = history.accounts_of([who.pk]).to_pylist()
    return row["market_maker"]


def test_it_takes_two_people_and_both_stand_in_the_audit_log():
    who, first = factories.customer(), desk()
    proposal = proposed(who, actor=first)
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=proposal.pk, actor=first, reason="Mine.")
    assert not told(who)

    proposals.approve(proposal_id=proposal.pk, actor=desk(), reason="I read it.")

    assert told(who)
    event = AuditEvent.objects.get(verb="monitoring.mark_market_maker")
    assert event.after["agreement"] == "MM-2026-014"
    assert makers.standing(who.pk).reason == "Signed on Monday."


def test_it_ends_by_itself_on_its_day_and_makes_room_for_the_next():
    who = factories.customer()
    row = marked(who)
    MarketMaker.objects.filter(pk=row.pk).update(
        since=clock.now() - timedelta(days=90), until=clock.now() - timedelta(seconds=1)
    )

    assert not told(who)
    assert makers.standing(who.pk) is None
    assert marked(who, agreement="MM-2026-015").agreement == "MM-2026-015"
    assert told(who)


def test_one_person_ends_it_at_once():
    who = factories.customer()
    row = marked(who)
    with pytest.raises(PermissionRefused):
        makers.end(maker_id=row.pk, actor=staff("compliance.label_alert"), reason="Cancelled.")
    assert told(who)

    makers.end(maker_id=row.pk, actor=desk(), reason="The contract was cancelled.")

    assert not told(who)
    with pytest.raises(Conflict):
        makers.end(maker_id=row.pk, actor=desk(), reason="Again.")


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"agreement": " "}, "agreement"),
        ({"days": 0}, "until"),
        ({"days": 1_500}, "until"),
    ],
)
def test_a_mark_names_its_contract_and_an_end_within_three_years(how, field):
    with pytest.raises(Invalid) as refused:
        proposed(factories.customer(), **how)

    assert refused.value.field == field
    assert not Proposal.objects.exists()


def test_nobody_is_marked_twice_and_no_sub_account_for_itself():
    who = factories.customer()
    marked(who)
    sub = factories.customer(parent=who, user=None)

    with pytest.raises(Conflict):
        proposed(who)
    with pytest.raises(Invalid) as refused:
        proposed(sub)
    assert refused.value.field == "customer_id"


def test_a_marked_customer_may_withdraw_orders_for_which_another_is_alerted():
    maker, other = factories.customer(), factories.customer()
    marked(maker)
    accounts = history.accounts_of([maker.pk, other.pk])
    facts = [*markets.spoof(str(maker.pk), 5), *markets.spoof(str(other.pk), 5)]
    events, _ = tables(facts)

    found = engine.run(events, accounts, [engine.Active.default(scenario_named("spoofing"))])

    assert [each.user for each in found] == [str(other.pk)]


def test_an_officer_marks_one_on_the_customers_page_and_a_colleague_agrees(as_role):
    who = factories.customer()
    officer = as_role(roles.COMPLIANCE_OFFICER)
    page = officer.get(f"/staff/exchange/customer/{who.pk}/change/").content.decode()
    assert "Propose as market maker" in page

    until = (clock.now() + timedelta(days=30)).date().isoformat()
    url = f"/staff/exchange/customer/act/mark-market-maker/?ids={who.pk}"
    officer.post(url, {"agreement": "MM-7", "until": until, "reason": "Signed."})
    proposal = Proposal.objects.get()
    mlro = as_role(roles.MLRO)
    mlro.post(f"/staff/exchange/proposal/act/approve/?ids={proposal.pk}", {"reason": "Agreed."})

    row = MarketMaker.objects.get()
    assert (row.customer, row.until.date().isoformat()) == (who, until)
    page = mlro.get(f"/staff/exchange/customer/{who.pk}/change/").content.decode()
    assert "MM-7" in page
    listed = mlro.get("/staff/compliance/marketmaker/").content.decode()
    assert "MM-7" in listed
    mlro.post(f"/staff/compliance/marketmaker/act/end/?ids={row.pk}", {"reason": "Over."})
    assert not told(who)
