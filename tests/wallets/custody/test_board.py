"""The treasury board and the screens behind it: what staff see, and what each role may open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from exchange.accounts import roles
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from tests import factories
from tests.factories import sending as hot_wallets
from tests.wallets.custody import cosigners
from wallets.addresses import keysets
from wallets.custody import board, reconcile
from wallets.custody.models import ColdPayment, CustodyAlarm

pytestmark = pytest.mark.django_db
BTC = 100_000_000


@pytest.fixture
def treasury(tmp_path):
    """5 BTC hot, 95 BTC cold, and 100 owed to a customer; some BMX that no chain holds."""
    where, hot, what = hot_wallets.hot_bitcoin()
    people = cosigners.people(tmp_path)
    cold = keysets.register(
        network=where,
        name="btc-cold",
        role="cold",
        scheme="wsh_multi",
        public=people.descriptor,
        threshold=2,
        signers=3,
        actor=factories.SYSTEM,
        reason="tests",
    )
    hot_wallets.coin(hot, 5 * BTC)
    hot_wallets.coin(cold, 95 * BTC)
    holder = factories.customer()
    factories.fund(holder, "BTC", "100")
    factories.fund(holder, "BMX", "7")
    return where, hot, cold, what


def line(code: str = "BTC") -> board.Line:
    return next(each for each in board.board().lines if each.compared.asset == code)


def test_the_board_says_what_lies_where(treasury):
    found = line()
    assert (found.spread.hot, found.spread.cold) == (Decimal(5), Decimal(95))
    assert (found.spread.hot_bp, found.spread.cold_bp, found.cold_enough) == (500, 9_500, True)
    assert (found.compared.on_chain, found.compared.ledger) == (Decimal(100), Decimal(100))
    assert [row.asset for row in board.board().without_chain] == ["BMX"]


def test_too_much_heat_is_shown(treasury):
    hot_wallets.coin(treasury[1], 20 * BTC)
    assert line().cold_enough is False
    assert [each.compared.asset for each in board.board().too_hot] == ["BTC"]


def test_the_board_reads_a_dozen_times_whatever_it_shows(treasury, django_assert_max_num_queries):
    _, hot, cold, _ = treasury
    for number in range(20):
        hot_wallets.coin(hot, number + 1)
        hot_wallets.coin(cold, number + 1)
    with django_assert_max_num_queries(12):
        board.board()


def test_treasury_opens_the_board_in_words_and_in_a_picture(treasury, as_role):
    page = as_role(roles.TREASURY_OPERATOR).get(reverse("admin:treasury_board"))
    body = page.content.decode()
    assert page.status_code == 200
    assert "BTC: cold 95.00 %, hot 5.00 %; the policy wants 90.00 % cold" in body
    assert 'class="share share--cold" x="0" y="4" width="950"' in body
    assert "No chain here" in body
    assert "BMX" in body
    assert "style=" not in body


@pytest.mark.parametrize(
    ("role", "status"),
    [(roles.AUDITOR, 200), (roles.INCIDENT_COMMANDER, 200), (roles.SUPPORT_AGENT, 403)],
)
def test_who_may_look(treasury, as_role, role, status):
    assert as_role(role).get(reverse("admin:treasury_board")).status_code == status


@pytest.mark.parametrize("name", ["cold_draft", "cold_hand_in"])
@pytest.mark.parametrize("role", [roles.AUDITOR, roles.INCIDENT_COMMANDER, roles.SUPPORT_AGENT])
def test_only_the_treasury_drafts_and_hands_in(treasury, as_role, role, name):
    arguments = [1] if name == "cold_hand_in" else []
    assert as_role(role).get(reverse(f"admin:{name}", args=arguments)).status_code == 403


@pytest.fixture
def payment(treasury):
    """A payment that waits for its cosigners."""
    from tests.wallets.custody.vault import operator
    from wallets.custody.cold import draft
    from wallets.custody.cold.terms import Terms

    _, hot, cold, what = treasury
    from wallets.addresses import issue

    made = draft.draft(
        key_set_id=cold.pk,
        asset_network_id=what.pk,
        address=issue.own_address(key_set_id=hot.pk).address,
        amount=Decimal(3),
        terms=Terms(5, 0),
        actor=operator(),
        reason="hot runs low",
    )
    ColdPayment.objects.filter(pk=made.pk).update(state="signing")
    return ColdPayment.objects.get(pk=made.pk)


def test_a_payment_s_page_shows_what_is_signed(payment, as_role):
    client = as_role(roles.TREASURY_OPERATOR)
    body = client.get(reverse("admin:wallets_coldpayment_change", args=[payment.pk]))
    text = body.content.decode()
    assert body.status_code == 200
    assert "pays btc-hot" in text
    assert "comes back to the wallet" in text
    assert "2 of 3 have to sign." in text

    file = client.get(reverse("admin:cold_file", args=[payment.pk]))
    assert file.content.startswith(b"psbt\xff")
    assert file["Content-Disposition"] == f'attachment; filename="cold-{payment.pk}.psbt"'


def test_junk_that_is_handed_in_is_refused_in_words(payment, as_role):
    address = reverse("admin:cold_hand_in", args=[payment.pk])
    answer = as_role(roles.TREASURY_OPERATOR).post(address, {"text": "hello"})
    assert answer.status_code == 422
    assert "This is no PSBT." in answer.content.decode()
    assert payment.signatures.count() == 0


def test_every_custody_screen_opens(payment, as_role):
    reconcile_now()
    client = as_role(roles.TREASURY_OPERATOR)
    for name in ("coldpayment", "custodyalarm", "chaincomparison", "walletpolicy"):
        page = client.get(reverse(f"admin:wallets_{name}_changelist"))
        assert page.status_code == 200, name
    assert client.get(reverse("admin:cold_draft")).status_code == 200
    assert client.get(reverse("admin:desk", args=["treasury"])).status_code == 200


def reconcile_now() -> list[reconcile.Compared]:
    return reconcile.compared()


def test_chains_and_ledger_agree_to_the_last_unit(treasury):
    assert {row.asset: (row.ok, row.difference) for row in reconcile_now()} == {
        "BTC": (True, Decimal(0)),
        "BMX": (True, Decimal(-7)),  # no chain of ours: shown, and no alarm
    }


@pytest.mark.parametrize(("units", "difference"), [(1, "0.00000001"), (-1, "-0.00000001")])
def test_one_satoshi_is_noticed(treasury, units, difference):
    coin = treasury[1].addresses.first().coins.first()
    coin.units += units
    coin.save()
    row = next(each for each in reconcile_now() if each.asset == "BTC")
    assert (row.ok, row.difference) == (False, Decimal(difference))


@pytest.mark.django_db(transaction=True)
def test_less_on_the_chain_stops_withdrawals_of_the_asset_once(treasury):
    from exchange.core.models import Switch

    coin = treasury[1].addresses.first().coins.first()
    coin.units -= 1
    coin.save()

    found = reconcile.reconcile()
    reconcile.reconcile()

    assert found is not None
    assert found.ok is False
    alarm = CustodyAlarm.objects.get()
    assert (alarm.kind, alarm.grade) == ("difference", "stop")
    assert alarm.says.startswith("The chain has 0.00000001 BTC less than the ledger")
    assert list(Switch.objects.filter(closed=True).values_list("name", flat=True)) == [
        "withdrawals:asset:BTC"
    ]


@pytest.mark.django_db(transaction=True)
def test_more_on_the_chain_is_watched_and_booked_by_two_people(treasury):
    from exchange.audit import proposals
    from exchange.core.errors import Conflict, PermissionRefused
    from exchange.core.models import Switch
    from tests.factories import accounts as people

    hot_wallets.coin(treasury[2], 5)
    reconcile.reconcile()
    assert CustodyAlarm.objects.get().grade == "watch"
    assert Switch.objects.filter(closed=True).count() == 0

    first = people.staff(reconcile.BOOK)
    with pytest.raises(PermissionRefused):
        reconcile.propose_booking(asset="BTC", actor=people.staff(), reason="dust")
    asked = reconcile.propose_booking(asset="BTC", actor=first, reason="dust")
    done = proposals.approve(proposal_id=asked.pk, actor=people.staff(reconcile.BOOK))

    assert done.state == "executed", done.outcome
    assert reconcile.reconcile().ok
    with pytest.raises(Conflict):
        reconcile.propose_booking(asset="BTC", actor=first, reason="again")


def test_a_surplus_is_the_owners_capital(treasury):
    btc = factories.asset("BTC")
    reconcile.book(asset_id=btc.pk, amount=Decimal(1), reference="test")
    row = next(each for each in reconcile_now() if each.asset == "BTC")
    assert row.ledger == Decimal(101)
    capital = accounts.house_account(asset_id=btc.pk, purpose=accounts.CAPITAL)
    assert post(
        kind="test",
        reference="undo",
        legs=[
            Leg(capital, available=Decimal(-1)),
            Leg(
                accounts.house_account(asset_id=btc.pk, purpose=accounts.CUSTODY),
                available=Decimal(1),
            ),
        ],
    )
