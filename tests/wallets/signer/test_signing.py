"""What the signer signs: payments within policy, and exactly those."""

from __future__ import annotations

import pbk
import pytest
from embit.script import address_to_scriptpubkey
from embit.transaction import Transaction
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from tests.factories.signer import COLD_BTC, COLD_EVM, USDT
from tests.wallets.signer.asking import (
    COIN,
    ETHER,
    GWEI,
    SOMEBODY,
    Wallet,
    ask_btc,
    ask_evm,
    evm,
    psbt,
    token,
)


def test_a_small_payment_in_ether_is_signed_by_the_hot_key(signer):
    answer = ask_evm(signer)

    read = TypedTransaction.from_bytes(HexBytes(answer["signed"])).as_dict()
    assert Account.recover_transaction(answer["signed"]) == signer.address("eth-hot")
    assert (read["chainId"], read["nonce"], read["value"]) == (31337, 0, ETHER)
    assert read["to"].hex() == SOMEBODY[2:]
    assert (read["maxFeePerGas"], read["maxPriorityFeePerGas"]) == (30 * GWEI, 2 * GWEI)


def test_a_legacy_transaction_is_signed_for_its_chain_only(signer):
    fields = evm(type=0, gasPrice=20 * GWEI, maxFeePerGas=None, maxPriorityFeePerGas=None)

    answer = ask_evm(signer, evm=fields)

    expected = Account.recover_transaction(answer["signed"])
    assert expected == signer.address("eth-hot")


def test_a_token_transfer_is_decoded_and_signed(signer):
    request = {"op": "contents", "evm": token(USDT, SOMEBODY, 250_000_000)}

    contents = ask_evm(signer, **request)["contents"]
    answer = ask_evm(signer, evm=request["evm"])

    assert '"asset":"USDT"' in contents
    assert '"units":"250000000"' in contents
    assert Account.recover_transaction(answer["signed"]) == signer.address("eth-hot")


@pytest.mark.parametrize("whole", [True, False])
def test_a_payment_in_bitcoin_is_what_consensus_accepts(signer, whole):
    wallet = Wallet(signer, "btc-hot")
    made = psbt(wallet, whole=whole)

    answer = ask_btc(signer, made)

    got = Transaction.from_string(answer["signed"])
    assert got.txid().hex() == answer["txid"] == made.tx.txid().hex()
    spent = made.inputs[0].witness_utxo
    coin = pbk.TransactionOutput(pbk.ScriptPubkey(spent.script_pubkey.data), spent.value)
    finished = pbk.Transaction(got.serialize())
    assert coin.script_pubkey.verify(
        spent.value,
        finished,
        pbk.script.PrecomputedTransactionData(finished, [coin]),
        0,
        pbk.ScriptVerificationFlags.ALL,
    )


def test_the_same_id_with_the_same_contents_gives_the_recorded_signature(signer):
    first = ask_evm(signer)
    signer.kill()
    signer.start()

    assert ask_evm(signer) == first
    assert signer.ask(op="status")["journal"]["entries"] == 2  # the policy, and one signature


def test_hot_pays_the_single_cold_address_however_much_it_is(signer):
    assert ask_evm(signer, evm=evm(to=COLD_EVM, value=str(5_000 * ETHER)))["ok"]
    assert ask_evm(signer, "w:2", evm=evm(to=COLD_EVM, value=str(5_000 * ETHER), nonce=1))["ok"]
    made = psbt(
        Wallet(signer, "btc-hot"),
        coin=900 * COIN,
        paid=800 * COIN,
        to=address_to_scriptpubkey(COLD_BTC),
    )
    assert ask_btc(signer, made)["ok"]


def test_a_deposit_address_pays_the_hot_wallet(signer):
    fields = evm(to=signer.address("eth-hot"), value=str(3 * ETHER), index=12)

    answer = ask_evm(signer, key="eth-deposit", evm=fields)

    assert Account.recover_transaction(answer["signed"]) == signer.address("eth-deposit", 12)


def test_an_own_deposit_address_gets_gas(signer):
    fields = evm(to=signer.address("eth-deposit", 5), value=str(ETHER // 100))
    context = {"recipient": {"key": "eth-deposit", "index": 5}}

    assert ask_evm(signer, evm=fields, context=context)["ok"]

    used = signer.ask(op="status")["keys"]["eth-hot"]["assets"]["ETH"]["used"]
    assert used == "0"  # counted as gas, not as a payment
