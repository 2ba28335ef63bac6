"""The embedded nodes keep what was mined, however they end."""

from __future__ import annotations

import shutil
import time

import pytest

from tests import without
from tests.factories import chains

pytestmark = pytest.mark.django_db
PAID = {
    "BTC": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "ERC20": "0x000000000000000000000000000000000000bEEF",
}


@pytest.fixture(params=["kernel", "anvil", "python"])
def node(request, settings, tmp_path):
    """A node of the test's own."""
    if request.param == "anvil" and not shutil.which("npm"):
        without("npm")
    if request.param == "kernel":
        process = chains.kernel_process(tmp_path)
    else:
        process = chains.evm_process(tmp_path, request.param)
    process.start()
    try:
        network, chain = ("BTC", "regtest") if request.param == "kernel" else ("ERC20", "31337")
        yield chains.followed(settings, network, process, chain)
    finally:
        process.kill()


def test_a_restart_keeps_the_chain(node):
    node.give(PAID[node.network], "0.5")
    before = [node.adapter.block_id(height).hash for height in range(node.height + 1)]

    node.process.stop()
    node.process.start()

    after = [node.adapter.block_id(height).hash for height in range(node.height + 1)]
    assert after == before
    node.mine()
    assert node.height == len(before)


def test_a_kill_keeps_the_chain(node):
    node.give(PAID[node.network], "0.5")
    before = [node.adapter.block_id(height).hash for height in range(node.height + 1)]
    if "anvil" in node.process.env.values():
        time.sleep(2.5)  # anvil writes every two seconds; what is younger is lost

    node.process.kill()
    node.process.start()

    after = [node.adapter.block_id(height).hash for height in range(node.height + 1)]
    assert after == before
    assert node.follow() >= 0
    assert node.watch.state == "following"
