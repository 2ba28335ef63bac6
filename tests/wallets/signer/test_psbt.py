"""What the signer refuses of PSBTs: foreign coins, false change, lies about amounts."""

from __future__ import annotations

import base64

import pytest
from embit import script as scripts
from embit.psbt import PSBT, DerivationPath
from embit.transaction import SIGHASH, Transaction, TransactionInput, TransactionOutput

from tests.factories.signer import COLD_BTC, RunningSigner, draft
from tests.wallets.signer.asking import (
    COIN,
    Wallet,
    ask_btc,
    funding,
    psbt,
    refusal,
    stranger_script,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One signer for all refusals: none of them leaves anything behind."""
    running = RunningSigner(tmp_path_factory.mktemp("s") / "g", draft()).start()
    yield running
    entries = running.ask(op="status")["journal"]["entries"]
    running.stop()
    assert entries == 1


@pytest.fixture(scope="module")
def hot(shared):
    return Wallet(shared, "btc-hot")


@pytest.mark.parametrize("kind", ["NONE", "SINGLE"])
def test_only_sighash_all_is_signed(shared, hot, kind):
    made = psbt(hot)
    made.inputs[0].sighash_type = getattr(SIGHASH, kind)
    assert refusal(ask_btc(shared, made)) == "sighash"
    made.inputs[0].sighash_type = SIGHASH.ALL | SIGHASH.ANYONECANPAY
    assert refusal(ask_btc(shared, made)) == "sighash"


def test_an_amount_that_contradicts_the_previous_transaction_is_refused(shared, hot):
    made = psbt(hot)
    made.inputs[0].witness_utxo = TransactionOutput(COIN + 5, hot.script(0, 7))

    assert refusal(ask_btc(shared, made)) == "previous"


def test_the_previous_transaction_is_the_one_that_is_spent(shared, hot):
    made = psbt(hot)
    made.inputs[0].non_witness_utxo = funding((2 * COIN, hot.script(0, 7)), n=3)

    assert refusal(ask_btc(shared, made)) == "previous"


def test_an_input_that_does_not_say_what_it_is_worth_is_refused(shared, hot):
    made = psbt(hot, whole=False)
    made.inputs[0].witness_utxo = None

    assert refusal(ask_btc(shared, made)) == "previous"


def test_a_coin_of_somebody_else_is_refused(shared, hot):
    made = psbt(hot, whole=False)
    made.inputs[0].witness_utxo = TransactionOutput(COIN, stranger_script())
    assert refusal(ask_btc(shared, made)) == "foreign_input"

    made = psbt(hot)
    made.inputs[0].bip32_derivations.clear()
    assert refusal(ask_btc(shared, made)) == "foreign_input"

    deposit = Wallet(shared, "btc-deposit")
    assert refusal(ask_btc(shared, psbt(deposit))) == "foreign_input"


def test_change_that_is_claimed_and_is_not_ours_is_a_lie(shared, hot):
    made = psbt(hot)
    made.outputs[1].bip32_derivations.clear()
    hot.claim(made.outputs[1], 1, 4)  # the script is that of 1/3

    assert refusal(ask_btc(shared, made)) == "false_change"


def test_a_stranger_who_claims_our_fingerprint_is_refused(shared, hot):
    made = psbt(hot)
    made.outputs[0].bip32_derivations.update(made.outputs[1].bip32_derivations)

    assert refusal(ask_btc(shared, made)) == "false_change"


@pytest.mark.parametrize("branch_and_index", [(2, 0), (1, 10_000_001)])
def test_change_where_nobody_would_look_for_it_is_refused(shared, hot, branch_and_index):
    made = psbt(hot)
    ((public, path),) = made.outputs[1].bip32_derivations.items()
    steps = [*path.derivation[:3], *branch_and_index]
    made.outputs[1].bip32_derivations[public] = DerivationPath(path.fingerprint, steps)

    assert refusal(ask_btc(shared, made)) == "derivation"


def test_a_path_outside_the_account_is_refused(shared, hot):
    made = psbt(hot)
    ((public, path),) = made.inputs[0].bip32_derivations.items()
    steps = [path.derivation[0], path.derivation[1], 0x80000001, 0, 7]
    made.inputs[0].bip32_derivations[public] = DerivationPath(path.fingerprint, steps)

    assert refusal(ask_btc(shared, made)) == "derivation"


def test_change_that_does_not_say_that_it_is_ours_is_a_payment(shared, hot):
    made = psbt(hot, coin=60 * COIN, paid=COIN // 10)
    made.outputs[1].bip32_derivations.clear()  # 59.9 BTC to whom?

    assert refusal(ask_btc(shared, made)) == "per_transaction"


def test_a_fee_above_the_cap_is_refused(shared, hot):
    assert refusal(ask_btc(shared, psbt(hot, fee=200_001))) == "fee"


def test_a_fee_that_is_most_of_what_is_paid_is_refused(shared, hot):
    assert refusal(ask_btc(shared, psbt(hot, paid=100_000, fee=20_001))) == "fee"


def test_moving_our_own_coins_about_may_cost_little_only(shared, hot):
    to_ourselves = psbt(hot, paid=COIN - 30_000, fee=30_000, to=hot.script(1, 8))
    hot.claim(to_ourselves.outputs[0], 1, 8)

    assert refusal(ask_btc(shared, to_ourselves)) == "fee"


def test_more_than_one_transaction_may_pay_is_refused(shared, hot):
    assert refusal(ask_btc(shared, psbt(hot, coin=99 * COIN, paid=51 * COIN))) == "per_transaction"


def test_an_output_without_an_address_is_refused(shared, hot):
    note = scripts.Script(b"\x6a\x04note")

    assert refusal(ask_btc(shared, psbt(hot, to=note))) == "destination"


def test_dust_is_refused(shared, hot):
    assert refusal(ask_btc(shared, psbt(hot, paid=293))) == "amount"


def test_what_is_signed_already_is_refused(shared, hot):
    made = psbt(hot)
    public = next(iter(made.inputs[0].bip32_derivations))
    made.inputs[0].partial_sigs[public] = b"\x30\x06\x02\x01\x01\x02\x01\x01\x01"

    assert refusal(ask_btc(shared, made)) == "malformed"


def test_a_payment_that_spends_more_than_it_has_is_refused(shared, hot):
    made = psbt(hot)
    made.outputs[1].value = COIN

    assert refusal(ask_btc(shared, made)) == "malformed"


def test_a_coin_is_not_spent_twice(shared, hot):
    previous = funding((COIN, hot.script(0, 7)))
    vin = [TransactionInput(previous.txid(), 0)] * 2
    out = TransactionOutput(2 * COIN - 5000, hot.script(1, 3))
    made = PSBT(Transaction(version=2, vin=vin, vout=[out]))
    for scope in made.inputs:
        scope.witness_utxo = previous.vout[0]
        hot.claim(scope, 0, 7)

    assert refusal(ask_btc(shared, made)) == "malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cHNidP8=",
        "no base64",
        "AAAA",
        7,
        None,
        base64.b64encode(b"psbt\xff" + b"\xff" * 90).decode(),
    ],
)
def test_what_is_no_psbt_is_refused(shared, hot, text):
    assert refusal(ask_btc(shared, psbt(hot), psbt=text)) == "malformed"


def test_deposits_go_to_our_hot_and_cold_wallets_whole(signer):
    deposit, hot = Wallet(signer, "btc-deposit"), Wallet(signer, "btc-hot")

    def sweep(id, to, *, claim=None, change=False):
        made = psbt(deposit, paid=COIN // 2 if change else COIN - 5_000, to=to)
        if claim:
            hot.claim(made.outputs[0], *claim)
        return ask_btc(signer, made, id, key="btc-deposit")

    assert refusal(sweep("s:1", stranger_script())) == "destination"
    assert refusal(sweep("s:1", stranger_script(), claim=(0, 2))) == "false_change"
    assert refusal(sweep("s:1", hot.script(0, 2), claim=(0, 2), change=True)) == "destination"
    assert sweep("s:1", hot.script(0, 2), claim=(0, 2))["ok"]

    def pointed(id, to, **place):
        made = psbt(deposit, paid=COIN - 5_000, to=to, n=2)
        return ask_btc(signer, made, id, key="btc-deposit", context={"recipient": place})

    place = {"key": "btc-hot", "branch": 0, "index": 5}
    assert refusal(pointed("s:3", stranger_script(), **place)) == "destination"
    assert refusal(pointed("s:3", hot.script(0, 6), **place)) == "destination"
    own = {**place, "key": "btc-deposit"}
    assert refusal(pointed("s:3", deposit.script(0, 5), **own)) == "destination"
    assert refusal(pointed("s:3", hot.script(0, 5), **{**place, "index": "5"})) == "derivation"
    assert pointed("s:3", hot.script(0, 5), **place)["ok"]
    assert sweep("s:2", scripts.address_to_scriptpubkey(COLD_BTC))["ok"]


def test_a_bump_spends_the_same_coins_and_pays_a_tenth_more(signer):
    hot = Wallet(signer, "btc-hot")
    assert ask_btc(signer, psbt(hot, fee=5_000))["ok"]

    assert refusal(ask_btc(signer, psbt(hot, fee=5_499))) == "bump"
    assert refusal(ask_btc(signer, psbt(hot, fee=6_000, n=2))) == "other_contents"
    assert refusal(ask_btc(signer, psbt(hot, fee=6_000, to=stranger_script(4)))) == "other_contents"
    assert refusal(ask_btc(signer, psbt(hot, fee=6_000, paid=COIN // 5))) == "other_contents"
    assert ask_btc(signer, psbt(hot, fee=5_500))["ok"]
    used = signer.ask(op="status")["keys"]["btc-hot"]
    assert used["assets"]["BTC"]["used"] == str(COIN // 10)
    assert used["fees_today"] == "5500"


def test_two_lies_about_two_coins_do_not_make_one_true_transaction(signer):
    """Each signature of a P2WPKH input commits to that input's amount only. Whoever gets both
    signatures, each with a lie about the other coin, could join them and burn the difference."""
    hot = Wallet(signer, "btc-hot")
    first, second = (funding((10 * COIN, hot.script(0, 7)), n=n) for n in (1, 2))

    def lying(a, b, whole=()):
        vin = [TransactionInput(each.txid(), 0) for each in (first, second)]
        outs = [TransactionOutput(COIN, stranger_script())]
        outs.append(TransactionOutput(10 * COIN, hot.script(1, 3)))
        made = PSBT(Transaction(version=2, vin=vin, vout=outs))
        for scope, units, previous in zip(made.inputs, (a, b), (first, second), strict=True):
            scope.witness_utxo = TransactionOutput(units, hot.script(0, 7))
            if previous in whole:
                scope.non_witness_utxo = previous
            hot.claim(scope, 0, 7)
        hot.claim(made.outputs[1], 1, 3)
        return made

    assert refusal(ask_btc(signer, lying(10 * COIN, 10 * COIN))) == "fee"  # the truth
    small = COIN + 5_000
    assert ask_btc(signer, lying(10 * COIN, small), "b:1")["ok"]  # worth nothing by itself

    assert refusal(ask_btc(signer, lying(small, 10 * COIN), "b:2")) == "previous"
    assert refusal(ask_btc(signer, lying(small, 10 * COIN, [second]), "b:2")) == "previous"


class TestWherePreviousTransactionsAreRequired:
    @pytest.fixture
    def signer_draft(self):
        body = draft()
        body["networks"]["BTC"]["require_previous"] = True
        return body

    def test_a_psbt_without_them_is_refused(self, signer):
        hot = Wallet(signer, "btc-hot")
        assert refusal(ask_btc(signer, psbt(hot, whole=False))) == "previous"
        assert ask_btc(signer, psbt(hot))["ok"]


def test_litecoin_is_signed_and_addressed_as_litecoin(signer):
    made = psbt(Wallet(signer, "ltc-hot"))

    contents = ask_btc(signer, made, op="contents", key="ltc-hot", network="LTC")["contents"]

    assert ask_btc(signer, made, key="ltc-hot", network="LTC")["ok"]
    assert '"address":"rltc1q' in contents
    assert refusal(ask_btc(signer, made)) == "foreign_input"  # btc-hot has another seed
