"""Money between a customer's own accounts, over the wire."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.accounts.models import Customer, Restriction
from exchange.audit.models import AuditEvent
from exchange.ledger.models import LedgerEntry
from tests import factories
from tests.factories.integrators import Integrator, integrator

pytestmark = pytest.mark.django_db

MAIN = "/account/sub-account/main/v1"


@pytest.fixture
def child(trader: Customer) -> Customer:
    return Customer.objects.create(parent=trader, name="arbitrage")


def move(bot: Integrator, path: str, amount: str = "5", request_no: str = "r1", **names: str):  # noqa: ANN201
    body = {"requestNo": request_no, "amount": amount, "currency": "USDT", **names}
    return bot.post(path, body)


def test_money_goes_to_a_sub_account_and_comes_back(
    bot: Integrator, trader: Customer, child: Customer
) -> None:
    sent = move(bot, f"{MAIN}/main-to-sub", "100.5", subAccount="arbitrage")
    back = move(integrator(child), "/account/sub-account/sub/v1/sub-to-main", "0.25", "r2")
    fetched = move(bot, f"{MAIN}/sub-to-main", "0.25", "r3", subAccount="ARBITRAGE")

    assert [a.code for a in (sent, back, fetched)] == [1000, 1000, 1000]
    assert sent.data == {}
    assert factories.available(child, "USDT") == Decimal(100)
    assert factories.available(trader, "USDT") == Decimal(99_900)
    held = bot.get(f"{MAIN}/wallet", subAccount="arbitrage", currency="usdt").data
    assert held == {
        "wallet": [{"currency": "USDT", "name": "USDT", "available": "100", "frozen": "0"}]
    }
    assert AuditEvent.objects.filter(verb="ledger.transfer_between_sub_accounts").count() == 3


def test_both_sides_find_it_in_their_history(bot: Integrator, child: Customer) -> None:
    other = Customer.objects.create(parent=child.parent, name="second")
    move(bot, f"{MAIN}/main-to-sub", "100", subAccount="arbitrage")
    move(bot, f"{MAIN}/sub-to-sub", "40", "r2", fromAccount="arbitrage", toAccount="second")

    def told(caller: Integrator, path: str, **query: str) -> list[tuple[str, str, str]]:
        data = caller.get(f"/account/sub-account/{path}", moveType="spot to spot", N="10", **query)
        assert data.data["total"] == len(data.data["historyList"])
        return [(r["fromAccount"], r["toAccount"], r["amount"]) for r in data.data["historyList"]]

    both = [("arbitrage", "second", "40"), ("main", "arbitrage", "100")]
    assert told(bot, "main/v1/transfer-list") == both
    assert told(bot, "main/v1/transfer-list", accountName="second") == both[:1]
    assert told(bot, "v1/transfer-history") == both[1:]
    assert told(integrator(child), "v1/transfer-history") == both
    assert told(integrator(other), "v1/transfer-history") == both[:1]


def test_a_retry_is_the_same_transfer_and_another_one_is_refused(
    bot: Integrator, trader: Customer, child: Customer
) -> None:
    path = f"{MAIN}/main-to-sub"

    assert move(bot, path, "7", subAccount="arbitrage").code == 1000
    assert move(bot, path, "7", subAccount="arbitrage").code == 1000
    other = move(bot, path, "8", subAccount="arbitrage")

    assert (other.status, other.code) == (400, 61004)
    assert factories.available(child, "USDT") == 7
    assert AuditEvent.objects.filter(verb="ledger.transfer_between_sub_accounts").count() == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": "100001"}, 61001),
        ({"amount": "-1"}, 50021),
        ({"amount": "0.000000001"}, 50021),
        ({"currency": "NOPE"}, 60002),
        ({"currency": ""}, 60000),
        ({"requestNo": ""}, 60000),
        ({"requestNo": "a b"}, 50021),
        ({"requestNo": "a" * 65}, 50021),
        ({"subAccount": "nobodys"}, 61003),
        ({"subAccount": ""}, 60000),
    ],
)
def test_a_refused_transfer_moves_nothing(
    bot: Integrator, trader: Customer, child: Customer, changed: dict[str, str], code: int
) -> None:
    before = LedgerEntry.objects.count()
    body = {"requestNo": "r", "amount": "1", "currency": "USDT", "subAccount": "arbitrage"}

    answer = bot.post(f"{MAIN}/main-to-sub", {**body, **changed})

    assert (answer.status, answer.code) == (400, code)
    assert LedgerEntry.objects.count() == before


def test_nobody_reaches_another_familys_account(bot: Integrator, child: Customer) -> None:
    stranger = factories.customer()
    factories.fund(stranger, "USDT", "10")

    assert move(integrator(stranger), f"{MAIN}/sub-to-main", subAccount="arbitrage").code == 61003
    wallet = integrator(stranger).get(f"{MAIN}/wallet", subAccount="arbitrage")
    assert wallet.code == 61003
    assert integrator(stranger).get(f"{MAIN}/subaccount-list").data == {"subAccountList": []}


def test_a_sub_account_does_not_command_its_family(bot: Integrator, child: Customer) -> None:
    Customer.objects.create(parent=child.parent, name="second")
    caller = integrator(child)

    answer = move(caller, f"{MAIN}/sub-to-sub", fromAccount="second", toAccount="arbitrage")

    assert answer.code == 61003


def test_a_key_that_only_reads_moves_nothing(trader: Customer, child: Customer) -> None:
    reader = integrator(trader, can_trade=False)

    assert move(reader, f"{MAIN}/main-to-sub", subAccount="arbitrage").code == 30012


def test_who_may_not_withdraw_may_not_move_it_to_a_neighbour_either(
    bot: Integrator, child: Customer
) -> None:
    factories.fund(child, "USDT", "10")
    Restriction.objects.create(
        customer=child,
        kind=Restriction.Kind.WITHDRAWAL,
        reason="stolen device",
        customer_message="Withdrawals are paused.",
        imposed_by="tests",
    )

    answer = move(bot, f"{MAIN}/sub-to-main", subAccount="arbitrage")

    assert (answer.status, answer.code) == (403, 53000)
    assert factories.available(child, "USDT") == 10


def test_the_list_tells_who_may_trade(bot: Integrator, child: Customer) -> None:
    frozen = Customer.objects.create(parent=child.parent, name="second")
    Restriction.objects.create(
        customer=frozen, kind=Restriction.Kind.TRADING, reason="x", imposed_by="tests"
    )

    assert bot.get(f"{MAIN}/subaccount-list").data == {
        "subAccountList": [
            {"accountName": "arbitrage", "status": 1},
            {"accountName": "second", "status": 2},
        ]
    }
