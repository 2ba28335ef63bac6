"""A customer's address book: where they withdraw to, and how strict they want it to be.

What makes theft harder works at once (removing an address, whitelist-only on, a longer hold); what
makes it easier takes a code from the phone, and then a day or two in which the owner, told by
letter, can undo it. A new address is usable after the hold; switching whitelist-only off, and a
shorter hold, take as long.

The book belongs to a person: sub-accounts use the one of their main account.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exchange.accounts import mail, second_factor
from exchange.accounts.models import Customer
from exchange.assets.models import Network
from exchange.audit.record import record
from exchange.core import clock, facts
from exchange.core.actors import CUSTOMER, SYSTEM, Actor
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from exchange.core.facts import FactKind
from wallets.addresses import formats
from wallets.addresses.book_rules import owner_of, policy_of
from wallets.addresses.models import BookEntry, BookPolicy

HOLDS = (24, 48)
MOST_ENTRIES = 200
MOST_LABEL = 60


def add(
    *,
    customer_id: int,
    network_code: str,
    address: str,
    label: str,
    actor: Actor,
    memo: str = "",
    code: str = "",
) -> BookEntry:
    """Put an address into the book; usable after the hold.

    `code` is from the phone. Raises BadAddress, Invalid, Conflict (it is there already), WrongCode,
    SecondFactorNeeded, TooManyTries, PermissionRefused.
    """
    owner = _own(actor, customer_id)
    network = Network.objects.filter(code=network_code).first()
    if network is None:
        raise Invalid(_("Choose a network."), field="network")
    written = formats.read(network=network, text=address)
    memo = formats.read_memo(network=network, text=memo)
    label = _checked_label(label)
    _show_code(actor, code)
    with transaction.atomic():
        policy = _locked_policy(owner)
        standing = BookEntry.objects.filter(customer_id=owner.pk, removed_at=None)
        if standing.count() >= MOST_ENTRIES:
            raise Conflict(
                _("The book is full: %(n)s addresses. Remove one first.") % {"n": MOST_ENTRIES}
            )
        entry = _insert(owner, network, written, memo, label, policy)
        record(
            actor=actor,
            verb="addresses.add_to_book",
            target=entry,
            after={
                "customer": owner.pk,
                "network": network.code,
                "address": entry.address,
                "memo": memo,
                "usable_at": entry.usable_at,
            },
        )
        facts.report(
            kind=FactKind.ADDRESS_ADDED,
            customer_id=owner.pk,
            at=clock.now(),
            reference=str(entry.pk),
            ip=actor.ip,
            address=entry.key,
            extra={"network": network.code},
        )
        _tell(
            owner,
            "book_address_added",
            address=entry.address,
            network=network.name,
            label=label,
            hours=policy_of(policy).hold_hours,
        )
    return entry


def remove(*, entry_id: int, actor: Actor) -> None:
    """Take an address out, at once. Raises NotFound, also for what is somebody else's."""
    with transaction.atomic():
        entry = (
            BookEntry.objects.select_for_update(of=("self",))
            .filter(pk=entry_id)
            .select_related("network")
            .first()
        )
        if entry is None or not _owns(actor, entry.customer_id):
            raise NotFound(_("There is no such address in your book."), field="entry_id")
        if entry.removed_at is not None:
            return
        entry.removed_at = clock.now()
        entry.save(update_fields=["removed_at"])
        record(
            actor=actor,
            verb="addresses.remove_from_book",
            target=entry,
            before={"address": entry.address, "network": entry.network.code},
        )
        owner = Customer.objects.get(pk=entry.customer_id)
        _tell(
            owner,
            "book_address_removed",
            address=entry.address,
            network=entry.network.name,
            label=entry.label,
        )


def require_whitelist(*, customer_id: int, actor: Actor) -> BookPolicy:
    """Withdraw to addresses of the book only, from now on. Also takes back a loosening."""
    owner = _own(actor, customer_id)
    with transaction.atomic():
        policy = _locked_policy(owner)
        if policy.whitelist_only and policy.loosens_at is None:
            return policy
        policy.whitelist_only, policy.loosens_at = True, None
        policy.save()
        record(actor=actor, verb="addresses.require_whitelist", target=owner)
        _tell(owner, "book_whitelist_on")
    return policy


