"""A word that only we and the customer know, written into every letter of ours."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.accounts.actors import require_holder
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

WORD = re.compile(r"[A-Za-z0-9_-]{4,20}")


def set_code(*, customer_id: int, code: str, actor: Actor) -> None:
    """Set or (with "") remove the word. Raises Invalid, PermissionRefused."""
    require_holder(actor=actor, customer_id=customer_id, permission="exchange.change_customer")
    if code and not WORD.fullmatch(code):
        raise Invalid(_("4 to 20 letters, digits, dashes or underscores."), field="code", limit=20)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        customer.anti_phishing_code = code
        customer.save(update_fields=["anti_phishing_code"])
        record(
            actor=actor,
            verb="accounts.set_anti_phishing_code",
            target=customer,
            after={"set": bool(code)},
        )
