"""A snapshot counts everybody once, ties to the books, and gives each customer their own proof."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection

from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.ledger import accounts, post
from exchange.ledger import queries as ledger
from tests import factories
from tests.factories.tampering import guards_off, tamper
from tests.wallets.reserves.conftest import OPERATOR, inclusion, refused, taken
from wallets.reserves import build, progress, proofs, snapshot
from wallets.reserves.models import LeafBlock, Liability, LiabilityTree, Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_our_transaction")]


@pytest.fixture
def people():
    """Five customers, one with an order's hold, one with a sub-account."""
    found = [factories.customer() for _ in range(4)]
    found.append(factories.customer(parent=found[0]))
    for number, holder in enumerate(found, start=1):
        factories.fund(holder, "BTC", D("0.1") * number)
        factories.fund(holder, "USDT", D("1000.01") * number)
    coin = factories.asset("BTC")
    account = accounts.customer_accounts([(found[1].pk, coin.pk)])[found[1].pk, coin.pk]
    post.hold(reference="order:1", account_id=account, amount=D("0.05"))
    return found


def test_what_is_owed_ties_to_the_trial_balance_in_every_asset(people):
    kept = taken()

    assert kept.state == Snapshot.State.READY
    assert {t.code: (t.owed, t.house, t.holders) for t in kept.trees.all()} == {
        "BTC": (150_000_000, -150_000_000, 5),
        "USDT": (1_500_015_000_000, -1_500_015_000_000, 5),
    }
    assert dict(ledger.trial_balance()) == {"BTC": 0, "USDT": 0}


def test_available_and_held_both_count_and_a_sub_account_counts_under_its_own_id(people):
    kept = taken()
    owed = dict(
        Liability.objects.filter(tree__snapshot=kept, tree__code="BTC").values_list(
            "customer_id", "units"
        )
    )

    assert owed == {holder.pk: 10_000_000 * number for number, holder in enumerate(people, start=1)}


def test_every_customer_gets_a_proof_that_outsiders_accept(people):
    kept = taken()
    root = bytes(kept.root).hex()
    for number, holder in enumerate(people, start=1):
        proof = proofs.inclusion_proof(snapshot=kept, customer_id=holder.pk)

        assert inclusion.check(proof, root) == [
            ("BTC", 10_000_000 * number, 150_000_000, 8),
            ("USDT", 100_001_000_000 * number, 1_500_015_000_000, 8),
        ]


def test_a_sub_accounts_proof_names_it_and_the_address_of_its_owner(people):
    kept = taken()
    proof = proofs.inclusion_proof(snapshot=kept, customer_id=people[4].pk)

    assert proof["holder"] == f"{people[4].pk} {people[0].user.email}"


def test_who_had_nothing_has_no_proof(people):
    newcomer = factories.customer()
    kept = taken()

    with pytest.raises(proofs.NotInSnapshot):
        proofs.inclusion_proof(snapshot=kept, customer_id=newcomer.pk)


def test_what_changes_after_the_moment_is_not_in_it(people):
    kept = taken()
    factories.fund(people[0], "BTC", "7")

    proof = proofs.inclusion_proof(snapshot=kept, customer_id=people[0].pk)
    assert proof["assets"][0]["balance"] == "10000000"
    assert refused(proof) == ""


def test_a_new_e_mail_address_does_not_break_older_proofs(people):
    kept = taken()
    people[0].user.email = "moved@example.com"
    people[0].user.save()

    assert refused(proofs.inclusion_proof(snapshot=kept, customer_id=people[0].pk)) == ""


def test_a_balance_finer_than_the_assets_precision_is_counted_to_its_last_digit(people):
    factories.fund(people[0], "BTC", "0.0000000000001")
    kept = taken()

    assert kept.trees.get(code="BTC").decimals == 13
    assert refused(proofs.inclusion_proof(snapshot=kept, customer_id=people[0].pk)) == ""


def test_books_that_do_not_balance_are_not_published_as_if_they_did(people):
    coin = factories.asset("BTC")
    account = accounts.customer_accounts([(people[0].pk, coin.pk)])[people[0].pk, coin.pk]
    tamper("UPDATE exchange_ledgeraccount SET available = 0.01 WHERE id = %s", account)
    kept = taken()

    assert kept.state == Snapshot.State.FAILED
    assert kept.says.startswith("BTC: customers have 1.41")
    assert LiabilityTree.objects.count() == 0