def stop_requiring_whitelist(*, customer_id: int, actor: Actor, code: str = "") -> BookPolicy:
    """Allow addresses outside the book again, once the hold is over; until then it still binds.

    Raises as `add` for the code.
    """
    owner = _own(actor, customer_id)
    _show_code(actor, code)
    with transaction.atomic():
        policy = _locked_policy(owner)
        terms = policy_of(policy)
        if not terms.whitelist_only or terms.loosens_at is not None:
            return policy
        policy.loosens_at = clock.now() + timedelta(hours=terms.hold_hours)
        policy.save()
        record(
            actor=actor,
            verb="addresses.stop_requiring_whitelist",
            target=owner,
            after={"loosens_at": policy.loosens_at},
        )
        _tell(owner, "book_whitelist_off", hours=terms.hold_hours)
    return policy


def choose_hold(*, customer_id: int, hours: int, actor: Actor, code: str = "") -> BookPolicy:
    """How long a new address waits: 24 hours or 48.

    Longer counts at once and needs no code; shorter needs one and counts after the longer hold.
    """
    owner = _own(actor, customer_id)
    if hours not in HOLDS:
        raise Invalid(_("Choose 24 or 48 hours."), field="hours", limit=HOLDS)
    with transaction.atomic():
        shorter = hours < policy_of(_locked_policy(owner)).hold_hours
    if shorter:
        _show_code(actor, code)
    with transaction.atomic():
        policy = _locked_policy(owner)
        now_hours = policy_of(policy).hold_hours
        if hours == now_hours and policy.shortens_at is None:
            return policy
        policy.hold_hours = max(HOLDS) if hours < now_hours else hours
        policy.shortens_at = clock.now() + timedelta(hours=now_hours) if hours < now_hours else None
        policy.save()
        record(
            actor=actor,
            verb="addresses.choose_hold",
            target=owner,
            before={"hours": now_hours},
            after={"hours": hours, "from": policy.shortens_at},
        )
        _tell(owner, "book_hold_changed", hours=hours, after=now_hours if hours < now_hours else 0)
    return policy


def _own(actor: Actor, customer_id: int) -> Customer:
    """The main account behind a customer. Raises PermissionRefused: nobody does it for another."""
    owner = owner_of(customer_id)
    if not _owns(actor, owner.pk) and not _owns(actor, customer_id):
        raise PermissionRefused(_("Only its owner changes an address book."))
    return owner


def _owns(actor: Actor, customer_id: int) -> bool:
    if actor.kind == SYSTEM:
        return True
    return actor.kind == CUSTOMER and actor.customer_id == customer_id


def _show_code(actor: Actor, code: str) -> None:
    """In a transaction of its own, so that a miss is counted whatever follows."""
    if actor.kind == SYSTEM:
        return
    if actor.user_id is None:
        raise PermissionRefused(_("Only a person with a phone can do this."))
    second_factor.show_code(user_id=actor.user_id, code=code, actor=actor)


def _locked_policy(owner: Customer) -> BookPolicy:
    """Locked until the commit: what makes two changes at once one after the other."""
    BookPolicy.objects.get_or_create(customer_id=owner.pk)
    return BookPolicy.objects.select_for_update().get(customer_id=owner.pk)


def _insert(
    owner: Customer,
    network: Network,
    written: formats.Written,
    memo: str,
    label: str,
    policy: BookPolicy,
) -> BookEntry:
    now = clock.now()
    try:
        with transaction.atomic():
            return BookEntry.objects.create(
                customer_id=owner.pk,
                network=network,
                address=written.address,
                key=written.key,
                memo=memo,
                label=label,
                usable_at=now + timedelta(hours=policy_of(policy).hold_hours),
            )
    except IntegrityError as error:
        raise Conflict(_("This address is in your book already."), field="address") from error


def _checked_label(label: str) -> str:
    label = " ".join(label.split())
    if not label or len(label) > MOST_LABEL or not label.isprintable():
        raise Invalid(
            _("Give it a name of 1 to %(n)s characters.") % {"n": MOST_LABEL},
            field="label",
            limit=MOST_LABEL,
        )
    return label


def _tell(owner: Customer, letter: str, **facts: str | int) -> None:
    if owner.user_id is not None:
        mail.tell(owner.user_id, letter, **facts)
