"""The hot wallet lends to a vault and fetches back: real chain, real signer, books that agree."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.core.errors import Conflict, KeyReused, PermissionRefused
from tests import factories
from tests.factories import accounts
from tests.wallets.custody import lending as lent
from wallets.custody import holdings, reconcile
from wallets.custody.models import CustodyAlarm, Vault, VaultMove
from wallets.custody.vaults import calls, move, reading, register, steps
from wallets.demo import lending, tokens
from wallets.sending import abandon, send, spendable
from wallets.sending.models import ChainTransaction, ForeignSpend

pytestmark = pytest.mark.xdist_group("evm node")
DOLLAR = lent.DOLLAR


@pytest.fixture
def signer_draft():
    return lent.policy()


@pytest.fixture
def lender(evm_node, signer):
    return lent.Lender(evm_node, signer)


@pytest.fixture
def vault(lender):
    return lender.register()


def treasurer(*more: str):
    return accounts.staff(move.ASK, move.AGREE, *more)


def wish(vault: Vault, amount: str, *, kind: str = "deposit", actor=None, reference: str = "one"):
    return move.ask(
        vault_id=vault.pk, kind=kind, amount=D(amount), reference=reference,
        actor=actor or treasurer(), reason="a programme began",
    )  # fmt: skip


def agrees() -> bool:
    """Chain and ledger, to the last unit."""
    row = next(each for each in reconcile.compared() if each.asset == "USDT")
    return row.difference == 0


def test_what_is_lent_and_fetched_back_stays_ours_to_the_last_unit(lender, vault):
    row = lender.through(wish(vault, "700"))

    vault.refresh_from_db()
    assert (row.state, vault.book, row.steps) == ("mined", 700 * DOLLAR, 2)
    assert agrees()
    spread = holdings.by_asset(holdings.holdings())["USDT"]
    assert (spread.hot, spread.vault) == (D(5300), D(700))

    lending.earn(network="ERC20", asset="USDT", units=70 * DOLLAR)
    lender.node.follow()
    fresh = reading.read(vault.pk)
    assert 0 < fresh.gained <= 70 * DOLLAR
    assert agrees()  # a gain is nobody's until it is booked
    board = next(each for each in reconcile.compared() if each.asset == "USDT")
    assert board.not_booked == D(fresh.gained).scaleb(-6)

    back = lender.through(wish(vault, "300", kind="withdraw", reference="back"))
    vault.refresh_from_db()
    assert (back.state, back.steps, vault.book) == ("mined", 1, 400 * DOLLAR)
    assert agrees()
    reader = calls.Reader("ERC20")
    assert reader.allowance(lender.what.contract, lender.address, vault.address) == 0
    assert not ForeignSpend.objects.exists()
    assert not CustodyAlarm.objects.exists()
    _a_loss_is_missing_from_what_we_hold(lender, vault)
    _a_fork_takes_the_books_back(lender, vault)


def _a_loss_is_missing_from_what_we_hold(lender, vault):
    Vault.objects.filter(pk=vault.pk).update(book=vault.book + 200 * DOLLAR)  # as if it was more
    fresh = reading.read(vault.pk)
    assert fresh.gained < -100 * DOLLAR
    row = next(each for each in reconcile.compared() if each.asset == "USDT")
    assert row.not_booked == 0
    Vault.objects.filter(pk=vault.pk).update(book=vault.book)
    reading.read(vault.pk)


def _a_fork_takes_the_books_back(lender, vault):
    row = wish(vault, "100", reference="forked")
    lender.step(row)
    lender.step(row)
    assert row.state == "mined"
    lender.node.reorg(1)
    lender.node.follow()
    row.refresh_from_db()
    vault.refresh_from_db()
    if row.state == "sent":  # the new chain left it out: it is sent again
        assert vault.book == 400 * DOLLAR
        send.send(transaction_id=row.carrier_id)
        ChainTransaction.objects.filter(pk=row.carrier_id).update(state="dropped")
        send.send(transaction_id=row.carrier_id)
        lender.node.mine()
        lender.node.follow()
        row.refresh_from_db()
    vault.refresh_from_db()
    assert (row.state, vault.book) == ("mined", 500 * DOLLAR)
    assert agrees()


def test_a_kill_between_any_two_steps_repeats_nothing(lender, vault):
    row = wish(vault, "500")
    assert wish(vault, "500") == row
    with pytest.raises(KeyReused):
        wish(vault, "501")
    for _ in range(2):  # each act is done twice, as after a kill
        steps.go_on(move_id=row.pk)
        steps.go_on(move_id=row.pk)
        row.refresh_from_db()
        send.send(transaction_id=row.current_id)
        send.send(transaction_id=row.current_id)
        steps.wake_all()
        lender.node.mine()
        lender.node.follow()
    row.refresh_from_db()
    vault.refresh_from_db()
    assert (row.state, vault.book) == ("mined", 500 * DOLLAR)
    assert ChainTransaction.objects.filter(reference__startswith="vault:").count() == 2
    assert steps.go_on(move_id=row.pk) == "mined"


def test_a_deposit_that_reverts_changes_no_books_and_leaves_nothing_approved(
    lender, vault, monkeypatch
):
    row = lender.step(wish(vault, "400"))
    monkeypatch.setattr(calls, "VAULT_GAS", 60_000)  # too little: it reverts
    lender.step(row)
    vault.refresh_from_db()
    assert (row.ended, vault.book) == ("failed", 0)
    lender.through(row)
    assert (row.state, row.step) == ("failed", "revoke")
    reader = calls.Reader("ERC20")
    assert reader.allowance(lender.what.contract, lender.address, vault.address) == 0
    assert agrees()


def test_what_is_given_up_before_it_is_signed_fails_and_frees_the_vault(lender, vault):
    row = wish(vault, "400")
    steps.go_on(move_id=row.pk)
    row.refresh_from_db()
    with pytest.raises(Conflict):
        wish(vault, "1", reference="another")
    boss = accounts.staff("wallets.abandon_chaintransaction")
    abandon.abandon(transaction_id=row.current_id, actor=boss, reason="changed our minds")
    assert steps.go_on(move_id=row.pk) == "failed"
    assert spendable.on_account(ChainTransaction.objects.get().source, lender.what) == 6000 * DOLLAR
    assert wish(vault, "1", reference="another").state == "agreed"


def test_above_what_one_person_may_move_a_second_one_agrees(lender, vault):
    one, other = treasurer(), treasurer()
    assert wish(vault, "600", actor=one, reference="a").state == "agreed"
    VaultMove.objects.update(state="mined")
    row = wish(vault, "500", actor=one, reference="b")  # 1,100 in a day
    assert row.state == "asked"
    assert steps.go_on(move_id=row.pk) == "asked"
    with pytest.raises(PermissionRefused):
        move.agree(move_id=row.pk, actor=one)
    with pytest.raises(PermissionRefused):
        move.agree(move_id=row.pk, actor=accounts.staff(move.ASK))
    assert move.agree(move_id=row.pk, actor=other).state == "agreed"
    VaultMove.objects.update(state="mined")
    ours = wish(vault, "1", actor=factories.SYSTEM, kind="deposit", reference="c")
    assert ours.state == "asked"  # a process suggests, a person decides
    assert move.decline(move_id=ours.pk, actor=one, reason="no need").state == "declined"
    with pytest.raises(Conflict):
        move.agree(move_id=ours.pk, actor=other)


def test_what_the_signer_or_the_vault_would_refuse_is_said_at_once(lender, vault):
    with pytest.raises(Conflict, match="5000 USDT go into"):
        wish(vault, "5001")
    with pytest.raises(Conflict, match="gives back 0 USDT"):
        wish(vault, "1", kind="withdraw")
    with pytest.raises(register.NotInPolicy):
        register.register(
            asset_network_id=lender.what.pk,
            address=tokens.address_of_token("USDT"),
            alone=D(1),
            actor=factories.SYSTEM,
        )
    assert not VaultMove.objects.exists()
