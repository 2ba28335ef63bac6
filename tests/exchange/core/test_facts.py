"""Facts: told in the transaction that makes them true, once, and never changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exchange.core import facts
from exchange.core.facts import FactKind, NewFact
from exchange.core.models import Fact, WaitingFact

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def tell(**given):
    told = {
        "kind": FactKind.CRYPTO_DEPOSIT,
        "customer_id": 7,
        "at": NOON,
        "reference": "deposit:1",
        "asset": "BTC",
        "amount": Decimal("0.5"),
        "usd": Decimal(50_000),
        "ip": "203.0.113.9",
        "extra": {"mixer_exposure": "0.2"},
    } | given
    with transaction.atomic():
        facts.report(**told)


def test_a_fact_is_kept_as_it_was_told_and_waits_for_the_watchers():
    tell()

    fact = Fact.objects.get()
    assert (fact.kind, fact.customer_id, fact.at) == ("crypto_deposit", 7, NOON)
    assert (fact.asset, fact.amount, fact.usd) == ("BTC", Decimal("0.5"), Decimal(50_000))
    assert (fact.ip, fact.extra) == ("203.0.113.9", {"mixer_exposure": "0.2"})
    assert list(WaitingFact.objects.values_list("fact_id", flat=True)) == [fact.pk]


def test_what_is_told_twice_stays_the_first_and_waits_once():
    tell()
    tell(amount=Decimal(9))

    assert Fact.objects.get().amount == Decimal("0.5")
    assert facts.waiting() == 1


def test_a_fact_is_about_a_customer_or_says_what_of_ours_it_is_about():
    ours = {"kind": FactKind.HOT_WALLET_PAYMENT, "customer_id": None}
    for wrong in (
        {"customer_id": None},
        {"kind": FactKind.HOT_WALLET_PAYMENT},
        {**ours, "extra": {}},
    ):
        with pytest.raises(ValueError, match="about"):
            tell(**wrong)
    assert not Fact.objects.exists()

    tell(**ours, extra={"subject": "wallet:btc-hot"})
    assert Fact.objects.get().customer_id is None


def test_the_same_reference_of_another_kind_is_another_fact():
    tell()
    tell(kind=FactKind.TRANSFER)

    assert Fact.objects.count() == 2


def test_what_is_rolled_back_was_never_told():
    with transaction.atomic():
        facts.report(kind=FactKind.LOGIN, customer_id=7, at=NOON, reference="1")
        transaction.set_rollback(True)

    assert (Fact.objects.count(), facts.waiting()) == (0, 0)


def test_a_fact_outside_a_transaction_and_a_kind_nobody_knows_are_refused():
    with pytest.raises(RuntimeError):
        facts.report(kind=FactKind.LOGIN, customer_id=7, at=NOON, reference="1")
    with pytest.raises(ValueError, match="no fact is called gossip"):
        tell(kind="gossip")

    assert Fact.objects.count() == 0


def test_nobody_changes_a_fact_or_takes_it_away():
    tell()

    for attempt in (
        lambda: Fact.objects.update(usd=1),
        lambda: Fact.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="written once"):
            attempt()
    assert Fact.objects.get().usd == Decimal(50_000)


def many(count: int, *, start: int = 0) -> list[NewFact]:
    return [
        NewFact(
            kind=FactKind.TRADE,
            customer_id=n,
            at=NOON + timedelta(seconds=n),
            reference=f"trade:{n}",
            amount=Decimal("1.5"),
            extra={"text": "tab\tand \\ line\nend"},
        )
        for n in range(start, start + count)
    ]


def test_many_are_told_at_once_in_their_order_and_only_the_new_ones_count():
    with transaction.atomic():
        assert facts.report_many(many(5)) == 5
        assert facts.report_many(many(6, start=2)) == 3

    told = list(Fact.objects.order_by("id").values_list("reference", flat=True))
    assert told == [f"trade:{n}" for n in range(8)]
    assert Fact.objects.first().extra == {"text": "tab\tand \\ line\nend"}
    assert facts.waiting() == 8


def test_history_waits_for_nobody():
    with transaction.atomic():
        facts.report_many(many(3), watched=False)

    assert (Fact.objects.count(), facts.waiting()) == (3, 0)


def test_a_batch_is_bounded():
    with pytest.raises(ValueError, match="at most 10000"), transaction.atomic():
        facts.report_many(many(10_001))
