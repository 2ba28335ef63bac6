"""What leaves: when a customer is asked, when a message is sent, and when the coins may go."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.demo.peer import folder as peer_files
from compliance.travel_rule import contents, decide, directory, outgoing, owners, send, sweep
from compliance.travel_rule.models import (
    AddressOwner,
    CounterpartyAddress,
    TravelExchange,
    TravelMessage,
)
from compliance.travel_rule.outgoing import Question
from compliance.travel_rule.owners import NewOwner
from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.models import OutboxEvent
from tests import factories
from tests.compliance.travel_rule.conftest import THEIRS, known
from tests.factories.accounts import acting, rows_of_every_table, staff

pytestmark = pytest.mark.django_db
ELSEWHERE = "bc1qelsewhere"


def question(who, usd="5000", key=THEIRS, transfer="") -> Question:
    return Question(
        customer_id=who.pk,
        asset="BTC",
        network="BTC",
        address=key,
        key=key,
        memo="",
        amount=D("0.1"),
        usd=None if usd is None else D(usd),
        transfer=transfer,
    )


def opened(who, **more) -> TravelMessage:
    row = outgoing.open_transfer(question(who, transfer="withdrawal:1", **more))
    assert row is not None
    return row


def say(who, kind, key=THEIRS, **more) -> AddressOwner:
    return owners.declare(
        new=NewOwner(customer_id=who.pk, network="BTC", key=key, kind=kind, **more),
        actor=acting(who),
    )


@pytest.mark.parametrize(
    ("country", "usd", "asked"),
    [
        ("US", "2999.99", False),
        ("US", "3000", True),
        ("CA", "679.99", False),  # CAD 1,000 at 0.68
        ("CA", "680", True),
        ("DE", "0.01", True),  # the Union knows no threshold
        ("BR", "999.99", False),
        ("BR", "1000", True),
        ("", "1000", True),
        ("US", None, True),  # nobody knows what it is worth
    ],
)
def test_from_which_amount_the_rule_asks_depends_on_where_the_customer_lives(country, usd, asked):
    who = known(country)

    standing = outgoing.standing(question(who, usd=usd))

    assert (standing.passes, standing.asks) == ((False, "owner") if asked else (True, ""))
    assert not TravelMessage.objects.exists()


def test_an_own_wallet_needs_the_customers_word_once_and_the_data_are_kept(our_key, alice):
    say(alice, "own_wallet")

    assert outgoing.standing(question(alice)).passes
    row = opened(alice)

    assert (row.state, row.regime) == ("kept", "US")
    assert contents.get(row)["beneficiary"]["accountNumber"] == [THEIRS]
    assert (row.keep_until - clock.now().date()).days == 5 * 366


def test_what_waited_for_the_customer_goes_on_when_they_answer(our_key, alice):
    row = opened(alice)
    assert row.state == "customer"

    say(alice, "own_wallet")

    row.refresh_from_db()
    assert row.state == "kept"
    told = OutboxEvent.objects.filter(topic="travel_rule.changed").order_by("id")
    assert [event.payload["state"] for event in told] == ["customer", "kept"]


def test_nobody_answers_for_another(alice):
    with pytest.raises(PermissionRefused):
        owners.declare(
            new=NewOwner(customer_id=alice.pk, network="BTC", key=THEIRS, kind="own_wallet"),
            actor=acting(factories.customer()),
        )


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        ("own_account", {}, "provider_name"),
        ("other_wallet", {"name": "Barnes"}, "name"),
        ("other_account", {"provider_name": "X", "name": ""}, "name"),
        ("somebody", {}, "kind"),
    ],
)
def test_an_answer_that_leaves_something_out_is_refused_by_its_field(alice, kind, more, field):
    with pytest.raises(Invalid) as caught:
        say(alice, kind, **more)

    assert caught.value.field == field


def test_in_the_union_a_wallet_is_proved_above_a_thousand_euro(our_key):
    who = known("DE")
    say(who, "own_wallet")

    assert outgoing.standing(question(who, usd="1000")).passes
    assert outgoing.standing(question(who, usd="1021")).asks == "proof"


def test_a_message_goes_to_the_provider_and_its_yes_lets_the_coins_go(peer, alice):
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)
    assert (row.state, row.counterparty) == ("ready", peer.row)

    assert send.send_due() == 1

    row.refresh_from_db()
    assert row.state == "accepted"
    assert outgoing.standing(question(alice, transfer="withdrawal:1")).passes
    exchange = TravelExchange.objects.get()
    assert (exchange.what, exchange.status, exchange.outcome) == ("transfers", 200, "accepted")
    proof = CounterpartyAddress.objects.get(key=THEIRS)
    assert (proof.counterparty, proof.proof) == (peer.row, "exchanged")


def test_a_wrong_name_comes_back_is_put_right_by_the_customer_and_is_taken(peer, alice):
    say(alice, "other_account", provider_id=peer.row.pk, name="Bobby Tables")
    row = opened(alice)
    send.send_due()
    row.refresh_from_db()
    assert (row.state, row.faults[0]["constraint"]) == ("repair", "name")
    assert outgoing.standing(question(alice, transfer="withdrawal:1")).asks == "repair"

    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    send.send_due()

    row.refresh_from_db()
    assert (row.state, row.revision, row.faults) == ("accepted", 2, [])


def test_a_provider_that_does_not_know_the_address_refuses(peer, alice):
    say(alice, "own_account", key=ELSEWHERE, provider_id=peer.row.pk)
    opened(alice, key=ELSEWHERE)

    send.send_due()

    standing = outgoing.standing(question(alice, key=ELSEWHERE, transfer="withdrawal:1"))
    assert (standing.passes, standing.code) == (False, "travel_refused")


def test_a_certificate_that_nobody_vouches_for_is_not_believed(peer, alice, settings):
    settings.TRAVEL_RULE_CA_FILE = ""
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)

    send.send_due()

    row.refresh_from_db()
    assert row.state == "unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in row.says


def test_an_answer_by_another_key_is_not_believed(peer, alice):
    values = peer.values(public_key=factories_key())
    directory.enter(values=values, actor=factories.SYSTEM)
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)

    send.send_due()

    row.refresh_from_db()
    assert (row.state, "signature is not good" in row.says) == ("unreachable", True)


def factories_key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()


def test_who_is_not_reached_is_tried_again_and_then_the_regime_decides(peer, alice):
    directory.enter(
        values=peer.values(endpoint="https://127.0.0.1:1/travel-rule/v1"), actor=factories.SYSTEM
    )
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)

    send.send_due()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("unreachable", 1)
    assert send.send_due() == 0  # not before its time
    with clock.held_at(clock.now() + timedelta(hours=2, minutes=1)):
        assert send.send_due() == 1

    row.refresh_from_db()
    assert row.state == "kept"  # the United States let it go on


@pytest.mark.parametrize(("country", "state"), [("US", "kept"), ("CA", "kept"), ("FR", "staff")])
def test_a_provider_that_takes_no_messages_yet(our_key, country, state):
    who = known(country)
    say(who, "own_account", provider_name="Somewhere Exchange")

    row = opened(who)

    assert (row.state, "takes no messages" in row.says) == (state, True)


def test_a_provider_that_is_suspended_is_an_officers_question(our_key, peer, alice):
    directory.suspend(
        counterparty_id=peer.row.pk, actor=staff(directory.CHANGE), reason="lost its licence"
    )
    say(alice, "own_account", provider_id=peer.row.pk)

    assert opened(alice).state == "staff"


def test_a_customer_nobody_knows_by_name_cannot_be_described(peer):
    who = factories.customer()
    say(who, "own_account", provider_id=peer.row.pk)

    assert opened(who).says == "Nobody knows yet who our customer is."


def test_later_answers_come_by_themselves_and_silence_goes_before_an_officer(peer, alice):
    peer_files.write(
        peer.folder / "customers.json", {THEIRS: {"name": "Robert Barnes", "slow": True}}
    )
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)
    send.send_due()
    row.refresh_from_db()
    assert row.state == "sent"

    with clock.held_at(clock.now() + timedelta(hours=25)):
        assert sweep.overdue() == 1

    row.refresh_from_db()
    assert row.state == "kept"


def test_the_other_provider_hears_by_which_transaction_it_went(peer, alice):
    say(alice, "other_account", provider_id=peer.row.pk, name="Robert Barnes")
    row = opened(alice)
    send.send_due()

    outgoing.paid(transfer="withdrawal:1", txid="ab" * 32)

    assert send.confirm(message_id=row.pk) == 1
    row.refresh_from_db()
    assert row.confirmed_at is not None
    assert send.confirm(message_id=row.pk) == 0


def test_a_second_person_releases_what_has_no_data(our_key, alice):
    row = opened(alice)
    asked = decide.propose_release(
        message_id=row.pk, actor=staff(decide.RELEASE), reason="known to us for years"
    )
    with pytest.raises(Conflict):
        outgoing.refuse_unless_settled("withdrawal:1")

    done = proposals.approve(proposal_id=asked.pk, actor=staff(decide.RELEASE))

    row.refresh_from_db()
    assert (done.state, row.state) == ("executed", "released")
    outgoing.refuse_unless_settled("withdrawal:1")


def test_without_the_permission_nothing_is_decided(our_key, alice):
    row = opened(alice)
    for verb in (decide.refuse, decide.send_again, decide.ask_customer):
        with pytest.raises(PermissionRefused):
            verb(message_id=row.pk, actor=staff(), reason="because")
    with pytest.raises(PermissionRefused):
        decide.look_at_payload(message_id=row.pk, actor=staff(decide.WORK))
    row.refresh_from_db()
    assert row.state == "customer"


def test_personal_data_are_sealed_and_every_look_is_written_down(our_key, alice):
    say(alice, "other_wallet", name="Zebulon Quartermain")
    row = opened(alice)

    seen = decide.look_at_payload(message_id=row.pk, actor=staff(decide.SEE))

    assert "Quartermain" in str(seen)
    assert "Quartermain" not in str(rows_of_every_table())
    assert AuditEvent.objects.filter(verb="travel_rule.look", target_id=str(row.pk)).count() == 1


def test_after_five_years_the_data_are_erased_and_the_row_stays(our_key, alice):
    say(alice, "own_wallet")
    row = opened(alice)
    with clock.held_at(clock.now() + timedelta(days=5 * 365)):
        assert sweep.erase() == 0
    with clock.held_at(clock.now() + timedelta(days=5 * 366 + 2)):
        assert sweep.erase() == 1

    row.refresh_from_db()
    assert (row.sealed, row.state, row.erased_at is not None) == (None, "kept", True)


def test_a_transfer_is_opened_once(our_key, alice):
    assert opened(alice).pk == opened(alice).pk


def test_a_change_of_the_directory_takes_two_people(our_key):
    values = {"name": "Newcomer", "lei": "9845MERIDIANPEER0015", "jurisdiction": "CA"}
    officer = staff(directory.CHANGE)

    asked = directory.propose(values=values, actor=officer, reason="a new partner")

    assert directory.active() == []
    with pytest.raises(proposals.OwnProposal):
        proposals.approve(proposal_id=asked.pk, actor=officer)
    proposals.approve(proposal_id=asked.pk, actor=staff(directory.CHANGE))
    assert [(row.name, row.status) for row in directory.active()] == [("Newcomer", "checked")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://provider.example/travel"),
        ("endpoint", "https://user@provider.example/"),
        ("lei", "TOO-SHORT"),
        ("jurisdiction", "Canada"),
        ("public_key", "zz"),
        ("status", "friendly"),
        ("name", ""),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_by_its_field(field, value):
    values = {
        "name": "Newcomer",
        "lei": "9845MERIDIANPEER0015",
        "jurisdiction": "CA",
        "public_key": factories_key(),
        field: value,
    }
    with pytest.raises(Invalid) as caught:
        directory.propose(values=values, actor=staff(directory.CHANGE), reason="x")

    assert caught.value.field == field


def test_an_address_is_a_providers_when_it_says_so_signed(peer):
    officer = staff(directory.CHANGE)

    kept = directory.ask_address(
        counterparty_id=peer.row.pk, network="BTC", address=THEIRS, key=THEIRS, actor=officer
    )
    other = directory.ask_address(
        counterparty_id=peer.row.pk, network="BTC", address=ELSEWHERE, key=ELSEWHERE, actor=officer
    )

    assert (kept.proof, other) == ("confirmed", None)
