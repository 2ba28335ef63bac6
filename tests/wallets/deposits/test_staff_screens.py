"""The staff screens of deposits: queues, actions with a reason, and the card."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from exchange.accounts import roles
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from tests import factories
from tests.exchange.portal.conftest import as_role, every_role, root, verified  # noqa: F401
from tests.factories import wallets as made
from tests.factories.blocks import Chain, pays
from wallets.addresses.models import KeySet
from wallets.deposits import gate
from wallets.deposits.admin.health import deposits as card
from wallets.deposits.gate import Outcome, Verdict
from wallets.deposits.models import Deposit, ReorgDebt

pytestmark = pytest.mark.django_db
State = Deposit.State
LIST = "/staff/wallets/deposit/"


@pytest.fixture
def held(chain, hers, btc, monkeypatch) -> Deposit:
    monkeypatch.setattr(gate, "_gates", dict(gate._gates))
    gate.register("suspicion", lambda facts: Outcome(Verdict.HOLD, "odd", "looks odd"))
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()
    return Deposit.objects.get()


@pytest.fixture
def officer(as_role) -> Client:  # noqa: F811
    return as_role(roles.COMPLIANCE_OFFICER)


def act(client: Client, name: str, row: Deposit, **values: str):
    return client.post(f"{LIST}act/{name}/?ids={row.pk}", values, follow=True)


def test_a_held_deposit_shows_what_the_gates_said_and_what_can_be_done(officer, held):
    page = officer.get(f"{LIST}{held.pk}/change/").content.decode()

    assert "looks odd" in page
    assert "suspicion" in page
    for label in ("Propose to credit", "Check again", "Refuse: to be returned"):
        assert label in page
    assert "Credit although small" not in page


def test_refusing_takes_a_reason_and_is_written_down(officer, held):
    act(officer, "refuse", held)
    assert Deposit.objects.get().state == State.HELD

    act(officer, "refuse", held, reason="stolen funds")

    assert Deposit.objects.get().state == State.REFUSED
    event = AuditEvent.objects.get(verb="deposits.refuse")
    assert (event.reason, event.user_id) == ("stolen funds", officer.person.pk)


def test_crediting_a_held_deposit_only_makes_a_proposal(officer, held):
    act(officer, "propose-release", held, reason="the customer explained")

    assert Proposal.objects.get().kind == "deposits.release"
    assert Deposit.objects.get().state == State.HELD


def test_the_auditor_reads_and_does_nothing(as_role, held):  # noqa: F811
    auditor = as_role(roles.AUDITOR)

    assert auditor.get(f"{LIST}{held.pk}/change/").status_code == 200
    assert act(auditor, "refuse", held, reason="x").status_code == 403
    assert Deposit.objects.get().state == State.HELD


def test_a_return_is_noted_with_its_transaction_and_an_owner_named_by_number(officer, held, anna):
    act(officer, "refuse", held, reason="stolen")
    act(officer, "note-return", held, reason="sent", txid="ab" * 32)
    assert Deposit.objects.get().state == State.RETURNED

    xrp = made.asset_network("XRP", made.network("XRP", memo_required=True), decimals=6)
    shared = made.address(made.key_set(xrp.network), key="rShared")
    Chain(xrp.network).mine(pays(shared, "20", xrp))
    lost = Deposit.objects.get(state=State.NO_OWNER)
    act(officer, "propose-owner", lost, reason="proved", customer_id=str(anna.pk))
    assert Proposal.objects.get(kind="deposits.assign").payload["customer_id"] == anna.pk


def test_the_queue_lists_those_that_wait_and_no_other(root, held, chain, hers, btc):  # noqa: F811
    chain.mine(pays(hers, "0.00001", btc), pays(hers, "1", btc))

    listed = root.get(f"{LIST}?state=waits").context["cl"].queryset

    assert {row.state for row in listed} == {State.HELD, State.BELOW_MINIMUM}


@pytest.mark.parametrize("text", ["customer {anna}", "{txid}", "{pk}"])
def test_deposits_are_found_by_customer_transaction_and_number(root, held, anna, text):  # noqa: F811
    wanted = text.format(anna=anna.pk, txid=held.txid, pk=held.pk)

    listed = root.get(LIST, {"q": wanted}).context["cl"].queryset

    assert list(listed) == [held]


def test_the_card_is_calm_then_watches_and_at_last_is_bad(db):
    assert card().state == "ok"


def test_a_held_deposit_is_watched_and_after_hours_it_is_bad(held):
    assert (card().state, card().number) == ("watch", "1")

    Deposit.objects.update(changed_at=clock.now() - timedelta(hours=5))

    assert card().state == "bad"


def test_an_unpaid_debt_is_bad(held, anna):
    ReorgDebt.objects.create(
        deposit=held, customer_id=anna.pk, asset=factories.asset("BTC"), amount=1
    )

    assert card().state == "bad"


def test_a_key_set_is_proposed_with_its_first_address_and_nothing_is_registered_yet(as_role):  # noqa: F811
    treasurer = as_role(roles.TREASURY_OPERATOR)
    made.network("ERC20")
    public = made.ACCOUNT["deposit"]
    form = {
        "reason": "new wallet", "network_code": "ERC20", "name": "eth-deposit",
        "role": "deposit", "scheme": "evm_xpub", "public": public, "threshold": "1",
        "signers": "1", "signer_key": "eth-deposit",
    }  # fmt: skip

    page = treasurer.post("/staff/key-sets/register/", {**form, "first_address": "0x" + "11" * 20})
    assert "Its first address is" in page.content.decode()
    treasurer.post(
        "/staff/key-sets/register/",
        {**form, "first_address": "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"},
    )

    assert KeySet.objects.count() == 0
    assert Proposal.objects.get().payload["public"] == public


def test_every_screen_of_addresses_and_deposits_opens(root, held):  # noqa: F811
    made.evm_keys(made.network("ERC20"))
    for name in ("keyset", "address", "bookentry", "reorgdebt", "deposit"):
        assert root.get(f"/staff/wallets/{name}/").status_code == 200
    for row in (KeySet.objects.last(), held.address):
        url = f"/staff/wallets/{row._meta.model_name}/{row.pk}/change/"
        assert root.get(url).status_code == 200
    assert root.get(f"/staff/exchange/customer/{held.customer_id}/change/").status_code == 200
