"""What is read from real contracts on a real chain, and what is said when a node can't tell."""

from __future__ import annotations

import pytest

from compliance.monitoring import history
from launchpad.demo import project_tokens
from launchpad.listings import checks, probe, rapid
from launchpad.listings.models import ChainCheck
from tests.launchpad.listings import conftest as made
from wallets.chains import nodes
from wallets.chains.contract import ContractReader
from wallets.chains.rpc import Rpc, RpcError

pytestmark = pytest.mark.django_db


def read(symbol: str, kind: str, *, holders: int = 25) -> dict[str, probe.Finding]:
    project_tokens.deploy(
        network="ERC20", kind=kind, name=symbol, symbol=symbol, supply=1000, holders=holders
    )
    return findings(reader(project_tokens.address(symbol)))


def reader(contract: str) -> ContractReader:
    adapter = nodes.adapter("ERC20")
    return ContractReader(adapter, contract, adapter.block_id(adapter.status().height))


def findings(of: ContractReader) -> dict[str, probe.Finding]:
    return {each.key: each for each in probe.probe(of).findings}


def test_an_owner_who_can_make_more_is_found_by_trying_it(evm_node):
    found = read("CMNA", "CommunityToken")
    assert found["mintable"].verdict == "bad"
    assert "went through" in found["mintable"].says
    assert found["pausable"].verdict == "note"
    assert found["owner"].value.startswith("0x")


def test_what_does_not_arrive_is_measured_by_a_transfer_that_nobody_made(evm_node):
    found = read("TAXA", "TaxedToken")
    before = nodes.adapter("ERC20").status().height
    assert findings(reader(project_tokens.address("TAXA"))) == found
    assert (found["fee_on_transfer"].verdict, found["fee_on_transfer"].value) == ("bad", "2.00")
    assert found["blacklist"].verdict == "note"
    assert nodes.adapter("ERC20").status().height == before


def test_a_fixed_token_has_nothing_against_it_but_its_spread(evm_node):
    found = read("FIXA", "FixedToken", holders=40)
    assert {key for key, each in found.items() if each.verdict == "bad"} == set()
    assert (found["supply"].value, found["decimals"].value) == ("1,000", "18")
    assert found["holders"].value == "41"
    assert found["concentration"].rows[0][2] == 1000  # the project kept a tenth


def test_an_address_without_code_is_no_contract(evm_node):
    found = findings(reader("0x" + "12" * 20))
    assert [each.says for each in found.values()] == ["There is no contract at this address."]


def test_a_node_that_can_not_try_a_transfer_says_so_and_nothing_is_called_fine(
    evm_node, monkeypatch
):
    project_tokens.deploy(
        network="ERC20", kind="FixedToken", name="F", symbol="FIXB", supply=1000, holders=25
    )
    really = Rpc.call

    def without_overrides(self, method, *params):
        if method == "eth_call" and len(params) > 2:
            raise RpcError(-32602, "too many arguments, want at most 2")
        return really(self, method, *params)

    monkeypatch.setattr(Rpc, "call", without_overrides)
    found = findings(reader(project_tokens.address("FIXB")))
    assert found["fee_on_transfer"].verdict == "unknown"
    assert "Not supported by this node" in found["fee_on_transfer"].says


def test_a_check_is_kept_with_its_block_and_a_second_run_of_it_changes_nothing(evm_node, usdt):
    project_tokens.deploy(
        network="ERC20", kind="FixedToken", name="Fixed", symbol="FIXC", supply=1000, holders=25
    )
    listing = rapid.begin(
        network="ERC20", contract=project_tokens.address("FIXC"), actor=made.manager()
    )
    run = listing.chain_checks.get()
    assert checks.run(run.pk) > 10
    assert checks.run(run.pk) == 0
    run.refresh_from_db()
    listing.refresh_from_db()
    assert (run.state, run.height, run.holders) == ("done", evm_node.height, 26)
    assert (listing.code, listing.name, listing.decimals, listing.supply) == (
        "FIXC", "Fixed", 18, 1000,
    )  # fmt: skip


def test_a_check_without_a_node_fails_with_the_reason(db, ethereum, usdt, settings):
    settings.CHAIN_ENVIRONMENT = {}
    listing = rapid.begin(network="ERC20", contract=made.CONTRACT, actor=made.manager())
    checks.sweep()
    run = ChainCheck.objects.get(listing=listing)
    assert (run.state, "has no node" in run.error) == ("failed", True)


def test_monitoring_sees_who_knew(project, usdt):
    made.scheduled(project, usdt, made.manager())
    table = history.accounts_of([project.pk])
    assert table["insider"].to_pylist() == [False]
    assert table["insider_of"].to_pylist() == [",HRB,"]
