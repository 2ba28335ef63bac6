"""Whatever a dishonest exchange changes, both verifiers of outsiders refuse, and agree on why."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import without
from tests.wallets.reserves.conftest import STATIC, inclusion, refused
from tests.wallets.reserves.growing import Grown, crowd
from wallets.reserves import tree as trees

HERE = Path(__file__).parent


def judged(*cases: tuple[Any, str | None]) -> list[str]:
    """What Node says of proofs, by the very file that the browser runs."""
    node = shutil.which("node")
    if node is None:
        without("Node, to run the browser's verifier")
    lines = "\n".join(json.dumps({"proof": proof, "root": root}) for proof, root in cases)
    ran = subprocess.run(
        [str(node), str(HERE / "verdicts.mjs")],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="module")
def grown() -> Grown:
    return crowd()


def plus(text: str, by: int) -> str:
    return str(int(text) + by)


def balance(proof: dict[str, Any]) -> None:
    proof["assets"][0]["balance"] = plus(proof["assets"][0]["balance"], -1)


def a_chunk(proof: dict[str, Any]) -> None:
    chunks = proof["assets"][0]["chunks"]
    chunks[0]["amount"] = plus(chunks[0]["amount"], -1)
    balance(proof)


def moved_between_chunks(proof: dict[str, Any]) -> None:
    """The balance stays what it is."""
    chunks = proof["assets"][0]["chunks"]
    largest = max(chunks, key=lambda chunk: int(chunk["amount"]))
    other = next(chunk for chunk in chunks if chunk is not largest)
    largest["amount"], other["amount"] = plus(largest["amount"], -1), plus(other["amount"], 1)


def sibling_sum(proof: dict[str, Any]) -> None:
    step = proof["assets"][1]["chunks"][0]["path"][2]
    step[1] = plus(step[1], -1)


def sibling_hash(proof: dict[str, Any]) -> None:
    proof["assets"][0]["chunks"][1]["path"][0][0] = "00" * 32


def asset_root(proof: dict[str, Any]) -> None:
    proof["assets"][0]["root"] = "ab" * 32


def snapshot_root(proof: dict[str, Any]) -> None:
    proof["root"] = "ab" * 32


def liabilities(proof: dict[str, Any]) -> None:
    proof["assets"][0]["liabilities"] = plus(proof["assets"][0]["liabilities"], -1000)


def negative_chunk(proof: dict[str, Any]) -> None:
    chunks = proof["assets"][0]["chunks"]
    chunks[1]["amount"] = plus(chunks[1]["amount"], int(chunks[0]["amount"]) + 7)
    chunks[0]["amount"] = "-7"


def negative_sibling(proof: dict[str, Any]) -> None:
    proof["assets"][0]["chunks"][0]["path"][0][1] = "-1"


def beyond_range(proof: dict[str, Any]) -> None:
    proof["assets"][0]["chunks"][0]["path"][0][1] = str(2**128)


def duplicated_leaf(proof: dict[str, Any]) -> None:
    chunks = proof["assets"][0]["chunks"]
    chunks[1] = copy.deepcopy(chunks[0])
    proof["assets"][0]["balance"] = str(sum(int(chunk["amount"]) for chunk in chunks))


def duplicated_asset(proof: dict[str, Any]) -> None:
    proof["assets"].insert(1, copy.deepcopy(proof["assets"][0]))


def missing_chunk(proof: dict[str, Any]) -> None:
    gone = proof["assets"][0]["chunks"].pop()
    proof["assets"][0]["balance"] = plus(proof["assets"][0]["balance"], -int(gone["amount"]))


def another_holder(proof: dict[str, Any]) -> None:
    proof["holder"] = "2 person2@example.com"


def another_position(proof: dict[str, Any]) -> None:
    chunk = proof["assets"][0]["chunks"][0]
    chunk["position"] ^= 1


def position_outside(proof: dict[str, Any]) -> None:
    proof["assets"][0]["chunks"][0]["position"] = proof["assets"][0]["leaves"]


def another_day(proof: dict[str, Any]) -> None:
    proof["snapshot"] = "2026-11-25-1"


def another_time(proof: dict[str, Any]) -> None:
    proof["taken_at"] = "2026-11-26T12:00:01Z"


def decimals(proof: dict[str, Any]) -> None:
    proof["assets"][0]["decimals"] = 6


def renamed_asset(proof: dict[str, Any]) -> None:
    proof["assets"][0]["asset"] = "AAVE"


def fewer_leaves(proof: dict[str, Any]) -> None:
    proof["assets"][0]["leaves"] = 2 ** len(proof["assets"][0]["chunks"][0]["path"])


def longer_path(proof: dict[str, Any]) -> None:
    proof["assets"][0]["chunks"][0]["path"].append(["00" * 32, "0"])


def no_assets(proof: dict[str, Any]) -> None:
    proof["assets"] = []


def more_assets(proof: dict[str, Any]) -> None:
    proof["asset_count"] = 4


ALL = [
    balance, a_chunk, moved_between_chunks, sibling_sum, sibling_hash, asset_root, snapshot_root,
    liabilities, negative_chunk, negative_sibling, beyond_range, duplicated_leaf, duplicated_asset,
    missing_chunk, another_holder, another_position, position_outside, another_day, another_time,
    decimals, renamed_asset, fewer_leaves, longer_path, no_assets, more_assets,
]  # fmt: skip


def test_honest_proofs_are_accepted_by_both(grown):
    cases = [(grown.proof(n), grown.root.hex()) for n in range(1, 41)]

    assert [refused(*case) for case in cases] == [""] * 40
    assert judged(*cases) == [""] * 40


def test_each_kind_of_tampering_is_refused_by_both_for_the_same_reason(grown):
    cases = []
    for change in ALL:
        proof = copy.deepcopy(grown.proof(1))
        change(proof)
        cases.append((proof, None))

    verdicts = [refused(*case) for case in cases]

    assert [c.__name__ for c, said in zip(ALL, verdicts, strict=True) if said == ""] == []
    assert [said.replace('"', "'") for said in judged(*cases)] == verdicts


def test_a_leaf_counted_twice_is_named(grown):
    proof = grown.proof(1)
    duplicated_leaf(proof)

    assert "counted twice" in refused(proof)


def test_a_negative_chunk_is_named(grown):
    proof = grown.proof(1)
    negative_chunk(proof)

    assert refused(proof) == "'-7' is not a whole number from 0 to 2^128 - 1"


def test_one_customers_proof_is_no_proof_for_another(grown):
    """Same balance, and shown the leaves of somebody else: the name in them is not theirs."""
    swapped = grown.proof(3)
    swapped["holder"] = grown.holder(5)

    assert grown.balances["USDT"][3] == grown.balances["USDT"][5]
    assert refused(swapped) != ""
    assert judged((swapped, None)) != [""]


def test_an_omitted_customer_can_be_given_no_proof():
    """The exchange leaves customer 7 out and tries with the leaves of a tree that has them."""
    honest = crowd()
    without_7 = Grown(
        {
            code: {n: units for n, units in owed.items() if n != 7}
            for code, owed in honest.balances.items()
        }
    )
    root = without_7.root.hex()
    theirs = honest.proof(7)
    forged = {**copy.deepcopy(theirs), "root": root, "asset_count": 3}
    for asset in forged["assets"]:
        kept = without_7.roots[asset["asset"]]
        asset["root"], asset["liabilities"] = kept.hash.hex(), str(kept.sum)
        asset["leaves"] = kept.leaves
        for chunk in asset["chunks"]:
            chunk["position"] %= kept.leaves
            chunk["path"] = without_7.path(asset["asset"], chunk["position"])

    assert refused(theirs, root) == (
        "the root in the file is not the published one: it is of another snapshot"
    )
    assert "does not lead to the root" in refused(forged, root)
    assert [said != "" for said in judged((theirs, root), (forged, root))] == [True, True]
    assert refused(without_7.proof(8), root) == ""


def test_a_proof_of_another_snapshot_is_refused(grown):
    yesterday = Grown(grown.balances, name="2026-11-25-1")

    said = refused(yesterday.proof(1), grown.root.hex())
    assert said == "the root in the file is not the published one: it is of another snapshot"
    assert judged((yesterday.proof(1), grown.root.hex())) == [said]


def test_a_tree_that_hides_an_amount_below_a_negative_sum_can_not_be_written():
    """The sum of a node is unsigned: 2^128 - 5 for -5 overflows on the way up and is refused."""
    hidden = bytes(32) + (2**128 - 5).to_bytes(16)
    with pytest.raises(trees.NotProvable):
        trees.parent(hidden, bytes(32) + (9).to_bytes(16))


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2**70), st.text(max_size=70), st.just([]), st.just({})
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value in a document."""
    if isinstance(value, dict):
        return [
            s for key, each in value.items() for s in [(*path, key), *spots(each, (*path, key))]
        ]
    if isinstance(value, list):
        return [s for n, each in enumerate(value) for s in [(*path, n), *spots(each, (*path, n))]]
    return []


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_value_of_a_proof_can_be_changed_and_none_breaks_the_verifier(data):
    proof = SMALL.proof(1)
    place = data.draw(st.sampled_from(spots(proof)))
    inside = proof
    for step in place[:-1]:
        inside = inside[step]
    before = copy.deepcopy(inside[place[-1]])
    inside[place[-1]] = data.draw(VALUES.filter(lambda value: value != before))

    assert refused(proof) != ""


