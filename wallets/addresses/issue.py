"""A customer's deposit address: made when it is first asked for, theirs for good.

An index of a key set is used once, so an address never has two owners. Replacing an address keeps
the old one theirs: what is paid to it later is still credited to them.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import refuse_if_restricted
from exchange.assets.models import Network
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound, Refused
from wallets.addresses import derive, queries
from wallets.addresses.models import Address, KeySet

PERMISSION = "wallets.issue_address"
FIRST_MEMO = 100_000  # memos are numbers: every network with memos takes those
MOST_ADDRESSES = 20  # a customer and network: who asks for more wants something else


class NoAddresses(Refused):
    """No key set makes deposit addresses on this network."""

    code = "deposits_closed"


def issue(*, customer_id: int, network_id: int, actor: Actor) -> Address:
    """The customer's deposit address on a network, made now if there is none yet.

    Raises NoAddresses, Restricted, NotFound, PermissionRefused.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=PERMISSION)
    if standing := queries.current(customer_id=customer_id, network_id=network_id):
        return standing
    with transaction.atomic():
        refuse_if_restricted(customer_id, Restriction.Kind.DEPOSIT)
        keys = _locked_deposit_keys(network_id)
        if standing := queries.current(customer_id=customer_id, network_id=network_id):
            return standing  # made by another request while this one waited for the lock
        return _make(keys, customer_id, actor)


def replace(*, customer_id: int, network_id: int, actor: Actor) -> Address:
    """Give the customer a fresh address; the old one is no longer shown and still credits them.

    Raises as `issue`, and Conflict after 20 addresses.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=PERMISSION)
    with transaction.atomic():
        refuse_if_restricted(customer_id, Restriction.Kind.DEPOSIT)
        keys = _locked_deposit_keys(network_id)
        theirs = Address.objects.filter(customer_id=customer_id, network_id=network_id)
        if theirs.count() >= MOST_ADDRESSES:
            raise Conflict(
                _("You have %(n)s addresses on this network already. Old ones stay yours.")
                % {"n": MOST_ADDRESSES},
                limit=MOST_ADDRESSES,
            )
        theirs.filter(retired_at__isnull=True).update(retired_at=clock.now())
        return _make(keys, customer_id, actor)


def own_address(*, key_set_id: int, change: bool = False, fresh: bool = False) -> Address:
    """An address of a wallet's own: its first, or with `fresh` one that was never used.

    For change, funding and sweeps. Wallets of one key have just one. Raises NotFound, BadKey.
    """
    with transaction.atomic():
        keys = KeySet.objects.select_for_update(no_key=True).filter(pk=key_set_id).first()
        if keys is None:
            raise NotFound(f"There is no key set {key_set_id}.", field="key_set_id")
        return _own(keys, change=change, fresh=fresh)


def _locked_deposit_keys(network_id: int) -> KeySet:
    """The network's active deposit keys, locked: indexes are handed out one at a time."""
    keys = (
        KeySet.objects.select_for_update(no_key=True, of=("self",))
        .filter(network_id=network_id, role=KeySet.Role.DEPOSIT, active=True)
        .select_related("network")
        .first()
    )
    if keys is None:
        network = Network.objects.filter(pk=network_id).first()
        if network is None:
            raise NotFound(f"There is no network {network_id}.", field="network")
        raise NoAddresses(
            _("Deposits over %(network)s are not open yet.") % {"network": network.name},
            field="network",
        )
    return keys


def _make(keys: KeySet, customer_id: int, actor: Actor) -> Address:
    if keys.network.memo_required:
        shared = _own(keys, change=False, fresh=False)
        index, memo = keys.next_index, str(FIRST_MEMO + keys.next_index)
        written = (shared.address, shared.key)
    else:
        index, memo = keys.next_index, ""
        written = derive.address_at(keys, index=index)
    _use_up(keys, index)
    made = Address.objects.create(
        network=keys.network,
        key_set=keys,
        customer_id=customer_id,
        index=index,
        address=written[0],
        key=written[1],
        memo=memo,
    )
    record(
        actor=actor,
        verb="addresses.issue",
        target=made,
        after={"customer": customer_id, "network": keys.network.code, "address": made.address},
    )
    return made


def _own(keys: KeySet, *, change: bool, fresh: bool) -> Address:
    single = keys.scheme in derive.SINGLE
    rows = Address.objects.filter(key_set=keys, change=change, customer_id=None, memo="")
    if (standing := rows.order_by("index").first()) and (single or not fresh):
        return standing
    index = 0 if single else keys.next_index
    written = derive.address_at(keys, index=index, change=change)
    _use_up(keys, index)
    return Address.objects.create(
        network=keys.network,
        key_set=keys,
        index=index,
        change=change,
        address=written.address,
        key=written.key,
    )


def _use_up(keys: KeySet, index: int) -> None:
    """The next address has another index, whatever the branch: none is ever used twice."""
    keys.next_index = max(keys.next_index, index + 1)
    keys.save(update_fields=["next_index"])
