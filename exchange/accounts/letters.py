"""Which letters a user gets: those of courtesy can be turned off, those about their money can't."""

from __future__ import annotations

from django.db import transaction

from exchange.accounts.models import User
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import PermissionRefused


def set_courtesy(*, user_id: int, wanted: bool, actor: Actor) -> None:
    """Turn letters of courtesy on or off; for oneself alone. Raises PermissionRefused."""
    if actor.user_id != user_id:
        raise PermissionRefused()
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if user.courtesy_letters == wanted:
            return
        user.courtesy_letters = wanted
        user.save(update_fields=["courtesy_letters"])
        record(
            actor=actor,
            verb="accounts.set_letters",
            target=user,
            after={"courtesy": wanted},
        )
