"""A hot key inside SoftHSM: it signs for both families and can't be read."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from embit import script as scripts
from embit.ec import PublicKey
from embit.psbt import PSBT, DerivationPath
from embit.transaction import Transaction, TransactionInput, TransactionOutput
from eth_account import Account

from tests import without
from tests.factories.signer import RunningSigner, draft
from tests.wallets.signer.asking import COIN, ask_btc, ask_evm, evm, funding, stranger_script
from wallets.signer import hsm
from wallets.signer.keys import ORDER, recovered

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
MODULE = next((path for path in MODULES if Path(path).exists()), "")


@pytest.fixture(autouse=True)
def _needs_an_hsm():
    if not shutil.which("softhsm2-util") or not MODULE:
        without("softhsm2")


@pytest.fixture
def token(tmp_path, monkeypatch):
    """A fresh SoftHSM token, and how the signer reaches it."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(
        f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "hot"]
        + ["--pin", "567890", "--so-pin", "123456"],
        check=True,
        capture_output=True,
    )
    (tmp_path / "pin").write_text("567890\n")
    config = tmp_path / "token.json"
    config.write_text(
        json.dumps({"module": MODULE, "token": "hot", "pin_file": str(tmp_path / "pin")})
    )
    return config


@pytest.fixture
def signer(tmp_path, token):
    body = draft()
    for name in ("btc-hot", "eth-hot"):
        body["keys"][name]["backend"] = "pkcs11"
    running = RunningSigner(tmp_path / "g", body)
    shutil.copy(token, running.folder / "token.json")
    for name in ("btc-hot", "eth-hot"):
        made = running.command("make-token-key", "--directory", running.folder, "--name", name)
        assert made.startswith(f"{name} 0")
    try:
        yield running.start()
    finally:
        running.stop()


def test_an_hsm_signs_an_evm_payment(signer):
    for nonce in range(8):  # a token answers with high s in half of all cases
        answer = ask_evm(signer, f"w:{nonce}", evm=evm(nonce=nonce))
        assert Account.recover_transaction(answer["signed"]) == signer.address("eth-hot")


def test_an_hsm_signs_a_bitcoin_payment_and_takes_its_change_back(signer):
    public = PublicKey.parse(bytes.fromhex(signer.public("btc-hot")["public"][5:-1]))
    made = _payment(public, change=COIN // 2 - 3_000)

    assert ask_btc(signer, _payment(public, change=COIN // 3))["code"] == "fee"
    answer = ask_btc(signer, made)

    got = Transaction.from_string(answer["signed"])
    assert [len(item) for item in got.vin[0].witness.items][1] == 33
    contents = ask_btc(signer, made, op="contents")["contents"]
    assert len(json.loads(contents)["payments"]) == 1  # change is no payment


def test_an_hsm_key_can_not_be_read_and_is_never_made_twice(signer, token):
    session = hsm._session(hsm._token(token), rw=True)
    key = session.get_key(object_class=hsm.ObjectClass.PRIVATE_KEY, label="eth-hot")
    with pytest.raises(hsm.PKCS11Error):
        key[hsm.Attribute.VALUE]
    session.close()
    with pytest.raises(subprocess.CalledProcessError):
        signer.command("make-token-key", "--directory", signer.folder, "--name", "eth-hot")


def test_a_high_s_is_made_low_and_its_recovery_bit_is_found():
    account = Account.create()
    public = account._key_obj.public_key.to_compressed_bytes()
    digest = bytes(range(32))
    made = account.unsafe_sign_hash(digest)

    low = recovered(public, digest, made.r, made.s)
    from_high = recovered(public, digest, made.r, ORDER - made.s)

    assert low == from_high == (made.r, made.s, made.v - 27)


def _payment(public, *, change):
    """Half a coin for somebody, and change to the one address there is."""
    script = scripts.p2wpkh(public)
    previous = funding((COIN, script))
    outs = [TransactionOutput(COIN // 2, stranger_script()), TransactionOutput(change, script)]
    vin = [TransactionInput(previous.txid(), 0)]
    made = PSBT(Transaction(version=2, vin=vin, vout=outs))
    made.inputs[0].witness_utxo = previous.vout[0]
    for scope in (made.inputs[0], made.outputs[1]):
        scope.bip32_derivations[public] = DerivationPath(b"\0\0\0\0", [])
    return made
