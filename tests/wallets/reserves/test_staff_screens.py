"""The treasury desk takes snapshots, watches them being built, and hands in cosigners' proofs."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group

from exchange.accounts import roles
from exchange.audit.models import Proposal
from tests import factories
from tests.exchange.portal.conftest import verified
from tests.factories.sending import asset_network, coin, network
from tests.wallets.reserves.conftest import taken
from tests.wallets.reserves.treasury import cosigned, drawn, row
from wallets.addresses import keysets
from wallets.custody import offline
from wallets.reserves import ownership, progress, snapshot
from wallets.reserves.models import Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_our_transaction")]
WORK = "/staff/reserves/work/"


def desk(role: str):
    roles.sync_roles()
    person = factories.user(is_staff=True)
    person.groups.set(Group.objects.filter(name=role))
    return verified(person)


@pytest.fixture
def treasurer():
    return desk(roles.TREASURY_OPERATOR)


@pytest.fixture
def cold():
    """Two customers, and a cold wallet of three cosigners that covers what they are owed."""
    for amount in ("0.7", "0.3"):
        factories.fund(factories.customer(), "BTC", amount)
    btc = network("BTC")
    asset_network("BTC", btc)
    publics = [drawn(number).public for number in (1, 2, 3)]
    keys = keysets.register(
        network=btc,
        name="btc-cold",
        role="cold",
        scheme="wsh_multi",
        public=offline.cold_descriptor(publics, 2),
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    coin(keys, 100_000_000)
    return keys


def test_a_treasurer_takes_a_snapshot_and_sees_what_it_says(
    treasurer, cold, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = treasurer.post(WORK, {"take-reason": "month's end", "take": "1"})
    made = Snapshot.objects.get()

    assert answer.url == f"/staff/wallets/snapshot/{made.pk}/change/"
    assert made.state == Snapshot.State.READY  # the worker did it
    page = treasurer.get(answer.url).content.decode()
    assert bytes(made.root).hex() in page
    assert "0.00 %" in page


def test_without_a_reason_nothing_is_taken(treasurer):
    assert treasurer.post(WORK, {"take-reason": " ", "take": "1"}).status_code == 422
    assert Snapshot.objects.count() == 0


def test_the_page_shows_how_far_the_building_is(treasurer, cold):
    factories.fund(factories.customer(), "ETH", "1")
    asked = snapshot.request(actor=factories.SYSTEM, reason="test")
    snapshot.keep_moment(snapshot_id=asked.pk)
    where = f"/staff/wallets/snapshot/{asked.pk}/change/"

    assert 'data-pulse="' in treasurer.get(where).content.decode()
    part = treasurer.get(f"{where}?progress=1").content.decode()
    assert "0 of 2 trees, 0 leaves so far." in part
    assert "Now: BTC." in part

    progress.advance(snapshot_id=asked.pk)

    assert "Done." in treasurer.get(f"{where}?progress=1").content.decode()
    assert 'data-pulse="' not in treasurer.get(where).content.decode()


def test_requests_go_out_and_signatures_come_in_by_the_page(treasurer, cold):
    kept = taken()
    requests = treasurer.get(f"{WORK}?requests=1").json()
    assert requests == ownership.to_cosign(kept)

    for number in (1, 2):
        signed = json.dumps(cosigned(number, requests))
        treasurer.post(WORK, {"hand-document": signed, "hand_in": "1"})

    assert row(kept, cold).proved_at is not None
    assert (
        "100.00 %" in treasurer.get(f"/staff/wallets/snapshot/{kept.pk}/change/").content.decode()
    )


@pytest.mark.parametrize("nonsense", ["", "{", "[]", "null", '{"snapshot": "x", "signatures": []}'])
def test_nonsense_is_refused_on_the_page_and_breaks_nothing(treasurer, cold, nonsense):
    kept = taken()
    answer = treasurer.post(WORK, {"hand-document": nonsense, "hand_in": "1"})

    assert answer.status_code in (302, 422)
    assert row(kept, cold).partial == {}


def test_the_proposal_is_made_by_the_action(treasurer, cold):
    kept = taken()
    where = f"/staff/wallets/snapshot/act/propose/?ids={kept.pk}"
    assert treasurer.get(where).status_code == 200

    treasurer.post(where, {"reason": "month's end"})

    assert Proposal.objects.get().kind == "reserves.publish"


def test_support_may_not_open_the_desk(cold):
    kept = taken()
    support = desk(roles.SUPPORT_AGENT)

    assert support.get(WORK).status_code == 403
    assert support.get(f"/staff/wallets/snapshot/{kept.pk}/change/?progress=1").status_code == 403


def test_an_auditor_looks_and_changes_nothing(cold):
    kept = taken()
    auditor = desk(roles.AUDITOR)

    assert auditor.get(f"/staff/wallets/snapshot/{kept.pk}/change/").status_code == 200
    assert auditor.get(WORK).status_code == 403
    assert auditor.get(f"/staff/wallets/snapshot/act/propose/?ids={kept.pk}").status_code == 403


def test_addresses_show_what_they_sign_and_that_they_have_not(treasurer, cold):
    kept = taken()
    at = row(kept, cold)
    page = treasurer.get(f"/staff/wallets/reserveaddress/{at.pk}/change/").content.decode()

    assert at.message in page
    assert "not signed" in page
    assert "1 <span" in page or ">1<" in page
    listed = treasurer.get(f"/staff/wallets/reserveaddress/?snapshot={kept.pk}")
    assert at.written in listed.content.decode()
