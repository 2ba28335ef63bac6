"""The tree tells nobody's balance, holds nothing below zero, and always comes to what is owed."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wallets.reserves.conftest import inclusion
from tests.wallets.reserves.growing import Grown, crowd
from wallets.reserves import tree as trees
from wallets.reserves.build import Sorter

KEY, TAG = sha256(b"key").digest(), sha256(b"tag").digest()
UNITS = st.integers(min_value=1, max_value=10**30)


@given(
    amount=st.integers(min_value=0, max_value=2**128 - 1), key=st.binary(min_size=32, max_size=32)
)
def test_chunks_are_three_or_five_none_below_zero_and_sum_to_the_balance(amount, key):
    parts = trees.split(amount, key, TAG)

    assert len(parts) in (3, 5)
    assert min(parts) >= 0
    assert sum(parts) == amount


@given(key=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_our_hmac_is_the_librarys(key, message):
    assert trees.mac(key, message) == hmac.digest(key, message, "sha256")


def test_a_chunks_nonce_is_the_hmac_that_the_documentation_names():
    found = trees.chunks(1000, KEY, TAG)
    for number, (nonce, _amount) in enumerate(found):
        place = number.to_bytes(2) + len(found).to_bytes(2)
        assert nonce == hmac.digest(KEY, TAG + place, "sha256")


@pytest.mark.parametrize("amount", [-1, -(10**18), 2**128])
def test_what_no_honest_tree_holds_is_refused(amount):
    with pytest.raises(trees.NotProvable):
        trees.split(amount, KEY, TAG)


def test_sums_that_do_not_fit_are_refused_and_never_wrap_around():
    half = bytes(32) + (2**127).to_bytes(16)
    with pytest.raises(trees.NotProvable, match="beyond 16 bytes"):
        trees.parent(half, half)


@settings(max_examples=60, deadline=None)
@given(
    owed=st.dictionaries(
        st.sampled_from(["ADA", "BTC", "ETH", "USDT"]),
        st.dictionaries(st.integers(1, 2**40), UNITS, min_size=1, max_size=25),
        min_size=1,
    )
)
def test_every_customer_of_every_crowd_can_prove_their_balance(owed):
    grown = Grown(owed)
    for code, balances in owed.items():
        assert grown.roots[code].sum == sum(balances.values())
    for customer_id in {each for balances in owed.values() for each in balances}:
        found = inclusion.check(grown.proof(customer_id), grown.root.hex())

        assert {code: mine for code, mine, _owed, _decimals in found} == {
            code: balances[customer_id]
            for code, balances in owed.items()
            if customer_id in balances
        }


@pytest.mark.parametrize("customers", [1, 2, 3, 7, 1365, 1366, 2100])
def test_trees_of_awkward_sizes_come_to_what_is_owed(customers):
    grown = Grown({"BTC": {n: n for n in range(1, customers + 1)}})

    assert grown.roots["BTC"].sum == customers * (customers + 1) // 2
    for customer_id in {1, customers}:
        inclusion.check(grown.proof(customer_id), grown.root.hex())


# Privacy


def test_no_proof_shows_a_neighbours_balance():
    grown = crowd(60)
    balances = {units for owed in grown.balances.values() for units in owed.values()}
    shown = set()
    for customer_id in grown.balances["USDT"]:
        for asset in grown.proof(customer_id)["assets"]:
            for chunk in asset["chunks"]:
                shown |= {int(total) for _hash, total in chunk["path"]}

    assert len(shown) > 500
    assert shown & balances == set()


def test_a_plain_sum_tree_would_show_it():
    """The control: one leaf a customer, and the first neighbour is somebody's balance."""
    owed = {n: 1000 + n for n in range(8)}
    level = [trees.leaf(TAG, KEY, n, units) + units.to_bytes(16) for n, units in owed.items()]
    beside = trees.path(b"".join(level), [b"one block"], 3)[0]

    assert beside.sum in owed.values()


def test_what_a_proof_shows_of_others_are_sums_of_chunks():
    """Every number of a path is the sum of the leaves below that node, and of nothing else."""
    grown = crowd(30)
    amounts = [chunk.amount for chunk, _ in grown.leaves["BTC"]]
    for at in grown.positions("BTC", 5):
        for level, (_hash, total) in enumerate(grown.path("BTC", at)):
            first = ((at >> level) ^ 1) << level
            assert int(total) == sum(amounts[first : first + 2**level])


def test_no_node_of_the_tree_covers_exactly_one_customers_chunks():
    grown = crowd(50)
    for code, leaves in grown.leaves.items():
        owners = [customer_id for _chunk, customer_id in leaves]
        whole = {each: owners.count(each) for each in owners}
        size = 1
        while size < len(owners):
            for start in range(0, len(owners), size):
                below = owners[start : start + size]
                covers = len(set(below)) == 1 and len(below) == whole[below[0]]
                assert not covers, (code, size, start)
            size *= 2


def test_a_tail_that_would_cover_one_balance_is_noticed():
    assert trees.ends_in_one_balance([1, 2, 3, 7, 7, 7])
    assert trees.ends_in_one_balance([9, 7, 7, 7, 7, 7])
    assert not trees.ends_in_one_balance([1, 2, 7, 3, 7, 7])
    assert not trees.ends_in_one_balance([7, 7, 7])  # there is nobody else


def test_the_same_balance_of_two_people_or_of_two_days_looks_different():
    here, there = crowd(), Grown(crowd().balances, name="2026-11-26-2")
    alike = [chunk.amount for chunk, owner in here.leaves["USDT"] if owner in (1, 2)]

    assert len(set(alike)) == len(alike)
    assert not {c.amount for c, _ in here.leaves["BTC"]} & {
        c.amount for c, _ in there.leaves["BTC"]
    }


# Binding


def test_leaves_nodes_and_roots_are_hashed_apart():
    """The 48 bytes of a record can't be read as another kind of thing."""
    left, right = (
        trees.leaf(TAG, KEY, 0, 5) + (5).to_bytes(16),
        bytes(31) + b"\1" + (7).to_bytes(16),
    )
    node = trees.parent(left, right)[:32]

    assert node == sha256(b"\x01" + left + right).digest()
    assert node != sha256(left + right).digest()
    assert (
        trees.leaf(TAG, KEY, 0, 5)
        == sha256(b"\x00" + TAG + KEY + bytes(8) + (5).to_bytes(16)).digest()
    )


@pytest.mark.parametrize("changed", ["tag", "nonce", "position", "amount"])
def test_everything_about_a_leaf_is_in_its_hash(changed):
    said = {"tag": TAG, "nonce": KEY, "position": 3, "amount": 5}
    other = {**said, changed: sha256(b"x").digest() if changed in ("tag", "nonce") else 4}

    assert trees.leaf(**said) != trees.leaf(**other)


def test_both_sums_are_in_a_nodes_hash():
    """Maxwell's tree hashed their total only: a liar could move an amount between the children."""
    one = trees.parent(bytes(32) + (1).to_bytes(16), bytes(32) + (9).to_bytes(16))
    other = trees.parent(bytes(32) + (2).to_bytes(16), bytes(32) + (8).to_bytes(16))

    assert one[32:] == other[32:]
    assert one[:32] != other[:32]


@pytest.mark.parametrize("expected", [10, 600_000, 10**9])
def test_chunks_are_sorted_alike_in_memory_and_through_files(expected):
    records = [sha256(bytes([n, m])).digest() + bytes(24) for n in range(40) for m in range(40)]
    with Sorter(expected) as sorter:
        for record in records:
            sorter.add(record)
        assert list(sorter.ordered()) == sorted(records)
