"""The demo's traders go on trading and withdrawing; its beginner is somebody new."""

from __future__ import annotations

import pytest

from compliance.demo import applicants, identities
from compliance.identity import queries
from compliance.identity.models import Application, Identity
from exchange.accounts.models import Restriction
from exchange.demo import people
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_demo_s_people_are_verified_once_and_its_beginner_is_not():
    for name in (*people.TRADERS, *people.BOTS):
        factories.Customer.objects.create(user=factories.user(email=f"{name}@holdfast.example"))
    assert [identities.verify_known(), identities.verify_known()] == [6, 0]
    tiers = {i.customer.user.email.partition("@")[0]: i.tier for i in Identity.objects.all()}
    assert tiers == dict.fromkeys(("alice", "bob", "carol", "dave", *people.BOTS), 3)
    assert not Restriction.objects.exists()
    for who in Identity.objects.all():
        assert queries.limits_of(who.customer_id).withdrawal_day == 2_000_000


def test_three_people_wait_for_a_reviewer_each_with_a_story_of_their_own():
    assert [applicants.hand_in(), applicants.hand_in()] == [3, 0]
    said = {row.given_names: (row.state, row.risk, row.notes) for row in Application.objects.all()}
    assert said == {
        "Erin": ("submitted", "low", ["ip_elsewhere"]),
        "Farid": ("submitted", "medium", ["ip_elsewhere", "vpn", "mrz_mismatch"]),
        "Gloria": ("submitted", "high", ["ip_elsewhere"]),
    }
