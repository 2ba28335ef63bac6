"""A deposit from its block to the balance, and what stands in its way."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.core import mail

from compliance.screening.models import Blocking
from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import restrict, standing_restrictions
from exchange.core import outbox
from exchange.core.models import Fact, OutboxEvent, Switch
from exchange.ledger import accounts, queries
from tests import factories
from tests.factories import wallets as made
from tests.factories.accounts import staff
from tests.factories.blocks import Chain, pays
from tests.factories.screening import listed
from wallets.chains.interface import ChainUnavailable
from wallets.chains.models import NetworkWatch
from wallets.deposits import gate, pauses, review, senders
from wallets.deposits.gate import Outcome, Verdict
from wallets.deposits.models import Deposit, DepositCheck
from wallets.deposits.queries import not_booked, of_customer
from wallets.sending.models import ChainTransaction

pytestmark = pytest.mark.django_db
State = Deposit.State


def custody(code: str) -> D:
    return factories.house(code, accounts.CUSTODY)


def test_a_payment_is_seen_in_its_block_and_credited_after_its_confirmations(
    chain, anna, hers, btc
):
    chain.mine(pays(hers, "0.5", btc))
    row = of_customer(customer_id=anna.pk)[0]
    assert (row.state, row.confirmations, row.needed) == (State.CONFIRMING, 1, 2)
    assert chain.credit() == 0
    assert factories.available(anna, "BTC") == 0

    chain.mine()
    assert chain.credit() == 1

    assert factories.available(anna, "BTC") == D("0.5")
    assert custody("BTC") == D("-0.5")
    row = of_customer(customer_id=anna.pk)[0]
    assert (row.state, row.confirmations, row.amount) == (State.CREDITED, 2, D("0.5"))


def test_crediting_again_credits_nothing(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine_many(3)
    chain.credit()

    assert chain.credit() == 0
    assert factories.available(anna, "BTC") == D("0.5")


def test_two_outputs_of_one_transaction_are_two_deposits(chain, anna, hers, btc):
    chain.mine(
        pays(hers, "0.5", btc, name="a", number=0), pays(hers, "0.25", btc, name="a", number=1)
    )
    chain.mine()

    assert chain.credit() == 2
    assert factories.available(anna, "BTC") == D("0.75")


def test_a_miners_reward_waits_until_it_could_be_spent(chain, anna, hers, btc):
    chain.mine(pays(hers, "50", btc, coinbase=True))
    chain.mine_many(99)
    assert chain.credit() == 0
    assert of_customer(customer_id=anna.pk)[0].needed == 101

    chain.mine()
    assert chain.credit() == 1


def test_the_customer_is_told_by_letter_and_other_rooms_by_an_event(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()

    event = OutboxEvent.objects.get(topic="deposits.credited")
    assert event.payload == {
        "deposit_id": Deposit.objects.get().pk,
        "customer_id": anna.pk,
        "asset": "BTC",
        "amount": "0.5",
    }
    outbox.deliver()
    assert [letter.subject for letter in mail.outbox] == ["0.5 BTC arrived"]


def test_what_pays_strangers_and_our_own_wallets_is_no_deposit(chain, hers, btc):
    hot = made.address(made.key_set(btc.network, "hot"), key="bcrt1qhot")
    chain.mine(
        pays(hot, "1", btc),
        pays(hers, "1", btc)._replace(recipient="bcrt1qstranger"),
        pays(hers, "1", btc)._replace(units=0),
    )

    assert Deposit.objects.count() == 0


def test_fuel_that_we_send_to_an_address_for_its_sweep_is_no_deposit(chain, hers, btc):
    payment = pays(hers, "0.01", btc)
    ChainTransaction.objects.create(
        network=btc.network,
        key_set=hers.key_set,
        purpose="gas",
        reference="gas:1",
        unsigned="{}",
        txid=payment.txid,
    )

    chain.mine(payment)

    assert Deposit.objects.count() == 0


def test_a_withdrawal_of_one_customer_to_the_address_of_another_is_a_deposit(chain, hers, btc):
    payment = pays(hers, "0.01", btc)
    ChainTransaction.objects.create(
        network=btc.network,
        key_set=hers.key_set,
        purpose="withdrawal",
        reference="withdrawals:1",
        unsigned="{}",
        txid=payment.txid,
    )

    chain.mine(payment)

    assert Deposit.objects.count() == 1


def test_below_the_minimum_waits_and_is_not_credited(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.00009999", btc))
    chain.mine_many(5)

    assert chain.credit() == 0
    assert Deposit.objects.get().state == State.BELOW_MINIMUM
    assert not_booked() == {("BTC", "BTC"): D("0.00009999")}


def test_small_deposits_to_one_address_add_up_and_are_credited_together(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.00004", btc, name="first"))
    chain.mine(pays(hers, "0.00005", btc, name="second"))
    chain.mine_many(3)
    assert chain.credit() == 0

    chain.mine(pays(hers, "0.00001", btc, name="third"))
    chain.mine()

    assert chain.credit() == 3
    assert factories.available(anna, "BTC") == D("0.0001")
    assert {d.state for d in Deposit.objects.all()} == {State.CREDITED}
    assert not_booked() == {}


def test_small_deposits_to_two_addresses_or_of_two_assets_do_not_add_up(chain, anna, hers, btc):
    other = made.address(hers.key_set, key="bcrt1qother", customer_id=factories.customer().pk)
    usdt = made.asset_network(
        "USDT", btc.network, precision=12, decimals=6, contract="0xusdt", deposit_min="1"
    )
    chain.mine(pays(hers, "0.00006", btc, name="a"))
    chain.mine(pays(other, "0.00006", btc, name="b"))
    chain.mine(pays(hers, "0.6", usdt, name="c"))
    chain.mine_many(3)

    assert chain.credit() == 0
    assert {d.state for d in Deposit.objects.all()} == {State.BELOW_MINIMUM}


def test_what_staff_took_out_of_the_queue_adds_nothing(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.00009", btc, name="first"))
    review.ignore(
        deposit_id=Deposit.objects.get().pk, actor=staff("wallets.review_deposit"), reason="dust"
    )

    chain.mine(pays(hers, "0.00009", btc, name="second"))
    chain.mine_many(3)

    assert chain.credit() == 0


def test_a_fork_takes_back_what_was_credited_together_and_mining_it_again_credits_it(
    chain, anna, hers, btc
):
    chain.mine(pays(hers, "0.00006", btc, name="first"))
    chain.mine(pays(hers, "0.00006", btc, name="second"))
    chain.mine()
    assert chain.credit() == 2
    lost = chain.fork(2)
    assert factories.available(anna, "BTC") == D("0.00006")

    chain.mine(*lost)
    chain.mine()
    chain.credit()

    assert factories.available(anna, "BTC") == D("0.00012")


def test_the_minimum_itself_is_enough(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.0001", btc))
    chain.mine()

    assert chain.credit() == 1


def test_a_token_that_is_not_listed_credits_nothing(anna):
    eth = made.asset_network("ETH", made.network("ERC20"), precision=18, decimals=18)
    hers = made.address(made.key_set(eth.network), key="0xanna", customer_id=anna.pk)
    chain = Chain(eth.network)
    chain.mine(pays(hers, "5", eth)._replace(contract="0xfake"))
    chain.mine_many(3)

    assert chain.credit() == 0
    assert Deposit.objects.get().state == State.UNKNOWN_ASSET


def test_a_listed_token_without_a_contract_is_not_the_networks_own_coin(anna):
    """Some assets are listed before their contract is confirmed: they must not pass for ETH."""
    erc20 = made.network("ERC20")
    made.asset_network("LEO", erc20, precision=18, decimals=18, deposit_min="0")
    hers = made.address(made.key_set(erc20), key="0xanna", customer_id=anna.pk)
    eth = made.asset_network("ETH", erc20, precision=18, decimals=18)

    Chain(erc20).mine(pays(hers, "5", eth))

    assert Deposit.objects.get().asset_network == eth


def test_what_an_asset_cannot_keep_stays_with_the_house_and_the_chain_still_adds_up(anna):
    """18 digits on the chain, 12 in the ledger: the customer's part is rounded down."""
    bsc = made.network("BSC_BNB", family="evm", native_asset="BNB")
    usdt = made.asset_network("USDT", bsc, precision=12, decimals=18, contract="0xAB")
    hers = made.address(made.key_set(bsc), key="0xanna", customer_id=anna.pk)
    chain = Chain(bsc)
    chain.mine(pays(hers, "2.000000000000999999", usdt))
    chain.mine_many(2)
    chain.credit()

    assert factories.available(anna, "USDT") == D("2.000000000000")
    assert custody("USDT") == D("-2.000000000000999999")
    assert factories.house("USDT", accounts.ROUNDING) == D("0.000000000000999999")
    assert dict(queries.trial_balance())["USDT"] == 0


