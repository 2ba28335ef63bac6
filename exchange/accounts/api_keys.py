"""Keys for programs: made with the second factor, shown once, taken back at any time.

A key always reads; trading and withdrawing are granted apart. A key that may withdraw is bound to
addresses, because whoever finds it needs nothing else.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from exchange.accounts import mail, second_factor
from exchange.accounts.actors import require_holder
from exchange.accounts.models import ApiKey, Customer
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused

MOST_KEYS = 30
MOST_ADDRESSES = 20
KEY_BYTES, SECRET_BYTES, MEMO_BYTES = 20, 32, 8
MEMO = re.compile(r"[A-Za-z0-9_-]{1,32}")
USED_EVERY = timedelta(minutes=1)


class TooManyKeys(Refused):
    """The customer has as many keys as one may have. `limit` says how many."""

    code = "too_many_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made: the only time its secret leaves the vault towards its owner."""

    key_id: int
    key: str
    secret: str = field(repr=False)
    memo: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What checking a signed request needs, read in one query and never cached.

    `frozen` is also true when the user is not active or a restriction forbids the API. An empty
    list of addresses allows all. `label` names the customer and the key in the audit log.
    """

    key_id: int
    key: str
    customer_id: int
    user_id: int
    label: str
    secret: str = field(repr=False)
    memo: str = field(repr=False)
    can_trade: bool
    can_withdraw: bool
    allowed_ips: tuple[str, ...]
    expires_at: datetime | None
    frozen: bool


def create(
    *,
    customer_id: int,
    label: str,
    actor: Actor,
    can_trade: bool = False,
    can_withdraw: bool = False,
    allowed_ips: Sequence[str] = (),
    expires_at: datetime | None = None,
    memo: str = "",
    code: str = "",
) -> NewKey:
    """Make a key of a customer or of their sub-account. Customers show a second-factor code.

    `allowed_ips` are addresses or networks ("203.0.113.0/24"); none allows all. The memo is a
    third secret that signatures include: chosen by the customer, or drawn. Raises Invalid (label,
    allowed_ips, expires_at, memo), TooManyKeys, SecondFactorNeeded, WrongCode, TooManyTries,
    PermissionRefused.
    """
    require_holder(actor=actor, customer_id=customer_id, permission="exchange.add_apikey")
    label, memo = label.strip(), memo.strip() or secrets.token_hex(MEMO_BYTES)
    networks = valid_networks(allowed_ips)
    _validate(label, memo, expires_at)
    if can_withdraw and not networks:
        raise Invalid(
            _("A key that may withdraw must name the addresses it is used from."),
            field="allowed_ips",
        )
    if actor.kind == CUSTOMER:
        second_factor.show_code(user_id=actor.user_id or 0, code=code, actor=actor)
    key, secret = secrets.token_hex(KEY_BYTES), secrets.token_hex(SECRET_BYTES)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        _refuse_one_more(customer_id)
        row = ApiKey.objects.create(
            customer=customer,
            key=key,
            label=label,
            sealed_secret=vault.seal(secret.encode(), context=f"api-key:{key}:secret"),
            sealed_memo=vault.seal(memo.encode(), context=f"api-key:{key}:memo"),
            can_trade=can_trade,
            can_withdraw=can_withdraw,
            allowed_ips=networks,
            expires_at=expires_at,
        )
        record(
            actor=actor,
            verb="accounts.create_api_key",
            target=row,
            after={
                "key": key,
                "label": label,
                "trade": can_trade,
                "withdraw": can_withdraw,
                "ips": networks,
                "expires_at": expires_at,
            },
        )
        _tell_owner(customer, "api_key_created", label)
    return NewKey(key_id=row.pk, key=key, secret=secret, memo=memo)


def revoke(*, key_id: int, actor: Actor, reason: str = "") -> None:
    """Take a key back for good; the very next request with it fails. Raises NotFound."""
    row = ApiKey.objects.filter(pk=key_id).first()
    if row is None:
        raise NotFound(field="key_id")
    require_holder(actor=actor, customer_id=row.customer_id, permission="exchange.freeze_customer")
    with transaction.atomic():
        row = _locked_key(key_id)
        if row.revoked_at is not None:
            return
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        record(
            actor=actor,
            verb="accounts.revoke_api_key",
            target=row,
            reason=reason,
            before={"key": row.key},
        )
        _tell_owner(row.customer, "api_key_revoked", row.label)


def freeze(*, key_id: int, actor: Actor, reason: str) -> None:
    """Staff stop a key on suspicion; the very next request with it fails. Raises NotFound."""
    actor.require("exchange.freeze_customer")
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    with transaction.atomic():
        row = _locked_key(key_id)
        if row.frozen:
            return
        row.frozen = True
        row.save(update_fields=["frozen"])
        record(actor=actor, verb="accounts.freeze_api_key", target=row, reason=reason)


def propose_unfreeze(*, key_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let a frozen key work again. Raises NotFound, Conflict."""
    row = ApiKey.objects.filter(pk=key_id).first()
    if row is None:
        raise NotFound(field="key_id")
    if not row.frozen:
        raise Conflict(_("This key is not frozen."))
    return proposals.propose(
        kind="accounts.unfreeze_api_key",
        payload={"key_id": key_id},
        summary=f"Let the key {row} of {row.customer} work again",
        reason=reason,
        actor=actor,
        target=row,
    )


