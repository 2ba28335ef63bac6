"""Whoever is on the other side of a transfer is compared with the lists before its coins move."""

from __future__ import annotations

import pytest

from compliance.screening import decide as hits
from compliance.screening.models import Blocking, Hit
from compliance.travel_rule import decide, incoming, listed, outgoing, owners
from compliance.travel_rule.ivms101.parts import Message, Party, Provider, build
from compliance.travel_rule.models import AddressOwner, TravelMessage
from compliance.travel_rule.owners import NewOwner
from exchange.accounts.models import Restriction
from exchange.audit import proposals
from exchange.core.errors import Conflict
from exchange.core.models import OutboxEvent
from tests.compliance.travel_rule.conftest import OURS, PEER_LEI, THEIRS
from tests.compliance.travel_rule.test_incoming import arrival, letter, theirs  # noqa: F401
from tests.compliance.travel_rule.test_outgoing import question
from tests.factories.accounts import acting, staff
from tests.factories.screening import KORVALIN, MARLIN, imported, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(tmp_path):
    return imported(tmp_path, KORVALIN, MARLIN)


def say(who, name, **more) -> AddressOwner:
    return owners.declare(
        new=NewOwner(
            customer_id=who.pk,
            network="BTC",
            key=THEIRS,
            kind="other_wallet",
            name=name,
            **more,
        ),
        actor=acting(who),
    )


def waits(who) -> str:
    return outgoing.standing(question(who)).code


def message(originator="Robert Barnes") -> dict:
    given, _, family = originator.rpartition(" ")
    return build(
        Message(
            originator=Party(family_name=family, given_names=given, customer_number="7"),
            beneficiary=Party(family_name="Smith", given_names="Alice", accounts=(OURS,)),
            originating=Provider(name="Meridian", lei=PEER_LEI, country="CA"),
        )
    )


def cleared(hit) -> None:
    proposal = hits.propose_clear(hit_id=hit.pk, actor=officer(), reason="Born elsewhere.")
    proposals.approve(proposal_id=proposal.pk, actor=officer(), reason="I agree.")


def test_nobody_waits_for_lists_that_were_never_imported(our_key, alice):
    say(alice, "Dmitri Korvalin")

    assert waits(alice) == ""


def test_a_payment_to_somebody_waits_until_their_name_was_compared(our_key, alice, lists):
    owner = say(alice, "Robert Barnes")
    assert waits(alice) == "travel_names"

    assert listed.screen_owner(owner_id=owner.pk) == 0

    assert waits(alice) == ""
    assert not Hit.objects.exists()


def test_ones_own_wallet_names_nobody_and_waits_for_nothing(our_key, alice, lists):
    owners.declare(
        new=NewOwner(customer_id=alice.pk, network="BTC", key=THEIRS, kind="own_wallet"),
        actor=acting(alice),
    )

    assert waits(alice) == ""
    assert listed.sweep() == 0


def test_a_payment_to_whom_a_list_names_stays_and_an_officer_has_a_hit(our_key, alice, lists):
    owner = say(alice, "Dmitry Korvalin", country="RU")
    row = outgoing.open_transfer(question(alice, transfer="withdrawal:1"))
    assert row.state == "kept"

    assert listed.screen_owner(owner_id=owner.pk) == 1

    hit = Hit.objects.get()
    assert (hit.about, hit.customer_id, hit.subject_name) == (
        "party",
        alice.pk,
        "Dmitry Korvalin",
    )
    assert hit.subject == f"whose address BTC {THEIRS} is"
    assert OutboxEvent.objects.get(topic="screening.hit").payload == {"hit_id": hit.pk}
    standing = outgoing.standing(question(alice, transfer="withdrawal:1"))
    assert (standing.code, standing.asks) == ("travel_listed", "")
    assert f"hit {hit.pk}" in standing.message
    with pytest.raises(Conflict):
        outgoing.refuse_unless_settled("withdrawal:1")
    # Nobody is frozen by a resemblance.
    assert not Restriction.objects.exists()


def test_the_payment_goes_on_when_two_people_say_it_is_somebody_else(our_key, alice, lists):
    owner = say(alice, "Dmitry Korvalin")
    outgoing.open_transfer(question(alice, transfer="withdrawal:1"))
    listed.screen_owner(owner_id=owner.pk)

    cleared(Hit.objects.get())
    listed.screen_owner(owner_id=owner.pk)  # what the announcement asks a worker for

    assert outgoing.standing(question(alice, transfer="withdrawal:1")).passes
    told = OutboxEvent.objects.filter(topic="travel_rule.changed").order_by("-id").first()
    assert (told.payload["transfer"], told.payload["state"]) == ("withdrawal:1", "kept")
    assert Hit.objects.count() == 1


