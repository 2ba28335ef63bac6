"""Sub-accounts for integrators: who they are, what they hold, and money between them."""

from __future__ import annotations

from typing import Any

from exchange.accounts import standing, sub_accounts
from exchange.accounts.models import Customer, Restriction
from exchange.api.endpoints import Access, Call, Room
from exchange.api.errors import SUB_ACCOUNTS
from exchange.api.parameters import Amount, Choice, Text, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.errors import Conflict, NotFound
from exchange.ledger import queries
from exchange.ledger import sub_accounts as between
from exchange.ledger.sub_accounts import TransferRow

room = Room("Sub-accounts")

MAIN, NORMAL, FROZEN = "main", 1, 2
SPOT = "spot to spot"
REQUEST_NO = Text(name="requestNo", required=True, about="Unique; a retry may repeat it.")
AMOUNT = Amount(name="amount", required=True)
CURRENCY = Text(name="currency", required=True)
ANY_CURRENCY = Text(name="currency", about="Only this currency.")
SUB_ACCOUNT = Text(name="subAccount", required=True, about="The sub-account's name.")
FROM_ACCOUNT = Text(name="fromAccount", required=True)
TO_ACCOUNT = Text(name="toAccount", required=True)
ACCOUNT_NAME = Text(name="accountName", about="Only this sub-account's.")
MOVE_TYPE = Choice(name="moveType", among=[SPOT], default=SPOT)
NEWEST = Whole(name="N", least=1, most=100, default=100, clamp=True)

MOVE = (REQUEST_NO, AMOUNT, CURRENCY)
HISTORY = {
    "total": "integer",
    "historyList": [
        strings("fromAccount fromWalletType toAccount toWalletType currency amount")
        | integers("submissionTime")
    ],
}


def _moves(path: str, *, takes: tuple[Text, ...] = ()) -> Any:
    """A transfer's endpoint."""
    return room.post(
        f"/account/sub-account/{path}",
        access=Access.TRADE,
        takes=[*MOVE, *takes],
        gives={},
        family=SUB_ACCOUNTS,
    )


@_moves("main/v1/sub-to-main", takes=(SUB_ACCOUNT,))
def sub_to_main(call: Call) -> dict[str, Any]:
    """Bring money of a sub-account to the main account, asked by the main account."""
    return _move(call, _sub_account(call, SUB_ACCOUNT), call.customer_id)


@_moves("main/v1/main-to-sub", takes=(SUB_ACCOUNT,))
def main_to_sub(call: Call) -> dict[str, Any]:
    """Give money of the main account to a sub-account."""
    return _move(call, call.customer_id, _sub_account(call, SUB_ACCOUNT))


@_moves("main/v1/sub-to-sub", takes=(FROM_ACCOUNT, TO_ACCOUNT))
def sub_to_sub(call: Call) -> dict[str, Any]:
    """Move money between two sub-accounts, asked by the main account."""
    return _move(call, _sub_account(call, FROM_ACCOUNT), _sub_account(call, TO_ACCOUNT))


@_moves("sub/v1/sub-to-main")
def own_to_main(call: Call) -> dict[str, Any]:
    """Bring money of the calling sub-account to its main account."""
    caller = Customer.objects.get(pk=call.customer_id)
    if caller.parent_id is None:
        raise Conflict("This is the main account.")
    return _move(call, caller.pk, caller.parent_id)


@room.get(
    "/account/sub-account/main/v1/subaccount-list",
    access=Access.KEYED,
    gives={"subAccountList": [{"accountName": "string", "status": "integer"}]},
    family=SUB_ACCOUNTS,
)
def listed(call: Call) -> dict[str, Any]:
    """The caller's sub-accounts: 1 may trade, 2 may not for the time being."""
    found = sub_accounts.of_customer(customer_id=call.customer_id)
    known = standing.standings(
        customer_ids=[account.pk for account in found], kind=Restriction.Kind.TRADING
    )
    return {
        "subAccountList": [
            {
                "accountName": account.name,
                "status": NORMAL if known[account.pk].restricted is None else FROZEN,
            }
            for account in found
        ]
    }


@room.get(
    "/account/sub-account/main/v1/wallet",
    access=Access.KEYED,
    takes=[SUB_ACCOUNT, ANY_CURRENCY],
    gives={"wallet": [strings("currency name available frozen")]},
    family=SUB_ACCOUNTS,
)
def wallet(call: Call) -> dict[str, Any]:
    """What a sub-account holds."""
    currency = call.read(ANY_CURRENCY)
    return {
        "wallet": [
            {"currency": b.asset, "name": b.name, "available": b.available, "frozen": b.held}
            for b in queries.balances(customer_id=_sub_account(call, SUB_ACCOUNT), with_empty=True)
            if currency is None or b.asset == currency.upper()
        ]
    }


@room.get(
    "/account/sub-account/main/v1/transfer-list",
    access=Access.KEYED,
    takes=[MOVE_TYPE, NEWEST, ACCOUNT_NAME],
    gives=HISTORY,
    family=SUB_ACCOUNTS,
)
def transfer_list(call: Call) -> dict[str, Any]:
    """Transfers of the caller's sub-accounts, newest first."""
    named = call.read(ACCOUNT_NAME) is not None
    account_id = _sub_account(call, ACCOUNT_NAME) if named else None
    return _history(call, call.customer_id, account_id)


@room.get(
    "/account/sub-account/v1/transfer-history",
    access=Access.KEYED,
    takes=[MOVE_TYPE, NEWEST],
    gives=HISTORY,
    family=SUB_ACCOUNTS,
)
def transfer_history(call: Call) -> dict[str, Any]:
    """Transfers to and from the calling account, main or sub, newest first."""
    caller = Customer.objects.get(pk=call.customer_id)
    return _history(call, caller.self_trade_id, caller.pk)


def _move(call: Call, source_id: int, destination_id: int) -> dict[str, Any]:
    between.transfer(
        source_id=source_id,
        destination_id=destination_id,
        asset=call.read(CURRENCY).upper(),
        amount=call.read(AMOUNT),
        request_no=call.read(REQUEST_NO),
        actor=call.actor,
    )
    return {}


def _sub_account(call: Call, named_by: Text) -> int:
    """The id of the caller's sub-account of that name. Raises NotFound."""
    name = call.read(named_by)
    for account in sub_accounts.of_customer(customer_id=call.customer_id):
        if account.name.lower() == name.lower():
            return account.pk
    raise NotFound("There is no such sub-account.", field=named_by.name)


def _history(call: Call, parent_id: int, account_id: int | None) -> dict[str, Any]:
    assert call.read(MOVE_TYPE) == SPOT  # there is no other kind of wallet
    rows = between.transfers(parent_id=parent_id, account_id=account_id, limit=call.read(NEWEST))
    names = {a.pk: a.name for a in sub_accounts.of_customer(customer_id=parent_id)}
    return {"total": len(rows), "historyList": [_row(row, names) for row in rows]}


def _row(row: TransferRow, names: dict[int, str]) -> dict[str, Any]:
    return {
        "fromAccount": names.get(row.source_id, MAIN),
        "fromWalletType": "spot",
        "toAccount": names.get(row.destination_id, MAIN),
        "toWalletType": "spot",
        "currency": row.asset,
        "amount": row.amount,
        "submissionTime": clock.to_ms(row.at) // 1000,
    }
