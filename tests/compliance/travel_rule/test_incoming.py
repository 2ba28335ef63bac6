"""What comes in: messages of other providers, and coins that nobody announced."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.demo.peer.server import Peer
from compliance.travel_rule import (
    decide,
    directory,
    incoming,
    moves,
    outgoing,
    owners,
    receive,
    send,
    sweep,
    wire,
)
from compliance.travel_rule.incoming import Arrival
from compliance.travel_rule.ivms101.parts import Message, Party, Provider, build
from compliance.travel_rule.models import SeenRequest, TravelExchange, TravelMessage
from exchange.audit import proposals
from exchange.core import clock
from tests import factories
from tests.compliance.travel_rule.conftest import OUR_KEY, OURS, PEER_LEI, known
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db
TXID = "cd" * 32


def payload(name: str = "Alice Smith") -> dict:
    given, _, family = name.rpartition(" ")
    return build(
        Message(
            originator=Party(family_name="Barnes", given_names="Robert", customer_number="7"),
            beneficiary=Party(family_name=family, given_names=given, accounts=(OURS,)),
            originating=Provider(name="Meridian", lei=PEER_LEI, country="CA"),
        )
    )


def letter(**other) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "revision": 1,
        "asset": "BTC",
        "network": "BTC",
        "amount": "0.1",
        "address": OURS,
        "ivms101": payload(),
        **other,
    }


def arrival(who, **other) -> Arrival:
    values = {
        "transfer": "deposit:1",
        "customer_id": who.pk,
        "asset": "BTC",
        "network": "BTC",
        "address": OURS,
        "key": OURS,
        "memo": "",
        "amount": D("0.1"),
        "usd": D(5000),
        "sender": "",
        "txid": TXID,
    }
    return Arrival(**{**values, **other})


@pytest.fixture
def theirs(peer, client):
    """Sends what the peer signs, and returns the answer once its signature was checked."""
    signer = Peer(peer.folder)

    def ask(what: str, body: object, *, raw: bytes | None = None, headers: dict | None = None):
        sent = json.dumps(body).encode() if raw is None else raw
        signed = headers or signer.signed(what, sent)
        answer = client.post(
            f"/travel-rule/v1/{what}",
            data=sent,
            content_type="application/json",
            headers={name: value for name, value in signed.items() if name != "Content-Type"},
        )
        if answer.status_code not in (401, 413):
            wire.check_answer(
                public_key=OUR_KEY.public_key().public_bytes_raw().hex(),
                signature=answer.headers[wire.SIGNATURE],
                nonce=signed[wire.NONCE],
                status=answer.status_code,
                body=answer.content,
            )
        return answer.status_code, answer.json()

    ask.signer = signer
    return ask


def test_a_message_before_its_coins_is_accepted_and_the_coins_are_not_held(theirs, alice, ours_is):
    ours_is(alice)

    status, answer = theirs("transfers", letter())

    assert (status, answer["outcome"]) == (200, "accepted")
    row = TravelMessage.objects.get()
    assert (row.state, row.customer_id) == ("received", alice.pk)
    assert incoming.standing(arrival(alice)).passes
    row.refresh_from_db()
    assert (row.state, row.transfer, row.txid) == ("accepted", "deposit:1", TXID)


def test_other_coins_are_not_let_in_by_it(theirs, alice, ours_is):
    ours_is(alice)
    theirs("transfers", letter(txid="ef" * 32))

    assert not incoming.standing(arrival(alice)).passes
    assert not incoming.standing(arrival(alice, transfer="deposit:2", amount=D("0.2"))).passes


def test_coins_before_their_message_wait_and_go_on_with_it(theirs, alice, ours_is):
    ours_is(alice)
    assert incoming.standing(arrival(alice)).asks == "owner"

    _status, answer = theirs("transfers", letter(txid=TXID))

    assert answer["outcome"] == "accepted"
    row = TravelMessage.objects.get()
    assert (row.state, row.transfer) == ("accepted", "deposit:1")
    assert incoming.standing(arrival(alice)).passes


def test_another_name_than_our_customers_waits_for_an_officer(theirs, alice, ours_is):
    ours_is(alice)

    _status, answer = theirs("transfers", letter(ivms101=payload("Mallory Jones")))

    assert answer["outcome"] == "pending"
    assert TravelMessage.objects.get().state == "staff"
    standing = incoming.standing(arrival(alice))
    assert (standing.passes, standing.code) == (False, "travel_officer")


def test_a_faulty_message_is_answered_with_its_faults_and_taken_once_repaired(
    theirs, alice, ours_is
):
    ours_is(alice)
    broken = payload()
    del broken["originator"]["originatorPerson"][0]["naturalPerson"]["customerIdentification"]
    first = letter(ivms101=broken)

    _status, answer = theirs("transfers", first)
    assert (answer["outcome"], answer["faults"][0]["constraint"]) == ("repair", "C1")
    assert TravelMessage.objects.get().sealed is None

    _status, answer = theirs("transfers", {**first, "revision": 2, "ivms101": payload()})
    assert (answer["outcome"], answer["faults"]) == ("accepted", [])


def test_the_same_message_again_is_answered_as_before(theirs, alice, ours_is):
    ours_is(alice)
    once = letter()

    assert theirs("transfers", once) == theirs("transfers", once)
    assert TravelMessage.objects.count() == 1


def test_an_address_that_is_not_ours_is_refused_and_nothing_is_kept(theirs, alice, ours_is):
    ours_is(alice)

    _status, answer = theirs("transfers", letter(address="bc1qnobody"))

    assert answer["outcome"] == "refused"
    assert not TravelMessage.objects.exists()
    assert TravelExchange.objects.get().outcome == "refused"


def test_only_that_an_address_is_ours_is_told_not_whose(theirs, alice, ours_is):
    ours_is(alice)

    assert theirs("addresses", {"network": "BTC", "address": OURS}) == (200, {"outcome": "ours"})
    assert theirs("addresses", {"network": "BTC", "address": "x"}) == (200, {"outcome": "unknown"})


def test_a_request_is_taken_once(theirs, alice, ours_is):
    ours_is(alice)
    raw = json.dumps(letter()).encode()
    headers = theirs.signer.signed("transfers", raw)

    assert theirs("transfers", None, raw=raw, headers=headers)[0] == 200
    assert theirs("transfers", None, raw=raw, headers=headers)[0] == 401
    assert TravelMessage.objects.count() == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda h, raw: ({**h, wire.SIGNATURE: "AAAA"}, raw),
        lambda h, raw: ({**h, wire.TIMESTAMP: str(int(h[wire.TIMESTAMP]) + 1)}, raw),
        lambda h, raw: ({**h, wire.NONCE: "0" * 32}, raw),
        lambda h, raw: ({**h, wire.TO: PEER_LEI}, raw),
        lambda h, raw: ({**h, wire.FROM: "9845NOBODYKNOWNXXX00"}, raw),
        lambda h, raw: (h, raw.replace(b"0.1", b"9.1")),
        lambda h, raw: ({k: v for k, v in h.items() if k != wire.NONCE}, raw),
    ],
    ids=["signature", "time", "nonce", "receiver", "sender", "body", "missing"],
)
def test_what_is_not_as_it_was_signed_is_refused(theirs, alice, ours_is, spoil):
    ours_is(alice)
    raw = json.dumps(letter()).encode()
    headers, sent = spoil(theirs.signer.signed("transfers", raw), raw)

    assert theirs("transfers", None, raw=sent, headers=headers)[0] == 401
    assert not TravelMessage.objects.exists()


def test_a_signature_for_one_path_is_good_for_no_other(theirs):
    raw = json.dumps({"network": "BTC", "address": OURS}).encode()

    headers = theirs.signer.signed("transfers", raw)

    assert theirs("addresses", None, raw=raw, headers=headers)[0] == 401


@pytest.mark.parametrize("late", [-121, 121])
def test_a_request_is_good_for_two_minutes(theirs, late):
    raw = json.dumps({"network": "BTC", "address": OURS}).encode()
    now = clock.now()
    headers = wire.sign(
        key=theirs.signer.key, method="POST", path="/travel-rule/v1/addresses", body=raw,
        sender=PEER_LEI, to="9845HOLDFASTEXCH0083", at=int(now.timestamp()) + late,
    )  # fmt: skip

    with clock.held_at(now):
        assert theirs("addresses", None, raw=raw, headers=headers)[0] == 401


def test_a_suspended_provider_is_not_listened_to(theirs, peer):
    directory.suspend(
        counterparty_id=peer.row.pk, actor=staff(directory.CHANGE), reason="stolen key"
    )

    assert theirs("addresses", {"network": "BTC", "address": OURS})[0] == 401


def test_too_much_is_not_read(theirs):
    assert theirs("transfers", None, raw=b"[" * (wire.MOST_BYTES + 1))[0] == 413


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (letter(id="7"), "id"),
        (letter(amount="-1"), "amount"),
        (letter(amount="1e9"), "amount"),
        (letter(asset=""), "asset"),
        (letter(revision=0), "revision"),
        (letter(revision=True), "revision"),
        (letter(address=7), "address"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(theirs, body, field):
    status, answer = theirs("transfers", body)

    assert (status, answer["field"]) == (422, field)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_junk_is_refused_and_breaks_nothing(theirs, raw):
    assert theirs("transfers", None, raw=raw)[0] == 422


def test_small_payments_and_those_without_a_price_are_not_held(alice):
    assert incoming.standing(arrival(alice, usd=D("2999.99"))).passes
    assert incoming.standing(arrival(alice, usd=None)).passes
    assert not TravelMessage.objects.exists()


def test_a_customer_says_where_unannounced_coins_came_from(our_key, alice):
    standing = incoming.standing(arrival(alice))
    assert (standing.passes, standing.asks) == (False, "owner")

    owners.declare(
        new=owners.NewOwner(
            customer_id=alice.pk, network="BTC", key=f"tx:{TXID}", kind="own_wallet"
        ),
        actor=acting(alice),
    )

    assert incoming.standing(arrival(alice)).passes


def test_silence_of_the_customer_goes_before_an_officer(our_key, alice):
    incoming.standing(arrival(alice))

    with clock.held_at(clock.now() + timedelta(days=7, seconds=1)):
        assert sweep.overdue() == 1

    row = TravelMessage.objects.get()
    assert (row.state, row.says) == ("staff", "The customer did not answer in time.")


def test_a_known_providers_address_has_its_provider_asked(peer, alice):
    directory.note_address(
        counterparty_id=peer.row.pk, network="ERC20", key="0xpeer", evidence="its website",
        actor=staff(directory.CHANGE),
    )  # fmt: skip
    coins = arrival(alice, network="ERC20", asset="ETH", sender="0xpeer")
    assert incoming.standing(coins).code == "travel_sending"

    send.send_due()

    row = TravelMessage.objects.get()
    assert (row.state, row.says) == ("staff", "The provider that was asked knows nothing of it.")
    assert TravelExchange.objects.get().what == "enquiries"


def test_a_small_payment_out_of_a_wallet_proves_it(our_key):
    who = known("DE")
    mine = owners.declare(
        new=owners.NewOwner(customer_id=who.pk, network="ERC20", key="0xwallet", kind="own_wallet"),
        actor=acting(who),
    )
    asked = owners.ask_proof(owner_id=mine.pk, actor=acting(who), asset="ETH", least=D("0.001"))

    def pays(amount):
        return owners.notice_payment(
            customer_id=who.pk, network="ERC20", sender="0xwallet", asset="ETH", amount=amount,
            actor=factories.SYSTEM,
        )  # fmt: skip

    assert pays(asked.challenge_amount + D("0.000001")) is None
    assert pays(asked.challenge_amount).proof == "satoshi"
    assert pays(asked.challenge_amount) is None


def test_an_enquiry_about_what_we_sent_is_answered_by_the_message(theirs, peer, alice):
    owners.declare(
        new=owners.NewOwner(
            customer_id=alice.pk, network="BTC", key="bc1qtheircustomer",
            kind="other_account", provider_name="Meridian Exchange", name="Robert Barnes",
        ),
        actor=acting(alice),
    )  # fmt: skip
    row = outgoing.open_transfer(
        outgoing.Question(
            alice.pk, "BTC", "BTC", "bc1qtheircustomer", "bc1qtheircustomer", "", D("0.1"),
            D(5000), "withdrawal:1",
        )
    )  # fmt: skip
    outgoing.paid(transfer="withdrawal:1", txid=TXID)
    asked = {"network": "BTC", "txid": TXID, "address": "bc1qtheircustomer"}

    assert theirs("enquiries", {**asked, "txid": "ab" * 32}) == (200, {"outcome": "unknown"})
    assert theirs("enquiries", asked) == (200, {"outcome": "pending"})
    send.send_due()

    row.refresh_from_db()
    assert (row.state, row.counterparty) == ("accepted", peer.row)


def test_an_officers_refusal_is_told_to_the_other_side(theirs, alice, ours_is):
    ours_is(alice)
    once = letter(ivms101=payload("Mallory Jones"))
    theirs("transfers", once)

    decide.refuse(
        message_id=TravelMessage.objects.get().pk, actor=staff(decide.WORK), reason="not theirs"
    )

    assert theirs("transfers", once)[1]["outcome"] == "refused"
    assert not incoming.standing(arrival(alice)).passes


def test_two_people_accept_what_does_not_agree_before_its_coins_come(theirs, alice, ours_is):
    ours_is(alice)
    theirs("transfers", letter(ivms101=payload("A. Smith")))
    row = TravelMessage.objects.get()
    asked = decide.propose_release(
        message_id=row.pk, actor=staff(decide.RELEASE), reason="initials"
    )

    proposals.approve(proposal_id=asked.pk, actor=staff(decide.RELEASE))

    assert incoming.standing(arrival(alice)).passes


def test_nonces_are_forgotten_when_they_cannot_come_again(theirs):
    theirs("addresses", {"network": "BTC", "address": OURS})
    assert (SeenRequest.objects.count(), sweep.forget_nonces()) == (1, 0)

    with clock.held_at(clock.now() + timedelta(minutes=9)):
        assert sweep.forget_nonces() == 1


def test_who_we_are_is_public_and_a_stranger_learns_no_more(client, our_key):
    shown = client.get("/travel-rule/v1").json()

    assert (shown["lei"], shown["name"]) == ("9845HOLDFASTEXCH0083", "Holdfast")
    assert shown["public_key"] == OUR_KEY.public_key().public_bytes_raw().hex()
    assert client.post("/travel-rule/v1/transfers", {}).status_code == 401
    assert client.get("/travel-rule/v1/transfers").status_code == 405


def test_every_state_can_be_left_only_as_its_table_says(our_key, alice):
    incoming.standing(arrival(alice))
    row = TravelMessage.objects.get()
    moves.move(row, moves.State.CANCELLED)

    with pytest.raises(moves.Conflict):
        moves.move(row, moves.State.ACCEPTED)


def test_a_flood_of_announcements_is_bounded(theirs, alice, ours_is, monkeypatch):
    ours_is(alice)
    monkeypatch.setattr(receive, "MOST_PENDING", 1)
    for number in range(2):
        theirs("transfers", letter(amount=f"0.{number + 1}"))

    status, answer = theirs("transfers", letter(amount="0.5"))

    assert (status, answer["field"]) == (422, "id")
