"""The chains of `make run`: started beside the rest, replaced by what the environment names."""

from __future__ import annotations

import os
import shutil

import httpx
import pytest

from exchange.launcher.chains import Chains
from tests import without
from tests.exchange.launcher.conftest import soon

pytestmark = pytest.mark.xdist_group("launcher")

OURS = ("BTC_RPC_URL", "LTC_RPC_URL", "EVM_RPC_URL", "EVM_RPC_URL_BSC_BNB", "EMBEDDED_CHAINS")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


def asked(url: str, method: str) -> object:
    """What a node answers, None while it does not."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": []}
    try:
        return httpx.post(url, json=body, timeout=2, trust_env=False).json()["result"]
    except (httpx.HTTPError, ValueError, KeyError):
        return None


def test_what_the_environment_names_is_not_started(tmp_path, monkeypatch):
    monkeypatch.setenv("BTC_RPC_URL", "http://a:b@elsewhere:8332")

    chains = Chains(tmp_path, "secret")

    assert "bitcoin" not in [child.name for child in chains.children({})]
    assert "BTC_RPC_URL" not in chains.environment()
    assert "BTC_CHAIN" not in chains.environment()
    assert "EVM_RPC_URL" in chains.environment()


def test_none_are_started_where_none_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDDED_CHAINS", "0")

    assert Chains(tmp_path, "secret").environment() == {}


def test_the_password_is_on_no_command_line_and_stays_the_same(tmp_path):
    chains, again = Chains(tmp_path, "secret"), Chains(tmp_path, "secret")

    lines = [part for child in chains.children({}) for part in child.command]
    assert chains.password not in " ".join(lines)
    assert again.password == chains.password
    assert Chains(tmp_path, "another").password != chains.password


@pytest.mark.server
def test_every_chain_answers_on_its_own_and_all_stop(tmp_path):
    if not shutil.which("npm"):
        without("npm")
    chains = Chains(tmp_path, "secret")
    environment = chains.environment()
    children = chains.children(os.environ)
    try:
        for child in children:
            child.start()
        assert soon(lambda: asked(environment["BTC_RPC_URL"], "getblockcount") == 0, 60)
        assert soon(lambda: asked(environment["EVM_RPC_URL"], "eth_chainId") == hex(31337), 90)
        bnb = environment["EVM_RPC_URL_BSC_BNB"]
        assert soon(lambda: asked(bnb, "eth_chainId") == hex(31338), 90)
        if "LTC_RPC_URL" in environment:
            assert soon(lambda: asked(environment["LTC_RPC_URL"], "getblockcount") == 0, 60)
    finally:
        for child in children:
            child.stop()
    assert not any(child.running() for child in children)
    assert [child.process.returncode for child in children if child.name == "bitcoin"] == [0]