@proposals.proposal_kind(
    "accounts.unfreeze_api_key",
    permission_to_propose="exchange.unfreeze_customer",
    permission_to_approve="exchange.unfreeze_customer",
)
def _unfreeze(*, payload: dict[str, Any], actor: Actor) -> str:
    row = _locked_key(payload["key_id"])
    row.frozen = False
    row.save(update_fields=["frozen"])
    record(actor=actor, verb="accounts.unfreeze_api_key", target=row)
    return f"{row} works again"


def of_customer(*, customer_id: int) -> list[ApiKey]:
    """Keys of a customer and their sub-accounts that are not revoked, the newest first."""
    own = Q(customer_id=customer_id) | Q(customer__parent_id=customer_id)
    return list(
        ApiKey.objects.filter(own, revoked_at=None)
        .select_related("customer")
        .defer("sealed_secret", "sealed_memo")
        .order_by("-id")
    )


_CREDENTIALS = """
SELECT k.id, k.key, k.customer_id, u.id, u.email, k.sealed_secret, k.sealed_memo,
       k.can_trade, k.can_withdraw, k.allowed_ips::text, k.expires_at,
       k.frozen OR NOT u.is_active OR EXISTS (
           SELECT FROM exchange_restriction r
            WHERE r.customer_id IN (c.id, c.parent_id) AND r.kind = 'api' AND r.lifted_at IS NULL
              AND (r.until IS NULL OR r.until > now()))
  FROM exchange_apikey k
  JOIN exchange_customer c ON c.id = k.customer_id
  LEFT JOIN exchange_customer p ON p.id = c.parent_id
  JOIN exchange_user u ON u.id = coalesce(c.user_id, p.user_id)
 WHERE k.key = %s AND k.revoked_at IS NULL
"""


def credentials(key: str) -> Credentials | None:
    """Everything about a key, secret included; None for one that never was or was revoked.

    For checking signatures only. One query and two decryptions (5 µs together): nothing is
    cached, so that a revoked, frozen or expired key stops at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CREDENTIALS, [key[:64].replace("\x00", "")])
        row = cursor.fetchone()
    if row is None:
        return None
    key = row[1]
    return Credentials(
        key_id=row[0],
        key=key,
        customer_id=row[2],
        user_id=row[3],
        label=f"{row[4]} (key {key[:8]})",
        secret=vault.unseal(row[5], context=f"api-key:{key}:secret").decode(),
        memo=vault.unseal(row[6], context=f"api-key:{key}:memo").decode(),
        can_trade=row[7],
        can_withdraw=row[8],
        allowed_ips=tuple(json.loads(row[9])),
        expires_at=row[10],
        frozen=row[11],
    )


def touch(*, key_id: int) -> None:
    """Note that a key was used, at most once a minute."""
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=clock.now() - USED_EVERY), pk=key_id
    ).update(last_used_at=clock.now())


def valid_networks(addresses: Sequence[str]) -> list[str]:
    """Addresses and networks in one spelling, without doubles. Raises Invalid (allowed_ips)."""
    networks: dict[str, None] = {}
    for written in addresses:
        try:
            network = ipaddress.ip_network(written.strip(), strict=False)
        except ValueError as error:
            raise Invalid(
                _("%(written)s is not an IP address or network.") % {"written": written[:60]},
                field="allowed_ips",
            ) from error
        if network.prefixlen == 0:
            raise Invalid(
                _("%(written)s is every address: leave the list empty instead.")
                % {"written": written},
                field="allowed_ips",
            )
        single = network.num_addresses == 1
        networks[str(network.network_address if single else network)] = None
    if len(networks) > MOST_ADDRESSES:
        raise Invalid(
            _("At most %(most)d addresses.") % {"most": MOST_ADDRESSES},
            field="allowed_ips",
            limit=MOST_ADDRESSES,
        )
    return list(networks)


def _locked_key(key_id: int) -> ApiKey:
    row = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if row is None:
        raise NotFound(field="key_id")
    return row


def _refuse_one_more(customer_id: int) -> None:
    live = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=clock.now()), customer_id=customer_id, revoked_at=None
    )
    if live.count() >= MOST_KEYS:
        raise TooManyKeys(
            _("You have %(most)d keys, which is the most. Revoke one first.") % {"most": MOST_KEYS},
            limit=MOST_KEYS,
        )


def _validate(label: str, memo: str, expires_at: datetime | None) -> None:
    if not 1 <= len(label) <= 60:
        raise Invalid(_("Give the key a name of at most 60 characters."), field="label", limit=60)
    if not MEMO.fullmatch(memo):
        raise Invalid(
            _("A memo has 1 to 32 letters, digits, dashes or underscores."), field="memo", limit=32
        )
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid(_("This moment has passed."), field="expires_at")


def _tell_owner(customer: Customer, letter: str, label: str) -> None:
    owner = customer.user_id or (customer.parent.user_id if customer.parent else None)
    if owner is not None:
        mail.tell(owner, letter, label=label)
