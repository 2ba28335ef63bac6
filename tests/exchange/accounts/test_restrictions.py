"""What a customer may not do, for how long, and who may end it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from exchange.accounts import neutral, restrictions
from exchange.accounts.models import LoginDevice, Restriction
from exchange.accounts.restrictions import propose_lift, refuse_if_restricted, restrict
from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused, Restricted
from tests.factories import customer
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db

FREEZE, THAW = "exchange.freeze_customer", "exchange.unfreeze_customer"


def freeze(customer_id: int, kind: str = "trading", **fields: object) -> Restriction:
    return restrict(
        customer_id=customer_id,
        kind=kind,
        actor=staff(FREEZE),
        **{"reason": "reported theft", **fields},  # type: ignore[arg-type]
    )


def restricted(customer_id: int, kind: str = "trading") -> bool:
    try:
        refuse_if_restricted(customer_id, kind)
    except Restricted:
        return True
    return False


def test_a_restriction_forbids_its_kind_and_nothing_else(alice):
    freeze(alice.pk, customer_message="We are looking at your account.")

    with pytest.raises(Restricted, match="We are looking at your account."):
        refuse_if_restricted(alice.pk, "trading")
    assert not restricted(alice.pk, "withdrawal")
    assert not restricted(customer().pk)


def test_what_staff_tell_the_customer_may_not_tip_them_off(alice):
    with pytest.raises(neutral.TipsOff) as refused:
        freeze(alice.pk, reason="SAR pending", customer_message="You are under investigation.")

    assert (refused.value.field, refused.value.limit) == ("customer_message", "investigation")
    assert not restricted(alice.pk)
    assert not Restriction.objects.exists()
    freeze(alice.pk, reason="SAR pending", customer_message="Please write to support.")
    assert restricted(alice.pk)


def test_the_reason_is_not_told_to_the_customer(alice):
    freeze(alice.pk, reason="suspected of money laundering")
    with pytest.raises(Restricted) as refused:
        refuse_if_restricted(alice.pk, "trading")
    assert "laundering" not in str(refused.value)


def test_a_parents_restriction_binds_the_sub_account_and_not_the_other_way_round(alice):
    sub = customer(parent=alice)
    freeze(alice.pk, "trading")
    freeze(sub.pk, "withdrawal")

    assert restricted(sub.pk, "trading")
    assert not restricted(alice.pk, "withdrawal")


def test_a_restriction_ends_by_itself_when_its_time_is_over(alice):
    freeze(alice.pk, until=datetime.now(UTC) + timedelta(hours=1))
    assert restricted(alice.pk)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert list(restrictions.standing_restrictions(customer_id=alice.pk)) == []
    Restriction.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
    assert not restricted(alice.pk)


def test_freezing_twice_is_one_freeze(alice):
    first = freeze(alice.pk)
    assert freeze(alice.pk) == first
    assert freeze(alice.pk, until=datetime.now(UTC) + timedelta(days=1)) == first
    assert Restriction.objects.count() == 1
    assert AuditEvent.objects.filter(verb="accounts.restrict").count() == 1


def test_a_longer_freeze_is_added_to_a_shorter_one(alice):
    short = freeze(alice.pk, until=datetime.now(UTC) + timedelta(hours=1))
    assert freeze(alice.pk) != short


def test_freezing_needs_the_permission_and_customers_have_none(alice):
    for actor in (staff(THAW), acting(customer())):
        with pytest.raises(PermissionRefused):
            restrict(customer_id=alice.pk, kind="trading", actor=actor, reason="x")
    assert Restriction.objects.count() == AuditEvent.objects.count() == 0


def test_a_freeze_names_a_real_kind_a_reason_and_a_future(alice):
    for fields, at_fault in [
        ({"kind": "breathing"}, "kind"),
        ({"reason": " "}, "reason"),
        ({"until": datetime.now(UTC) - timedelta(seconds=1)}, "until"),
    ]:
        with pytest.raises(Invalid) as refused:
            freeze(alice.pk, **fields)  # type: ignore[arg-type]
        assert refused.value.field == at_fault
    with pytest.raises(NotFound):
        freeze(0)
    assert Restriction.objects.count() == 0


def test_lifting_takes_two_people(alice):
    standing = freeze(alice.pk)
    first = staff(FREEZE, THAW)
    proposal = propose_lift(restriction_id=standing.pk, actor=first, reason="theft explained")
    assert restricted(alice.pk)
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=proposal.pk, actor=first)
    assert restricted(alice.pk)

    second = staff(THAW)
    proposals.approve(proposal_id=proposal.pk, actor=second)

    assert not restricted(alice.pk)
    assert Restriction.objects.get().lifted_by == second.label


def test_who_may_freeze_may_not_therefore_lift(alice):
    standing = freeze(alice.pk)
    with pytest.raises(PermissionRefused):
        propose_lift(restriction_id=standing.pk, actor=staff(FREEZE), reason="x")


def test_what_is_lifted_is_not_lifted_again(alice):
    standing = freeze(alice.pk)
    proposal = propose_lift(restriction_id=standing.pk, actor=staff(THAW), reason="x")
    proposals.approve(proposal_id=proposal.pk, actor=staff(THAW))
    with pytest.raises(Conflict):
        propose_lift(restriction_id=standing.pk, actor=staff(THAW), reason="x")


def test_forbidding_login_ends_the_sessions(alice):
    LoginDevice.objects.create(
        user=alice.user, session_key="s1", fingerprint="f", user_agent="", ip="192.0.2.1"
    )
    freeze(alice.pk, "login")

    device = LoginDevice.objects.get()
    assert device.revoked_at is not None
    assert device.session_key == ""
    with pytest.raises(Restricted, match="Write to support|restricted"):
        restrictions.refuse_login(user_id=alice.user_id)


def test_asking_about_a_restriction_is_one_query(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        refuse_if_restricted(alice.pk, "trading")