SMALL = Grown({"BTC": {1: 5000, 2: 700, 3: 81}, "USDT": {1: 10, 2: 30}})


def test_strangers_documents_are_refused_by_both_alike():
    strange = [
        None, [], "text", {}, {"format": "holdfast-inclusion-1"}, {**SMALL.proof(1), "holder": ""},
        {**SMALL.proof(1), "assets": [None]}, {**SMALL.proof(1), "assets": [{"asset": "B T"}]},
        {**SMALL.proof(1), "asset_count": True}, {**SMALL.proof(1), "asset_count": -1},
    ]  # fmt: skip
    cases = [(proof, None) for proof in strange]

    assert "" not in [refused(*case) for case in cases]
    assert "" not in judged(*cases)


def test_the_script_alone_says_verified_or_not(tmp_path, grown):
    """As a customer runs it: no package of ours in sight."""
    file = tmp_path / "proof.json"

    def run(*more: str) -> tuple[int, str]:
        ran = subprocess.run(
            [sys.executable, "-I", str(STATIC / "verify_inclusion.py"), str(file), *more],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=30,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    file.write_text(json.dumps(grown.proof(1)))
    status, said = run("--root", grown.root.hex())
    assert status == 0
    assert "1000 USDT of yours are counted in 40000 USDT owed" in said
    assert said.endswith("VERIFIED: your balances are counted in full.\n")

    status, said = run("--root", "ab" * 32)
    assert status == 1
    assert said.startswith("NOT VERIFIED: the root in the file is not the published one")

    file.write_text("not json")
    assert run()[0] == 1


def test_amounts_are_shown_as_people_write_them():
    assert inclusion.shown(5, 8) == "0.00000005"
    assert inclusion.shown(150_000_000, 8) == "1.5"
    assert inclusion.shown(100, 0) == "100"
