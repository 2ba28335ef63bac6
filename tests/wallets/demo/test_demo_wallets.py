"""The demo's wallets: registered from what the signer told, cold ones at addresses it may pay."""

from __future__ import annotations

import json
import stat

import pytest
from eth_abi import decode

from exchange.core.actors import system
from tests.factories.wallets import network
from wallets.addresses import issue
from wallets.addresses.models import KeySet
from wallets.chains import nodes
from wallets.custody import safe
from wallets.demo import keys, tokens, vault
from wallets.signer import demo as signer_demo

pytestmark = pytest.mark.django_db
ACTOR = system("tests")


@pytest.fixture
def var(tmp_path, settings):
    settings.VAR = tmp_path
    settings.CHAIN_ENVIRONMENT = {
        "BTC_RPC_URL": "http://127.0.0.1:1",
        "BTC_CHAIN": "regtest",
        "EVM_RPC_URL": "http://127.0.0.1:1",
        "EVM_CHAIN_ID": "31337",
    }
    signer_demo.prepare(tmp_path, settings.CHAIN_ENVIRONMENT)
    network("BTC")
    network("ERC20")
    return tmp_path


def test_every_wallet_has_its_public_half_and_the_policy_its_cold_address(var, settings):
    made = keys.register_all(actor=ACTOR)

    assert sorted(made) == [
        f"{name}-{role}" for name in ("btc", "eth") for role in ("cold", "deposit", "hot")
    ]
    assert keys.register_all(actor=ACTOR) == []
    sets = {row.name: row for row in KeySet.objects.all()}
    assert (sets["btc-hot"].scheme, sets["eth-hot"].scheme) == ("wpkh", "evm_key")
    assert (sets["btc-cold"].threshold, sets["btc-cold"].signers) == (2, 3)
    assert sets["btc-cold"].signer_key == sets["eth-cold"].signer_key == ""
    signer_demo.prepare(var, settings.CHAIN_ENVIRONMENT)
    policy = json.loads((var / "signer/policy.json").read_text())["policy"]
    assert policy["serial"] == 2
    for name, key in (
        ("btc-cold", "btc-hot"),
        ("eth-cold", "eth-hot"),
        ("eth-cold", "eth-deposit"),
    ):
        own = issue.own_address(key_set_id=sets[name].pk)
        assert own.address == policy["keys"][key]["cold"]
    signer_demo.prepare(var, settings.CHAIN_ENVIRONMENT)
    assert json.loads((var / "signer/policy.json").read_text())["policy"]["serial"] == 2


def test_no_private_key_is_where_others_read(var):
    keys.register_all(actor=ACTOR)

    for path in (var / "cosigners").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((var / "cosigners").stat().st_mode) == 0o700
    assert "prv" not in "".join(KeySet.objects.values_list("public", flat=True))


def test_the_safe_stands_where_it_was_said_to_stand(var, evm_node):
    people = ["0x" + str(n) * 40 for n in (1, 2, 3)]
    where = vault.address(owners=people, threshold=2)
    adapter = nodes.adapter("ERC20")

    steps = 0
    while vault.deploy(network="ERC20", owners=people, threshold=2):
        tokens.ask(adapter, "anvil_mine", "0x1")
        steps += 1
        assert steps < 6

    call = {"to": where, "data": "0xa0e67e2b"}  # getOwners()
    said = tokens.ask(adapter, "eth_call", call, "latest")
    (owners,) = decode(["address[]"], bytes.fromhex(said[2:]))
    assert list(owners) == people
    assert 1 <= steps <= 4  # other tests may have put parts there on the same chain
    assert safe.contracts().keys() >= set(vault.PARTS)
