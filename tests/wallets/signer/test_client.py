"""The web's side: how rows are put to the signer, and what its answers become."""

from __future__ import annotations

import json
import socket
import threading

import pytest
from embit.psbt import PSBT
from embit.transaction import Transaction
from eth_account import Account

from tests import factories
from tests.factories.sending import STRANGER, STRANGER_EVM, coin, holds
from tests.factories.wallets import asset_network, network
from tests.wallets.signer.asking import ETHER, GWEI
from wallets.addresses import issue, keysets
from wallets.sending import evm
from wallets.sending import signer as client
from wallets.sending.bump import bump
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.sending.prepare import Pay, prepare

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def chains_are_configured(settings):
    settings.CHAIN_ENVIRONMENT = {"EVM_CHAIN_ID": "31337", "BTC_CHAIN": "regtest"}


def registered(signer, where, key):
    """A key set with the public half that the signer itself tells."""
    told = signer.public(key)
    return keysets.register(
        network=where,
        name=key,
        role=told["role"],
        scheme=told["scheme"],
        public=told["public"],
        signer_key=key,
        first_address=signer.address(key),
        actor=factories.SYSTEM,
        reason="tests",
    )


def prepared(keys, what, address, units, *, purpose="withdrawal", reference="w:1", rate=5, **more):
    made = prepare(
        network=keys.network,
        key_set=keys,
        purpose=purpose,
        reference=reference,
        payments=[Pay(what.pk, address, units, reference)],
        fee_rate=rate,
        **more,
    )
    if "source" in more:  # its turn has come
        made.nonce, made.unsigned = 0, evm.with_nonce(made.unsigned, 0)
    return made


@pytest.fixture
def bitcoin(signer):
    where = network("BTC")
    return registered(signer, where, "btc-hot"), asset_network("BTC", where)


@pytest.fixture
def ethereum(signer):
    where = network("ERC20")
    return registered(signer, where, "eth-hot"), asset_network(
        "ETH", where, precision=18, decimals=18
    )


def test_a_bitcoin_row_is_signed_and_its_bump_is_the_same_payment(signer, bitcoin):
    keys, what = bitcoin
    coin(keys, 300_000)
    row = prepared(keys, what, STRANGER, 60_000)

    first = client.sign(row)
    row.signed, row.txid, row.state = first.signed, first.txid, "broadcast"
    row.save()
    rival = bump(transaction_id=row.pk, fee_rate=20, actor=factories.SYSTEM, reason="stuck")
    second = client.sign(rival)

    assert first.txid == PSBT.from_string(row.unsigned).tx.txid().hex()
    assert second.txid == Transaction.from_string(second.signed).txid().hex() != first.txid
    assert client.request(rival)["id"] == client.request(row)["id"] == "w:1"
    assert client.status()["keys"]["btc-hot"]["assets"]["BTC"]["used"] == "60000"


def test_an_evm_row_is_signed_from_the_keys_one_address(signer, ethereum):
    keys, what = ethereum
    source = holds(keys, what, 5 * ETHER)

    row = prepared(keys, what, STRANGER_EVM, ETHER, source=source, rate=20 * GWEI)
    answer = client.sign(row)

    assert Account.recover_transaction(answer.signed) == signer.address("eth-hot")


def test_gas_names_the_deposit_address_that_the_signer_derives_again(signer, ethereum):
    keys, what = ethereum
    deposits = registered(signer, keys.network, "eth-deposit")
    source = holds(keys, what, 5 * ETHER)
    for _ in range(3):
        own = issue.own_address(key_set_id=deposits.pk, fresh=True)
    units = ETHER // 100

    row = prepared(
        keys, what, own.address, units, purpose="gas", reference="g:1", source=source, rate=GWEI
    )

    assert client.request(row)["context"] == {
        "recipient": {"key": "eth-deposit", "branch": 0, "index": own.index}
    }
    assert client.sign(row).txid
    assert client.status()["keys"]["eth-hot"]["assets"]["ETH"]["used"] == "0"  # counted as gas


def test_a_bitcoin_sweep_pays_an_address_of_hot_that_the_signer_derives_again(signer, bitcoin):
    hot, what = bitcoin
    deposits = registered(signer, hot.network, "btc-deposit")
    for units in (200_000, 300_000):
        coin(deposits, units)
    for _ in range(3):
        own = issue.own_address(key_set_id=hot.pk, fresh=True)

    row = prepared(
        deposits,
        what,
        own.address,
        0,
        purpose="sweep",
        reference="sweep:1",
        everything=True,
    )
    answer = client.sign(row)

    assert client.request(row)["context"] == {
        "recipient": {"key": "btc-hot", "branch": 0, "index": own.index}
    }
    swept = Transaction.from_string(answer.signed)
    assert [len(swept.vin), len(swept.vout)] == [2, 1]


def test_approvals_come_from_the_room_that_keeps_them(signer, ethereum, monkeypatch):
    keys, what = ethereum
    source = holds(keys, what, 50 * ETHER)
    row = prepared(keys, what, STRANGER_EVM, 20 * ETHER, source=source, rate=20 * GWEI)
    unnumbered = evm.with_nonce(row.unsigned, None)
    contents = client.contents(row)
    numbered, row.unsigned = row.unsigned, unnumbered
    assert client.contents(row) == contents  # approved before its turn has come
    with pytest.raises(SignerRefused):
        client.sign(row)
    row.unsigned = numbered
    with pytest.raises(SignerRefused) as caught:
        client.sign(row)

    monkeypatch.setitem(
        client._approvals, "withdrawal", lambda _: signer.approve(contents.text, "second")
    )

    assert caught.value.limit == "approvals"
    assert contents.approvals_needed == 1
    assert json.loads(contents.text)["payments"][0]["units"] == str(20 * ETHER)
    assert client.sign(row).txid


def test_freezing_and_thawing(signer):
    client.freeze(by="drain detector\n", reason="three\tsigmas")
    assert client.status()["reason"] == "three sigmas"
    with pytest.raises(SignerRefused):
        client.thaw([])

    text = client.thaw_contents().text

    assert client.thaw(signer.approve(text, "first", "second"))["frozen"] is False
    with pytest.raises(SignerRefused):
        client.thaw_contents()


def test_no_signer_no_answer_and_nonsense_are_all_unavailable(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.3)
    settings.SIGNER_SOCKET = str(tmp_path / "s")
    with pytest.raises(SignerUnavailable):
        client.status()
    for said in (b"", b"nonsense\n", b"[]\n", b'{"ok": false, "code": "busy"}\n', None):
        (tmp_path / "s").unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(settings.SIGNER_SOCKET)
            listener.listen()
            thread = threading.Thread(target=_say_once, args=(listener, said))
            thread.start()
            with pytest.raises(SignerUnavailable):
                client.status()
            thread.join(5)


def _say_once(listener, said):
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        if said is None:
            connection.recv(1000)  # silence, until the other side has had enough
        else:
            connection.sendall(said)
