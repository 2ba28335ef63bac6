"""A stolen key is noticed in the block that it is used in, and then nothing more leaves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exchange.core import switches
from exchange.core.errors import SwitchedOff
from exchange.core.models import Fact, OutboxEvent, Switch
from tests.factories import sending as wallets
from tests.factories.chains import token
from tests.wallets.custody import thief
from wallets.addresses import issue
from wallets.custody import alarms
from wallets.custody.models import CustodyAlarm, Outflow
from wallets.sending import prepare, send
from wallets.sending import signer as signing
from wallets.sending.models import ChainTransaction

pytestmark = pytest.mark.xdist_group("bitcoin node")
Kind, Grade = CustodyAlarm.Kind, CustodyAlarm.Grade


@pytest.fixture
def hot(bitcoin_node):
    """A hot wallet of 10 BTC in two coins."""
    _, keys, _ = wallets.hot_bitcoin()
    for amount in ("6", "4"):
        bitcoin_node.give(issue.own_address(key_set_id=keys.pk).address, amount)
    bitcoin_node.follow()
    return keys


def closed() -> set[str]:
    return set(Switch.objects.filter(closed=True).values_list("name", flat=True))


def follow(node, callbacks) -> None:
    """As a worker does: what is due after the commit is done in the same step."""
    with callbacks(execute=True):
        node.follow()


def test_a_thief_s_spend_stops_everything_within_its_block(
    bitcoin_node, hot, signer, django_capture_on_commit_callbacks
):
    txid = thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    alarm = CustodyAlarm.objects.get(kind=Kind.FOREIGN_SPEND)
    assert (alarm.grade, alarm.key_set, alarm.facts["txid"]) == (Grade.STOP, hot, txid)
    assert len(alarm.facts["spent"]) == 2
    assert {"withdrawals", "wallet:btc-hot"} <= closed()
    with pytest.raises(SwitchedOff):
        switches.refuse_if_closed(*switches.withdrawals(asset="ETH", network="ERC20"))
    assert signing.status()["frozen"]
    assert alarm.frozen_at is not None
    assert OutboxEvent.objects.filter(topic="custody.alarm").count() >= 1
    told = Fact.objects.get(kind="hot_wallet_payment")
    assert (told.customer_id, told.extra["subject"]) == (None, "wallet:btc-hot")
    assert (told.extra["approved"], told.extra["wallet_share"]) == (False, "1.0000")


def test_what_was_prepared_before_the_theft_is_not_signed_after_it(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    """The control: without the theft it would have been."""
    pay = prepare.Pay(_native(bitcoin_node), wallets.STRANGER, 100_000, "test:1")
    row = prepare.prepare(
        network=bitcoin_node.row,
        key_set=hot,
        purpose="withdrawal",
        reference="withdrawals:test",
        payments=[pay],
        fee_rate=5,
    )
    asked = []

    def sign(each: ChainTransaction) -> send.Signed:
        asked.append(each.pk)
        raise signing.SignerUnavailable("a test")

    thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)
    send.send(transaction_id=row.pk, sign=sign)
    assert asked == []

    Switch.objects.update(closed=False)
    ChainTransaction.objects.filter(pk=row.pk).update(state="prepared")
    send.send(transaction_id=row.pk, sign=sign)
    assert asked == [row.pk]


def test_one_theft_is_one_alarm_and_a_fork_does_not_take_it_back(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)
    bitcoin_node.reorg(1)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    assert CustodyAlarm.objects.filter(kind=Kind.FOREIGN_SPEND).count() == 1
    assert "withdrawals" in closed()


def test_an_alarm_that_was_not_acted_on_is_acted_on_by_the_sweep(bitcoin_node, hot):
    """The watcher was killed between the block's commit and the switches."""
    thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    bitcoin_node.follow()  # callbacks after the commit are not run
    assert closed() == set()

    told: list[str] = []
    assert alarms.enforce(freeze=told.append) == CustodyAlarm.objects.count()

    assert "withdrawals" in closed()
    assert len(told) == 1
    assert alarms.enforce(freeze=told.append) == 0


def test_a_signer_that_does_not_answer_is_asked_again(bitcoin_node, hot, settings):
    settings.SIGNER_SOCKET = "/nowhere/signer.sock"
    thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    bitcoin_node.follow()
    alarms.enforce()
    alarm = CustodyAlarm.objects.get(kind=Kind.FOREIGN_SPEND)
    assert (alarm.switched_at is None, alarm.frozen_at) == (False, None)
    assert alarms.enforce(freeze=lambda why: None) == 1


def test_our_own_payment_is_no_theft(bitcoin_node, hot, django_capture_on_commit_callbacks):
    """The same coins, the same key, and a row that explains them."""
    row = _pay(bitcoin_node, hot, 100_000)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    row.refresh_from_db()
    assert row.state == ChainTransaction.State.CONFIRMED
    assert CustodyAlarm.objects.count() == 0
    assert closed() == set()
    assert Outflow.objects.get().units == 100_000


