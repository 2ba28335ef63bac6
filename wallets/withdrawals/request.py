"""Ask for a withdrawal: refuse at once what can be refused, set the funds aside, ask the gates.

Pages show a code from the phone with exactly the contents they carry: the code is used up by this
one request and counts for no other. Programs have a key that may withdraw, bound to addresses.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts import second_factor
from exchange.accounts.actors import require_holder
from exchange.accounts.models import ApiKey, Customer
from exchange.assets.models import Asset, AssetNetwork
from exchange.audit.record import record
from exchange.core import clock, money, switches
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import InsufficientFunds, Invalid, KeyReused, PermissionRefused
from exchange.core.money import ZERO
from exchange.ledger import post
from exchange.ledger import queries as ledger
from exchange.ledger.accounts import customer_accounts
from wallets import chains
from wallets.addresses import formats
from wallets.withdrawals import judge, recipients, told, travel, values
from wallets.withdrawals.errors import (
    BelowMinimum,
    TooPrecise,
    UnknownAsset,
    UnknownRecipient,
    WithdrawalsClosed,
)
from wallets.withdrawals.gates import Facts, Verdict
from wallets.withdrawals.models import Withdrawal

PERMISSION = "wallets.request_withdrawal"  # nobody on the staff has it
Via = Withdrawal.Via


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWithdrawal:
    """What a customer asks for. `amount` is what arrives; the fee comes on top of it.

    Over a chain: `network` and `address`. To another customer: `recipient` (e-mail address or
    number). `request_no` is the customer's own key: the same twice is one withdrawal.
    """

    customer_id: int
    asset: str
    amount: Decimal
    request_no: str
    network: str = ""
    address: str = ""
    memo: str = ""
    recipient: str = ""


class Where(NamedTuple):
    """Where it goes, read and found."""

    asset: Asset
    asset_network: AssetNetwork | None
    address: str
    key: str
    memo: str
    recipient: Customer | None


def request(
    *,
    new: NewWithdrawal,
    actor: Actor,
    code: str = "",
    device_id: int | None = None,
    api_key_id: int | None = None,
) -> Withdrawal:
    """Ask for a withdrawal. Returns it as it stands after the gates: approved, held, or done.

    A person shows `code` from the phone, a program is named by `api_key_id`. Raises a Refused (see
    `errors`, `default_gates`, and the code's: WrongCode, SecondFactorNeeded, TooManyTries), and
    then nothing has moved; KeyReused when the request number came with other contents.
    """
    require_holder(actor=actor, customer_id=new.customer_id, permission=PERMISSION)
    where = find(new)
    amount = _amount(new, where)
    if before := _asked_before(new):
        return before
    if api_key_id is not None:
        _refuse_weak_key(api_key_id, new.customer_id)
    elif actor.kind == CUSTOMER:
        second_factor.show_code(user_id=actor.user_id or 0, code=code, actor=actor)
    with transaction.atomic():
        switches.hold_still()
        owner = _locked_owner(new.customer_id)
        if before := _asked_before(new):  # a twin was quicker
            return before
        facts = _facts(new, where, amount, owner, device_id, api_key_id)
        outcomes = judge.ask(facts)
        made = _write(new, where, facts, actor, api_key_id)
        post.hold(
            kind="withdrawal_hold",
            reference=str(made.pk),
            account_id=made.account_id,
            amount=made.amount + made.fee,
        )
        record(
            actor=actor,
            verb="withdrawals.request",
            target=made,
            after={
                "customer": made.customer_id,
                "asset": where.asset.code,
                "amount": made.amount,
                "fee": made.fee,
                "to": where.address or f"customer {made.recipient_id}",
                "memo": where.memo,
                "via": made.via,
            },
        )
        told.requested(made)
        judge.apply(made, outcomes, first=True)
    return made


class Preview(NamedTuple):
    """What would happen: shown before anybody clicks."""

    where: Where
    amount: Decimal
    fee: Decimal
    waits: bool  # a person will look at it first
    asks: str  # what the travel rule wants of the customer first: "owner", "proof", or nothing

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


def preview(*, new: NewWithdrawal, actor: Actor, device_id: int | None = None) -> Preview:
    """What a request would do, with every refusal it would meet now. Changes nothing."""
    require_holder(actor=actor, customer_id=new.customer_id, permission=PERMISSION)
    where = find(new)
    amount = _amount(new, where)
    owner = Customer.objects.get(pk=Customer.objects.get(pk=new.customer_id).self_trade_id)
    facts = _facts(new, where, amount, owner, device_id, None)
    outcomes = judge.ask(facts)
    has = ledger.balance(customer_id=new.customer_id, asset_id=where.asset.pk).available
    if has < amount + facts.fee:
        raise InsufficientFunds(
            _("You have %(has)s %(asset)s; this takes %(total)s, the fee included.")
            % {
                "has": money.plain(has),
                "asset": where.asset.code,
                "total": money.plain(amount + facts.fee),
            },
            field="amount",
            limit=has,
        )
    held_by = {name for name, outcome in outcomes if outcome.verdict == Verdict.HOLD}
    asks = travel.standing_of(facts).asks if "travel rule" in held_by else ""
    return Preview(where, amount, facts.fee, bool(held_by), asks)


def find(new: NewWithdrawal) -> Where:
    """Read what was written: the asset, the network, the address or the other customer."""
    asset = Asset.objects.filter(code=new.asset.upper(), status=Asset.Status.ACTIVE).first()
    if asset is None:
        raise UnknownAsset(field="currency")
    if new.recipient:
        found = recipients.find(new.recipient)
        if found.self_trade_id == Customer.objects.get(pk=new.customer_id).self_trade_id:
            raise UnknownRecipient(
                _("This is your own account. Use transfers between sub-accounts."),
                field="recipient",
            )
        return Where(asset, None, "", "", "", found)
    row = (
        AssetNetwork.objects.filter(asset=asset, network__code=new.network)
        .select_related("network", "asset")
        .first()
    )
    if row is None or not row.withdraw_enabled or row.network.code not in chains.configured():
        raise WithdrawalsClosed(
            _("%(asset)s can't be withdrawn over this network.") % {"asset": asset.code},
            field="network",
        )
    written = formats.read(network=row.network, text=new.address)
    memo = formats.read_memo(network=row.network, text=new.memo)
    return Where(asset, row, written.address, written.key, memo, None)


def fee_of(where: Where) -> Decimal:
    """What the customer pays for it; transfers between customers are free."""
    if where.asset_network is None:
        return ZERO
    return money.charged(where.asset_network.withdraw_fee, where.asset.precision)


def precision_of(where: Where) -> int:
    """Digits after the point: the ledger's, or fewer where the chain has fewer."""
    if where.asset_network is None:
        return where.asset.precision
    return min(where.asset.precision, where.asset_network.decimals)


def _amount(new: NewWithdrawal, where: Where) -> Decimal:
    precision = precision_of(where)
    try:
        amount = money.parse(new.amount, field="amount", precision=precision)
    except Invalid as invalid:
        if invalid.limit == precision:
            raise TooPrecise(str(invalid), field="amount", limit=precision) from invalid
        raise
    if where.asset_network is not None and amount < where.asset_network.withdraw_min:
        raise BelowMinimum(
            _("The least that can be withdrawn is %(least)s %(asset)s.")
            % {"least": money.plain(where.asset_network.withdraw_min), "asset": where.asset.code},
            field="amount",
            limit=where.asset_network.withdraw_min,
        )
    return amount


def _asked_before(new: NewWithdrawal) -> Withdrawal | None:
    """The withdrawal of this request number. Raises KeyReused when it was another one."""
    if not new.request_no or len(new.request_no) > 64:
        raise Invalid(_("A request number has 1 to 64 characters."), field="requestNo", limit=64)
    before = Withdrawal.objects.filter(
        customer_id=new.customer_id, request_no=new.request_no
    ).first()
    if before is not None and before.input_hash != input_hash(new):
        raise KeyReused(field="requestNo")
    return before


def input_hash(new: NewWithdrawal) -> str:
    content = {name: str(value) for name, value in asdict(new).items()}
    content["amount"] = money.plain(Decimal(new.amount))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _refuse_weak_key(api_key_id: int, customer_id: int) -> None:
    """Read again here: the edge's word is not enough when money leaves."""
    key = ApiKey.objects.filter(pk=api_key_id, customer_id=customer_id, revoked_at=None).first()
    if key is None or key.frozen or not key.can_withdraw or not key.allowed_ips:
        raise PermissionRefused(_("This key may not withdraw."), limit="can_withdraw")


def _locked_owner(customer_id: int) -> Customer:
    """The main account. It is locked, and the sub-account that asks: of two requests at once, or a
    request and a freeze, one is first."""
    asking = Customer.objects.get(pk=customer_id)
    ids = {asking.pk, asking.self_trade_id}
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}[asking.self_trade_id]


