"""Kill switches: closed by one, opened by two where money could leave, and never misspelt."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.audit.switches import NeedsTwoPeople, propose_opening, throw_switch
from exchange.core import switches
from exchange.core.errors import Conflict, Invalid, PermissionRefused, SwitchedOff
from exchange.core.models import Switch
from tests import factories
from tests.factories.accounts import staff
from tests.factories.wallets import asset_network, network

THROW, DECIDE = "exchange.throw_switch", "exchange.decide_proposal"


def close(name: str):
    return throw_switch(name=name, close=True, actor=staff(THROW), reason="a wallet leaks")


@pytest.mark.django_db
def test_one_person_closes_withdrawals_and_two_open_them():
    commander, colleague = staff(THROW, DECIDE), staff(DECIDE)
    throw_switch(name="withdrawals", close=True, actor=commander, reason="a wallet leaks")

    with pytest.raises(NeedsTwoPeople):
        throw_switch(name="withdrawals", close=False, actor=commander, reason="fixed")
    proposal = propose_opening(name="withdrawals", actor=commander, reason="fixed")
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=proposal.pk, actor=commander)
    with pytest.raises(SwitchedOff):
        switches.refuse_if_closed("withdrawals")
    proposals.approve(proposal_id=proposal.pk, actor=colleague)

    switches.refuse_if_closed("withdrawals")
    assert list(
        AuditEvent.objects.filter(target_type="switch")
        .order_by("id")
        .values_list("verb", flat=True)
    ) == ["core.close_switch", "core.open_switch"]


@pytest.mark.django_db
def test_what_lets_no_money_out_is_opened_by_one():
    close("trading")

    throw_switch(name="trading", close=False, actor=staff(THROW), reason="fixed")

    switches.refuse_if_closed("trading")


@pytest.mark.django_db
def test_an_asset_and_a_network_have_switches_of_their_own():
    btc = network("BTC")
    asset_network("BTC", btc)
    names = switches.withdrawals(asset="BTC", network="BTC")
    assert names == ["withdrawals", "withdrawals:asset:BTC", "withdrawals:network:BTC"]

    close("withdrawals:asset:BTC")

    with pytest.raises(SwitchedOff) as refused:
        switches.refuse_if_closed(*names)
    assert refused.value.field == "withdrawals:asset:BTC"
    assert str(refused.value) == SwitchedOff.message  # the reason is for staff
    switches.refuse_if_closed(*switches.withdrawals(asset="ETH", network="ERC20"))
    with pytest.raises(NeedsTwoPeople):
        throw_switch(name=names[1], close=False, actor=staff(THROW), reason="fixed")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["withdrawal", "withdrawals:asset:NOPE", "", "wallet:x", "a:b:c"])
def test_a_misspelt_switch_is_refused_rather_than_closing_nothing(name):
    with pytest.raises(Invalid):
        close(name)
    assert not Switch.objects.exists()


@pytest.mark.django_db
def test_nobody_throws_or_proposes_without_the_permission_or_a_reason():
    close("withdrawals")

    for act in (
        lambda: throw_switch(name="deposits", close=True, actor=staff(), reason="because"),
        lambda: propose_opening(name="withdrawals", actor=staff(DECIDE), reason="because"),
    ):
        with pytest.raises(PermissionRefused):
            act()
    with pytest.raises(Invalid):
        throw_switch(name="deposits", close=True, actor=staff(THROW), reason=" ")
    with pytest.raises(Conflict):
        propose_opening(name="deposits", actor=staff(THROW), reason="because")
    assert [s.name for s in Switch.objects.filter(closed=True)] == ["withdrawals"]


@pytest.mark.django_db
def test_a_detector_closes_by_itself():
    throw_switch(name="withdrawals", close=True, actor=factories.SYSTEM, reason="drain")

    with pytest.raises(SwitchedOff):
        switches.refuse_if_closed("withdrawals")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_can_not_say_is_a_refusal():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exchange_switch RENAME TO hidden")
        try:
            with pytest.raises(SwitchedOff), transaction.atomic():
                switches.refuse_if_closed("withdrawals")
        finally:
            cursor.execute("ALTER TABLE hidden RENAME TO exchange_switch")