def test_what_moves_between_our_own_addresses_is_no_drain(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    """All that is gone is the fee, though every coin moved."""
    own = issue.own_address(key_set_id=hot.pk, fresh=True)
    _pay(bitcoin_node, hot, 999_900_000, to=own.address)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    assert not Outflow.objects.exists()
    assert not CustodyAlarm.objects.exists()
    assert not Fact.objects.filter(kind="hot_wallet_payment").exists()


def test_most_of_the_wallet_at_once_stops_its_asset_though_every_payment_is_ours(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    _pay(bitcoin_node, hot, 700_000_000)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    alarm = CustodyAlarm.objects.get()
    assert (alarm.kind, alarm.grade) == (Kind.OUTFLOW, Grade.STOP)
    with pytest.raises(SwitchedOff) as told:
        switches.refuse_if_closed("withdrawals:asset:BTC")
    assert str(told.value) == SwitchedOff.message  # customers do not read our alarms
    assert "70 % of the wallet in ten minutes" in alarm.says
    assert closed() == {"withdrawals:asset:BTC"}
    assert alarm.freeze_signer is False


def ordinary_hours(node, keys) -> None:
    """Half a coin every ten minutes, for the last three hours."""
    now = node.adapter.block_id(node.watch.height).mined_at
    Outflow.objects.bulk_create(
        Outflow(
            network=node.row,
            height=-number,
            key_set=keys,
            asset_network_id=_native(node),
            units=50_000_000,
            at=now - timedelta(minutes=10 * number + 11),
        )
        for number in range(18)
    )


def test_a_busy_hour_does_not_trip_and_a_drain_in_it_does(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    ordinary_hours(bitcoin_node, hot)
    _pay(bitcoin_node, hot, 150_000_000)  # three times the usual, 15 % of the wallet
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)
    assert CustodyAlarm.objects.count() == 0
    assert closed() == set()

    _pay(bitcoin_node, hot, 250_000_000)  # four coins in ten minutes: eight times the usual
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)

    alarm = CustodyAlarm.objects.get()
    assert (alarm.grade, alarm.facts["deviations"]) == (Grade.STOP, 14)
    assert closed() == {"withdrawals:asset:BTC"}


def _native(node) -> int:
    from wallets.sending.spendable import native_of

    return native_of(node.row.pk).pk


def _pay(node, keys, units: int, *, to: str = wallets.STRANGER) -> ChainTransaction:
    """A payment of ours, signed by the hot key as the signer would."""
    from embit.finalizer import finalize_psbt
    from embit.psbt import PSBT

    row = prepare.prepare(
        network=node.row,
        key_set=keys,
        purpose="withdrawal",
        reference=f"withdrawals:{units}",
        payments=[prepare.Pay(_native(node), to, units, "test:1")],
        fee_rate=5,
    )

    def sign(each: ChainTransaction) -> send.Signed:
        psbt = PSBT.from_string(each.unsigned)
        assert psbt.sign_with(wallets.ROOT)
        done = finalize_psbt(psbt)
        return send.Signed(done.serialize().hex(), done.txid().hex())

    assert send.send(transaction_id=row.pk, sign=sign, adapter=node.adapter) == "broadcast"
    return row


@pytest.mark.xdist_group("evm node")
def test_tokens_that_a_thief_takes_from_an_account_are_noticed(
    evm_node, django_capture_on_commit_callbacks
):
    _, keys, _ = wallets.hot_ethereum()
    usdt = token(evm_node)
    address = issue.own_address(key_set_id=keys.pk).address
    evm_node.give(address, "1")
    evm_node.give(address, "5000", "USDT")
    follow(evm_node, django_capture_on_commit_callbacks)
    assert CustodyAlarm.objects.count() == 0

    txid = thief.spend_account(evm_node, units=1_000_000_000, contract=usdt.contract)
    evm_node.mine()
    follow(evm_node, django_capture_on_commit_callbacks)

    alarm = CustodyAlarm.objects.get(kind=Kind.FOREIGN_SPEND)
    assert alarm.facts["txid"] == txid
    assert {"withdrawals", "wallet:eth-hot"} <= closed()
    assert Outflow.objects.get(asset_network=usdt).units == Decimal(1_000_000_000)


def test_an_alarm_is_closed_with_a_finding_and_its_switches_stay(
    bitcoin_node, hot, django_capture_on_commit_callbacks
):
    from exchange.core.errors import Conflict, Invalid, PermissionRefused
    from tests.factories import accounts

    thief.spend_coins(bitcoin_node, hot)
    bitcoin_node.mine()
    follow(bitcoin_node, django_capture_on_commit_callbacks)
    alarm = CustodyAlarm.objects.get(kind=Kind.FOREIGN_SPEND)
    person = accounts.staff("wallets.close_custody_alarm")
    with pytest.raises(PermissionRefused):
        alarms.close_alarm(alarm_id=alarm.pk, actor=accounts.staff(), finding="a drill")
    with pytest.raises(Invalid):
        alarms.close_alarm(alarm_id=alarm.pk, actor=person, finding=" ")

    alarms.close_alarm(alarm_id=alarm.pk, actor=person, finding="a drill")

    assert "withdrawals" in closed()
    with pytest.raises(Conflict):
        alarms.close_alarm(alarm_id=alarm.pk, actor=person, finding="again")