def test_a_negative_balance_is_never_netted_against_others(people, monkeypatch):
    found = list(ledger.owed_to_each())[0]
    found[0] = found[0]._replace(lowest=D("-0.1"))
    monkeypatch.setattr(ledger, "owed_to_each", lambda: iter([found]))
    kept = taken()

    assert kept.state == Snapshot.State.FAILED
    assert kept.says == f"Customer {found[0].customer_id} is below zero."
    assert Liability.objects.count() == 0


def test_a_snapshot_whose_worker_died_goes_on_where_it_was(people):
    asked = snapshot.request(actor=OPERATOR, reason="test")
    snapshot.keep_moment(snapshot_id=asked.pk)
    assert build.build_next(snapshot_id=asked.pk)
    first = bytes(asked.trees.get(code="BTC").root)
    assert not build.finish(snapshot_id=asked.pk)  # USDT is not built

    assert progress.sweep() == 1

    asked.refresh_from_db()
    assert asked.state == Snapshot.State.READY
    assert bytes(asked.trees.get(code="BTC").root) == first
    assert refused(proofs.inclusion_proof(snapshot=asked, customer_id=people[0].pk)) == ""
    assert progress.sweep() == 0


def test_the_moment_is_kept_once(people):
    asked = snapshot.request(actor=OPERATOR, reason="test")

    assert snapshot.keep_moment(snapshot_id=asked.pk)
    assert not snapshot.keep_moment(snapshot_id=asked.pk)
    assert Liability.objects.count() == 10


def test_one_snapshot_at_a_time(people):
    first = snapshot.request(actor=OPERATOR, reason="test")

    with pytest.raises(Conflict, match=f"Snapshot {first.name} is under way"):
        snapshot.request(actor=OPERATOR, reason="again")


def test_taking_one_needs_the_permission_and_a_reason():
    with pytest.raises(PermissionRefused):
        snapshot.request(actor=factories.officer(), reason="test")
    with pytest.raises(Invalid):
        snapshot.request(actor=OPERATOR, reason=" ")
    assert Snapshot.objects.count() == 0


def test_leaves_that_were_changed_afterwards_are_noticed_and_not_shown(people):
    kept = taken()
    block = LeafBlock.objects.filter(tree__code="BTC").get()
    body = bytearray(build.zlib.decompress(bytes(block.body)))
    body[0:32] = bytes(32)
    block.body = build.zlib.compress(body)
    block.save()

    failed = 0
    for holder in people:
        try:
            assert refused(proofs.inclusion_proof(snapshot=kept, customer_id=holder.pk)) != ""
        except proofs.LeafMissing:
            failed += 1
    assert failed == 1


def test_many_customers_fill_several_blocks_and_all_their_proofs_hold(monkeypatch):
    monkeypatch.setattr(build, "BUCKET", 2_000)  # so that chunks are sorted through files
    coin = factories.asset("BTC")
    with guards_off(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_ledgeraccount (owner_kind, owner_id, purpose, asset_id,"
            " available, held, may_be_negative)"
            " SELECT 'customer', n, 'spot', %s, n * 0.00001, 0, false"
            " FROM generate_series(1, 4000) n",
            [coin.pk],
        )
        cursor.execute(
            "INSERT INTO exchange_ledgeraccount (owner_kind, owner_id, purpose, asset_id,"
            " available, held, may_be_negative)"
            " VALUES ('house', 0, 'custody', %s, -80.02, 0, true)",
            [coin.pk],
        )
    kept = taken()
    tree = kept.trees.get()

    assert tree.owed == 8_002_000_000
    assert tree.blocks.count() == tree.leaves // 4096 + 1 >= 3
    for customer_id in (1, 2, 1999, 4000):
        proof = proofs.inclusion_proof(snapshot=kept, customer_id=customer_id)
        assert inclusion.check(proof) == [("BTC", 1000 * customer_id, 8_002_000_000, 8)]