def _facts(
    new: NewWithdrawal,
    where: Where,
    amount: Decimal,
    owner: Customer,
    device_id: int | None,
    api_key_id: int | None,
) -> Facts:
    fee = fee_of(where)
    network = where.asset_network.network if where.asset_network is not None else None
    return Facts(
        customer_id=new.customer_id,
        owner_id=owner.pk,
        user_id=owner.user_id,
        asset=where.asset.code,
        network=network.code if network else "",
        network_id=network.pk if network else None,
        key=where.key,
        memo=where.memo,
        amount=amount,
        fee=fee,
        value=values.in_usdt(where.asset.code, amount),
        recipient_id=where.recipient.pk if where.recipient else None,
        via=Via.API if api_key_id is not None else Via.PAGE,
        device_id=device_id,
        at=clock.now(),
    )


def _write(
    new: NewWithdrawal, where: Where, facts: Facts, actor: Actor, api_key_id: int | None
) -> Withdrawal:
    accounts = customer_accounts([(new.customer_id, where.asset.pk)])
    return Withdrawal.objects.create(
        customer_id=new.customer_id,
        owner_id=facts.owner_id,
        asset=where.asset,
        asset_network=where.asset_network,
        address=where.address,
        key=where.key,
        memo=where.memo,
        recipient=where.recipient,
        account_id=accounts[new.customer_id, where.asset.pk],
        amount=facts.amount,
        fee=facts.fee,
        value_usdt=facts.value,
        via=facts.via,
        api_key_id=api_key_id,
        device_id=facts.device_id,
        ip=actor.ip,
        request_no=new.request_no,
        input_hash=input_hash(new),
        requested_at=facts.at,
    )