def test_what_was_cleared_once_is_not_asked_again_for_the_next_address(our_key, alice, lists):
    first = say(alice, "Dmitry Korvalin")
    listed.screen_owner(owner_id=first.pk)
    cleared(Hit.objects.get())

    again = say(alice, "Dmitry Korvalin")

    assert listed.screen_owner(owner_id=again.pk) == 0
    assert Hit.objects.count() == 1


def test_a_confirmed_party_freezes_the_customer_who_wanted_to_pay_them(our_key, alice, lists):
    owner = say(alice, "Dmitry Korvalin")
    listed.screen_owner(owner_id=owner.pk)

    hits.confirm(hit_id=Hit.objects.get().pk, actor=officer(), reason="The same passport.")

    assert Blocking.objects.get().customer == alice
    assert listed.screen_owner(owner_id=owner.pk) == 1
    assert waits(alice) == "travel_listed"


def test_a_name_is_compared_again_after_the_lists_have_changed(our_key, alice, tmp_path):
    imported(tmp_path, MARLIN)
    owner = say(alice, "Dmitry Korvalin")
    listed.screen_owner(owner_id=owner.pk)
    assert waits(alice) == ""

    imported(tmp_path, MARLIN, KORVALIN)

    assert waits(alice) == "travel_names"
    listed.screen_owner(owner_id=owner.pk)
    assert waits(alice) == "travel_listed"


def test_an_officer_hears_of_somebody_who_was_paid_before_they_were_listed(
    our_key, alice, tmp_path
):
    imported(tmp_path, MARLIN)
    owner = say(alice, "Dmitry Korvalin")
    listed.screen_owner(owner_id=owner.pk)
    outgoing.open_transfer(question(alice, transfer="withdrawal:1"))
    assert listed.screen_waiting() == 0

    imported(tmp_path, MARLIN, KORVALIN)

    assert listed.screen_waiting() == 1
    assert Hit.objects.get().subject_name == "Dmitry Korvalin"
    assert listed.screen_waiting() == 0


def test_the_originator_of_coins_that_came_is_compared_again_too(
    theirs,  # noqa: F811
    alice,
    ours_is,
    tmp_path,
):
    imported(tmp_path, MARLIN)
    ours_is(alice)
    theirs("transfers", letter(ivms101=message("Dmitry Korvalin")))
    assert listed.screen_waiting() == 1
    assert incoming.standing(arrival(alice)).passes

    imported(tmp_path, MARLIN, KORVALIN)

    assert listed.screen_waiting() == 1
    assert Hit.objects.get().subject.startswith("originator of travel message")


def test_a_provider_whose_name_the_customer_writes_is_compared_too(our_key, alice, lists):
    owner = owners.declare(
        new=NewOwner(
            customer_id=alice.pk,
            network="BTC",
            key=THEIRS,
            kind="own_account",
            provider_name="Bluemarlin Shipping Ltd",
        ),
        actor=acting(alice),
    )

    assert listed.screen_owner(owner_id=owner.pk) == 1
    assert Hit.objects.get().subject == f"provider that keeps BTC {THEIRS}"


def test_coins_wait_while_the_originator_of_their_message_is_compared(
    theirs,  # noqa: F811
    alice,
    ours_is,
    lists,
):
    ours_is(alice)
    theirs("transfers", letter(ivms101=message()))
    assert incoming.standing(arrival(alice)).code == "travel_names"

    assert listed.screen_waiting() == 1

    assert incoming.standing(arrival(alice)).passes


def test_coins_of_an_originator_whom_a_list_names_stay_whoever_releases_the_message(
    theirs,  # noqa: F811
    alice,
    ours_is,
    lists,
):
    ours_is(alice)
    _status, answer = theirs("transfers", letter(ivms101=message("Dmitry Korvalin")))
    row = TravelMessage.objects.get()
    assert listed.screen_message(message_id=row.pk) == 1

    # The other side is told nothing of it.
    assert answer["outcome"] == "accepted"
    assert Hit.objects.get().subject == f"originator of travel message {row.pk}"
    release = (decide.RELEASE, decide.WORK)
    proposal = decide.propose_release(message_id=row.pk, actor=staff(*release), reason="Known.")
    proposals.approve(proposal_id=proposal.pk, actor=staff(*release), reason="Known.")
    assert incoming.standing(arrival(alice)).code == "travel_listed"
    assert not incoming.may_credit("deposit:1")

    cleared(Hit.objects.get())
    listed.screen_message(message_id=row.pk)
    assert incoming.standing(arrival(alice)).passes


def test_clearing_a_hit_has_everything_of_that_customer_compared_again(
    our_key, alice, lists, django_capture_on_commit_callbacks
):
    owner = say(alice, "Dmitry Korvalin")
    listed.screen_owner(owner_id=owner.pk)
    hit = Hit.objects.get()
    cleared(hit)

    with django_capture_on_commit_callbacks() as woken:
        listed.on_cleared({"hit_id": hit.pk})

    assert len(woken) == 1
