"""Sub-accounts: balances kept apart under one login."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused

MOST = 30
NAME = re.compile(r"[A-Za-z0-9_.-]{1,30}")


class TooManySubAccounts(Refused):
    """`limit` says how many one customer may have."""

    code = "too_many_sub_accounts"


def create(*, parent_id: int, name: str, actor: Actor) -> Customer:
    """Open a sub-account. Raises Invalid (name), Conflict when the name is taken or the parent is a
    sub-account itself, TooManySubAccounts, PermissionRefused, NotFound.
    """
    require_holder(actor=actor, customer_id=parent_id, permission="exchange.add_customer")
    if not NAME.fullmatch(name):
        raise Invalid(
            _("A name has 1 to 30 letters, digits, dots, dashes or underscores."),
            field="name",
            limit=30,
        )
    with transaction.atomic():
        parent = Customer.objects.select_for_update(no_key=True).filter(pk=parent_id).first()
        if parent is None:
            raise NotFound(field="parent_id")
        if parent.parent_id is not None:
            raise Conflict(_("A sub-account can't have sub-accounts of its own."))
        if parent.sub_accounts.count() >= MOST:
            raise TooManySubAccounts(
                _("You have %(most)d sub-accounts, which is the most.") % {"most": MOST},
                limit=MOST,
            )
        if parent.sub_accounts.filter(name__iexact=name).exists():
            raise Conflict(_("You have a sub-account with this name."), field="name")
        sub_account = Customer.objects.create(parent=parent, name=name)
        record(
            actor=actor,
            verb="accounts.open_sub_account",
            target=sub_account,
            after={"name": name, "parent": parent_id},
        )
    return sub_account


def of_customer(*, customer_id: int) -> list[Customer]:
    """In the order they were opened."""
    return list(Customer.objects.filter(parent_id=customer_id).order_by("id"))