@pytest.mark.parametrize("name", ["deposits", "deposits:asset:BTC", "deposits:network:BTC"])
def test_while_a_switch_is_closed_deposits_wait_and_the_reason_is_shown(
    chain, anna, hers, btc, name
):
    switch = Switch.objects.create(
        name=name, closed=True, customer_message="Maintenance until noon."
    )
    chain.mine(pays(hers, "0.5", btc))
    chain.mine_many(2)

    assert chain.credit() == 0
    assert Deposit.objects.get().state == State.CHECKED
    assert pauses.reason(btc) == "Maintenance until noon."

    switch.closed = False
    switch.save()
    assert chain.credit() == 1
    assert pauses.reason(btc) == ""
    assert factories.available(anna, "BTC") == D("0.5")


def test_while_its_node_cannot_be_trusted_nothing_is_credited(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine_many(2)
    NetworkWatch.objects.update(state="lying", reason="height went backwards")

    assert chain.credit() == 0
    assert "paused" in pauses.reason(btc)

    NetworkWatch.objects.update(state="following")
    assert chain.credit() == 1


def test_an_asset_whose_deposits_are_off_waits_and_others_go_on(chain, anna, hers, btc):
    eth = made.asset_network("ETH", made.network("ERC20"), precision=18, decimals=18)
    her_eth = made.address(made.key_set(eth.network), key="0xanna", customer_id=anna.pk)
    btc.deposit_enabled = False
    btc.save()
    ether = Chain(eth.network)
    for each, payment in ((chain, pays(hers, "1", btc)), (ether, pays(her_eth, "1", eth))):
        each.mine(payment)
        each.mine_many(2)
        each.credit()

    assert factories.available(anna, "BTC") == 0
    assert factories.available(anna, "ETH") == 1
    assert "BTC" in pauses.reason(btc)


def judged(chain, payment) -> Deposit:
    chain.mine(payment)
    chain.mine()
    assert chain.credit() == 0
    return Deposit.objects.get()


def test_what_a_restricted_customer_receives_is_held_for_review(chain, anna, hers, btc):
    restrict(customer_id=anna.pk, kind=Restriction.Kind.DEPOSIT, actor=factories.SYSTEM, reason="t")

    deposit = judged(chain, pays(hers, "0.5", btc))

    assert deposit.state == State.HELD
    assert DepositCheck.objects.get(verdict="hold").code == "restricted"


def test_a_sanctioned_sender_is_held_whatever_the_letters_case(chain, hers, btc):
    listed("0xBAD", ticker="ETH")

    deposit = judged(chain, pays(hers, "0.5", btc, sender="0xBAD"))

    assert deposit.state == State.HELD
    assert "OFAC" in deposit.reason


def test_a_sanctioned_sender_freezes_the_account_and_starts_the_clock(chain, anna, hers, btc):
    listed("0xBAD", ticker="ETH")

    deposit = judged(chain, pays(hers, "0.5", btc, sender="0xBAD"))

    blocking = Blocking.objects.get(customer=anna)
    assert blocking.hit.subject == f"deposit:{deposit.pk}:1"
    assert set(standing_restrictions(customer_id=anna.pk).values_list("kind", flat=True)) == {
        Restriction.Kind.WITHDRAWAL,
        Restriction.Kind.TRADING,
    }
    assert deposit.state == State.HELD


def test_every_input_of_a_transaction_is_a_sender(chain, hers, btc, monkeypatch):
    listed("bcrt1qbad", ticker="XBT")
    monkeypatch.setattr(senders, "names_senders", lambda code: True)
    monkeypatch.setattr(
        senders,
        "_ask",
        lambda code, block, deposits: sum(
            Deposit.objects.filter(pk=each.pk).update(senders=["bcrt1qgood", "bcrt1qbad"])
            for each in deposits
        ),
    )

    deposit = judged(chain, pays(hers, "0.5", btc))

    assert (deposit.state, deposit.senders) == (State.HELD, ["bcrt1qgood", "bcrt1qbad"])
    assert [each.reference for each in senders.seen(["bcrt1qbad"])] == [deposit.reference]


def test_a_deposit_waits_while_its_node_does_not_say_who_paid_it(chain, hers, btc, monkeypatch):
    monkeypatch.setattr(senders, "names_senders", lambda code: True)

    def silent(*_args):
        raise ChainUnavailable("the node is away")

    monkeypatch.setattr(senders, "_ask", silent)

    assert judged(chain, pays(hers, "0.5", btc)).state == State.CONFIRMING


def test_a_large_deposit_is_looked_at_by_a_person(chain, hers, btc, settings):
    usdt = made.asset_network(
        "USDT", btc.network, precision=12, decimals=6, contract="0xusdt", deposit_min="1"
    )
    settings.DEPOSIT_REVIEW_ABOVE_USDT = 1000

    deposit = judged(chain, pays(hers, "1000", usdt))

    assert deposit.state == State.HELD
    assert DepositCheck.objects.get(verdict="hold", gate="size").code == "large"


def test_just_below_the_size_nobody_needs_to_look(chain, hers, btc, settings):
    usdt = made.asset_network(
        "USDT", btc.network, precision=12, decimals=6, contract="0xusdt", deposit_min="1"
    )
    settings.DEPOSIT_REVIEW_ABOVE_USDT = 1000
    chain.mine(pays(hers, "999.999999", usdt))
    chain.mine()

    assert chain.credit() == 1


@pytest.fixture
def another_gate(monkeypatch):
    monkeypatch.setattr(gate, "_gates", dict(gate._gates))
    return gate.register


def test_every_gate_is_asked_written_down_and_the_strictest_counts(chain, hers, btc, another_gate):
    another_gate("source of funds", lambda facts: Outcome(Verdict.HOLD, "hold_me", "no data yet"))
    another_gate("court order", lambda facts: Outcome(Verdict.REFUSE, "court", "order 7"), order=1)

    deposit = judged(chain, pays(hers, "0.5", btc))

    assert (deposit.state, deposit.reason) == (State.REFUSED, "order 7")
    assert list(deposit.checks.values_list("gate", "verdict")) == [
        ("court order", "refuse"),
        ("standing", "pass"),
        ("tier", "pass"),
        ("sanctions", "pass"),
        ("honest token", "pass"),
        ("travel rule", "pass"),
        ("size", "pass"),
        ("source of funds", "hold"),
    ]


def test_a_gate_that_breaks_holds(chain, hers, btc, another_gate):
    def broken(facts):
        raise RuntimeError("the list could not be read")

    another_gate("broken", broken)

    deposit = judged(chain, pays(hers, "0.5", btc))

    assert deposit.state == State.HELD
    assert DepositCheck.objects.get(verdict="hold").code == "gate_failed"


def test_a_credit_is_told_to_those_who_watch_once_a_round(chain, anna, hers, btc):
    chain.mine(pays(hers, "0.5", btc))
    chain.mine()
    chain.credit()
    chain.credit()

    fact = Fact.objects.get()
    assert (fact.kind, fact.customer_id) == ("crypto_deposit", anna.pk)
    assert (fact.asset, fact.amount, fact.usd) == ("BTC", D("0.5"), None)
    assert fact.reference == Deposit.objects.get().reference
    assert fact.extra["txid"] == Deposit.objects.get().txid
