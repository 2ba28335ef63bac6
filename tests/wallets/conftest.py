"""Nodes for the tests of wallets. A test that asks for none starts none."""

from __future__ import annotations

import shutil

import pytest

from tests import without
from tests.factories import chains


@pytest.fixture(scope="session")
def bitcoin_process(tmp_path_factory):
    yield from chains.running(chains.kernel_process(tmp_path_factory.mktemp("bitcoin")))


@pytest.fixture(scope="session")
def evm_process(tmp_path_factory):
    if not shutil.which("npm"):
        without("npm")
    yield from chains.running(chains.evm_process(tmp_path_factory.mktemp("evm")))


@pytest.fixture(scope="session")
def python_evm_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python-evm")
    yield from chains.running(chains.evm_process(folder, "python"))


@pytest.fixture(scope="session")
def litecoin_process(tmp_path_factory):
    if not shutil.which("litecoind"):
        without("litecoind")
    yield from chains.running(chains.litecoin_process(tmp_path_factory.mktemp("litecoin")))


@pytest.fixture
def bitcoin_node(db, settings, bitcoin_process):
    """Bitcoin on the embedded regtest node, followed from its tip."""
    return chains.followed(settings, "BTC", bitcoin_process, "regtest")


@pytest.fixture
def evm_node(db, settings, evm_process):
    """Ethereum on anvil, followed from its tip."""
    return chains.followed(settings, "ERC20", evm_process, "31337")


@pytest.fixture
def python_evm_node(db, settings, python_evm_process):
    """Ethereum on the EVM in Python, followed from its tip."""
    return chains.followed(settings, "ERC20", python_evm_process, "31337")


@pytest.fixture
def litecoin_node(db, settings, litecoin_process):
    """Litecoin on a real litecoind, followed from its tip."""
    return chains.followed(settings, "LTC", litecoin_process, "regtest")
