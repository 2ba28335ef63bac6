"""A payment out of Bitcoin cold storage, from its draft to the block, on a real node."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from tests.factories import accounts
from tests.factories import sending as hot_wallets
from tests.wallets.custody.vault import Vault, operator
from wallets.custody import holdings
from wallets.custody.cold import cancel, draft, gather, hand_in, send
from wallets.custody.models import ColdPayment, CustodyAlarm
from wallets.custody.psbt import BadPsbt
from wallets.sending.errors import NotEnoughOnHand
from wallets.sending.models import ChainTransaction, Coin, ForeignSpend

pytestmark = pytest.mark.xdist_group("bitcoin node")
State = ColdPayment.State


@pytest.fixture
def vault(bitcoin_node, tmp_path) -> Vault:
    made = Vault(bitcoin_node, tmp_path)
    made.fill("3", "2")
    return made


@pytest.fixture
def signing(vault) -> ColdPayment:
    """A payment of 4 BTC to hot that waits for its cosigners."""
    payment = gather.gather(payment_id=vault.draft("4").pk)
    assert payment.state == State.SIGNING, payment.last_error
    return payment


@pytest.fixture
def ready(vault, signing) -> ColdPayment:
    for number in (1, 3):
        hand_in.hand_in(
            payment_id=signing.pk, content=vault.signed_by(number, signing), actor=operator()
        )
    return vault.row(signing)


def test_two_of_three_move_cold_coins_to_hot(vault, ready):
    assert ready.state == State.READY

    send.send(payment_id=ready.pk, actor=operator())
    assert send.push(payment_id=ready.pk) == ChainTransaction.State.BROADCAST
    vault.node.mine()
    vault.node.follow()

    done = vault.row(ready)
    assert (done.state, done.txid) == (State.DONE, done.digest)
    spread = holdings.by_asset(holdings.holdings())["BTC"]
    fee = Decimal(done.fee_units) / 10**8
    assert (spread.hot, spread.cold) == (Decimal(4), Decimal(1) - fee)
    assert ForeignSpend.objects.count() == CustodyAlarm.objects.count() == 0


def test_one_signature_is_refused(vault, signing):
    hand_in.hand_in(payment_id=signing.pk, content=vault.signed_by(2, signing), actor=operator())
    with pytest.raises(Conflict, match="1 of 2 cosigners"):
        send.send(payment_id=signing.pk, actor=operator())
    assert vault.row(signing).state == State.SIGNING
    assert vault.transaction(signing).signed == ""


def test_the_same_cosigner_twice_is_one(vault, signing):
    content = vault.signed_by(2, signing)
    hand_in.hand_in(payment_id=signing.pk, content=content, actor=operator())
    with pytest.raises(hand_in.SignedAlready):
        hand_in.hand_in(payment_id=signing.pk, content=content, actor=operator())
    assert vault.row(signing).state == State.SIGNING


def test_a_file_of_another_payment_is_refused(vault, signing):
    cancel.cancel(payment_id=signing.pk, actor=operator(), reason="a test")
    other = gather.gather(payment_id=vault.draft("1").pk)
    with pytest.raises(BadPsbt, match="another transaction"):
        hand_in.hand_in(payment_id=other.pk, content=vault.signed_by(1, signing), actor=operator())


def test_what_is_signed_for_a_cancelled_payment_is_not_taken(vault, signing):
    content = vault.signed_by(1, signing)
    cancel.cancel(payment_id=signing.pk, actor=operator(), reason="a test")
    with pytest.raises(Conflict, match="cancelled"):
        hand_in.hand_in(payment_id=signing.pk, content=content, actor=operator())


def test_the_ordinary_sender_never_asks_the_signer_for_a_cold_payment(vault, signing):
    from wallets.sending.send import send as ordinary

    assert ordinary(transaction_id=signing.transaction_id) == ChainTransaction.State.PREPARED
    row = vault.transaction(signing)
    assert (row.asked_at, row.last_error) == (None, "It waits for its cosigners.")


def test_sending_twice_is_sending_once(vault, ready):
    send.send(payment_id=ready.pk, actor=operator())
    send.send(payment_id=ready.pk, actor=operator())
    assert AuditEvent.objects.filter(verb="custody.send").count() == 1
    assert send.push(payment_id=ready.pk) == send.push(payment_id=ready.pk) == "broadcast"


def test_a_fork_takes_a_payment_back_and_it_is_mined_again(vault, ready):
    send.send(payment_id=ready.pk, actor=operator())
    send.push(payment_id=ready.pk)
    vault.node.mine()
    vault.node.follow()
    vault.node.reorg(1)
    vault.node.follow()
    assert vault.row(ready).state in (State.SENT, State.DONE)

    vault.node.adapter.broadcast(vault.transaction(ready).signed)
    vault.node.mine()
    vault.node.follow()

    assert vault.row(ready).state == State.DONE
    assert CustodyAlarm.objects.count() == 0


def test_a_draft_sets_its_coins_aside_and_a_cancelled_one_lets_go(vault):
    payment = vault.draft("4")
    assert Coin.objects.filter(reserved_by__isnull=False).count() == 2
    with pytest.raises(NotEnoughOnHand):
        vault.draft("4")
    cancel.cancel(payment_id=payment.pk, actor=operator(), reason="not needed")
    assert Coin.objects.filter(reserved_by__isnull=False).count() == 0
    assert vault.row(payment).state == State.CANCELLED
    cancel.cancel(payment_id=payment.pk, actor=operator(), reason="again")
    assert AuditEvent.objects.filter(verb="custody.cancel").count() == 1


def test_what_is_sent_is_not_cancelled(vault, ready):
    send.send(payment_id=ready.pk, actor=operator())
    with pytest.raises(Conflict):
        cancel.cancel(payment_id=ready.pk, actor=operator(), reason="too late")


@pytest.mark.parametrize("verb", ["draft", "hand in", "send", "cancel"])
def test_each_step_takes_its_permission(vault, signing, verb):
    nobody = accounts.staff("exchange.view_asset")
    steps = {
        "draft": lambda: vault.draft("1", actor=nobody),
        "hand in": lambda: hand_in.hand_in(payment_id=signing.pk, content=b"", actor=nobody),
        "send": lambda: send.send(payment_id=signing.pk, actor=nobody),
        "cancel": lambda: cancel.cancel(payment_id=signing.pk, actor=nobody, reason="no"),
    }
    with pytest.raises(PermissionRefused):
        steps[verb]()
    assert ColdPayment.objects.count() == 1


def test_a_stranger_s_address_takes_a_second_person(vault):
    with pytest.raises(draft.NeedsSecondPerson):
        vault.draft("1", address=hot_wallets.STRANGER)
    assert ColdPayment.objects.count() == 0

    first = operator()
    asked = draft.propose_outside(
        key_set_id=vault.cold.pk,
        asset_network_id=vault.what.pk,
        address=hot_wallets.STRANGER,
        amount=Decimal(1),
        terms=draft.Terms(5, 0),
        actor=first,
        reason="the auditor's fee",
    )
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=operator())
    decided = proposals.approve(proposal_id=asked.pk, actor=accounts.staff(draft.APPROVE))

    assert decided.state == Proposal.State.EXECUTED, decided.outcome
    payment = ColdPayment.objects.get()
    assert (payment.whose, payment.drafted_by) == ("", first.label)
    assert payment.approved_by != first.label != ""


@pytest.mark.parametrize(
    ("amount", "address", "refusal"),
    [
        ("0", "", Invalid),
        ("0.000000001", "", Invalid),
        ("1", "nonsense", Invalid),
        ("1", "cold", Invalid),
        ("100", "", NotEnoughOnHand),
    ],
)
def test_what_makes_no_sense_is_not_drafted(vault, amount, address, refusal):
    with pytest.raises(refusal):
        vault.draft(amount, address=vault.cold_address if address == "cold" else address)
    assert ColdPayment.objects.count() == ChainTransaction.objects.count() == 0


def test_a_hot_wallet_has_no_cold_payments(vault):
    with pytest.raises(NotFound):
        draft.draft(
            key_set_id=vault.hot.pk,
            asset_network_id=vault.what.pk,
            address=vault.cold_address,
            amount=Decimal(1),
            terms=draft.Terms(5, 0),
            actor=operator(),
            reason="no",
        )


def test_treasury_drafts_on_a_page_and_strangers_become_a_proposal(vault, as_role):
    client = as_role("treasury operator")
    where = reverse("admin:cold_draft")
    asked = {"source": f"{vault.cold.pk}:{vault.what.pk}", "amount": "1", "reason": "hot is low"}

    assert client.post(where, asked).status_code == 302
    payment = ColdPayment.objects.get()
    assert (payment.whose, payment.address) == ("btc-hot", vault.hot_address)

    assert client.post(where, {**asked, "address": hot_wallets.STRANGER}).status_code == 302
    assert Proposal.objects.get().kind == draft.KIND
    assert ColdPayment.objects.count() == 1

    refused = client.post(where, {**asked, "amount": "0.000000001"})
    assert refused.status_code == 422
    assert "at most 8 digits" in refused.content.decode()
