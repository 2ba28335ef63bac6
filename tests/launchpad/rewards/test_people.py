"""One person, one reward: what links accounts, how surely, and who decides when it is not sure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.utils import timezone

from compliance.identity.models import Document
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from launchpad.rewards import holds, persons
from launchpad.rewards.errors import NotEligible, RewardedAlready
from launchpad.rewards.grant import grant
from launchpad.rewards.models import PersonLink, Reward, RewardCheck
from tests import factories
from tests.factories import wallets as rows
from tests.factories.accounts import acting
from tests.launchpad.rewards.conftest import checker, manager, person, same_browser
from wallets.addresses.models import BookEntry

pytestmark = pytest.mark.django_db

BORN = date(1990, 5, 17)


def give(campaign, who, of: str = "lesson:wallet", amount: str = "2") -> Reward:
    return grant(
        campaign_id=campaign.pk, customer_id=who.pk, amount=D(amount), of=of, actor=acting(who)
    )


def test_the_same_name_and_birth_date_in_any_order_of_words_is_one_person():
    one = person("Anna Maria Olsen", born=BORN)
    other = person("Olsen Anna-Maria", born=BORN)
    stranger = person("Anna Maria Olsen", born=date(1991, 5, 17))

    assert persons.look(other.pk) == 1
    persons.look(stranger.pk)

    assert persons.same_person(one.pk, other.pk).is_certain
    assert not persons.same_person(one.pk, stranger.pk)


def test_one_picture_of_a_document_in_two_applications_is_one_person():
    one, other = person(), person()
    for who in (one, other):
        Document.objects.create(
            application=who.applications.get(),
            kind="passport",
            mime="image/jpeg",
            size=1,
            sha256="a" * 64,
            uploaded_at=timezone.now(),
        )

    persons.find_all()

    assert persons.same_person(one.pk, other.pk).is_certain


def test_a_browser_or_an_address_in_common_is_a_suspicion_with_its_reason():
    one, other, third = person(), person(), person()
    same_browser(one, other)
    network = rows.network("BTC")
    for who in (other, third):
        BookEntry.objects.create(
            customer_id=who.pk, network=network, address="bc1q", key="bc1q", label="home",
            usable_at=timezone.now(),
        )  # fmt: skip

    persons.find_all()

    verdict = persons.same_person(one.pk, third.pk)  # through the other
    assert bool(verdict)
    assert not verdict.is_certain
    assert persons.same_person(one.pk, other.pk).reasons == (
        "same browser: both logged in with one browser",
    )


def test_a_farm_does_not_get_out_of_sight_by_growing(lessons_campaign):
    people = [person() for _ in range(12)]
    same_browser(*people)

    states = [give(lessons_campaign, who).state for who in people]

    assert states == ["due", *["held"] * 11]


def test_an_address_that_many_share_is_nobodys_own():
    people = [person() for _ in range(21)]
    network = rows.network("BTC")
    BookEntry.objects.bulk_create(
        BookEntry(
            customer_id=who.pk, network=network, address="bc1q", key="bc1q", label="exchange",
            usable_at=timezone.now(),
        )
        for who in people
    )  # fmt: skip

    assert persons.find_all() == 0


def test_an_internet_address_alone_joins_nobody():
    one, other = person(), person()
    same_browser(one, fingerprint="1" * 64)
    same_browser(other, fingerprint="2" * 64)  # both from 203.0.113.9

    persons.find_all()

    assert PersonLink.objects.get().kind == "ip"
    assert not persons.same_person(one.pk, other.pk)


def test_a_second_account_of_one_person_gets_nothing(lessons_campaign):
    one, other = person("Anna Olsen", born=BORN), person("Anna Olsen", born=BORN)
    give(lessons_campaign, one)

    with pytest.raises(RewardedAlready):
        give(lessons_campaign, other)

    lessons_campaign.refresh_from_db()
    assert (Reward.objects.count(), lessons_campaign.committed) == (1, D(2))
    give(lessons_campaign, other, of="lesson:fees")  # which the first did not take


def test_a_suspected_second_account_waits_and_the_first_does_not(lessons_campaign):
    one, other = person(), person()
    same_browser(one, other)

    assert give(lessons_campaign, one).state == "due"
    assert give(lessons_campaign, other).state == "held"

    check = RewardCheck.objects.get()
    assert check.reasons == [
        {
            "code": "person",
            "says": f"Perhaps the same person as customers {one.pk}, who get the same",
            "with": [one.pk],
        }
    ]


def test_compliance_releases_or_refuses_with_a_reason_and_a_refusal_frees_the_budget(
    lessons_campaign,
):
    one, other, third = person(), person(), person()
    same_browser(one, other, third)
    give(lessons_campaign, one)
    held, again = give(lessons_campaign, other), give(lessons_campaign, third)
    with pytest.raises(PermissionRefused):
        holds.release(check_id=held.review.pk, actor=manager(), reason="siblings")
    with pytest.raises(Invalid):
        holds.release(check_id=held.review.pk, actor=checker(), reason=" ")

    assert holds.release(check_id=held.review.pk, actor=checker(), reason="siblings").state == "due"
    assert (
        holds.refuse(check_id=again.review.pk, actor=checker(), reason="one phone").state
        == "refused"
    )
    with pytest.raises(Conflict):
        holds.refuse(check_id=held.review.pk, actor=checker(), reason="changed my mind")

    lessons_campaign.refresh_from_db()
    assert lessons_campaign.committed == D(4)
    told = AuditEvent.objects.filter(verb__startswith="rewards_check")
    assert set(told.values_list("verb", flat=True)) == {
        "rewards_check.release", "rewards_check.refuse",
    }  # fmt: skip


def test_two_who_share_a_browser_are_two_once_somebody_said_so(lessons_campaign):
    one, other = person(), person()
    same_browser(one, other)
    persons.find_all()
    link = PersonLink.objects.get(kind="device")

    persons.dismiss(link_id=link.pk, actor=checker(), reason="a couple, both seen")
    give(lessons_campaign, one)

    assert give(lessons_campaign, other).state == "due"
    assert not persons.same_person(one.pk, other.pk)
    assert persons.find_all() == 0  # and it stays so


@pytest.mark.parametrize("why", ["unverified", "restricted", "staff", "somebody else"])
def test_who_may_not_take_part_gets_nothing_and_nothing_moves(lessons_campaign, why):
    from exchange.accounts import restrictions

    who = factories.customer() if why == "unverified" else person()
    actor = acting(who)
    if why == "restricted":
        restrictions.restrict(
            customer_id=who.pk, kind="withdrawal", actor=factories.SYSTEM, reason="reported theft"
        )
    if why == "staff":
        who.user.is_staff = True
        who.user.save()
    if why == "somebody else":
        actor = acting(person())

    with pytest.raises((NotEligible, PermissionRefused)) as refused:
        grant(campaign_id=lessons_campaign.pk, customer_id=who.pk, amount=D(2), of="x", actor=actor)

    lessons_campaign.refresh_from_db()
    assert (lessons_campaign.committed, Reward.objects.count()) == (D(0), 0)
    assert "theft" not in str(refused.value)
