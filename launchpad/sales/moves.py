"""Lock a sale, and move it from state to state on the record."""

from __future__ import annotations

from typing import Any

from exchange.audit.record import record
from exchange.core import locks, outbox, switches
from exchange.core.actors import Actor, system
from exchange.core.errors import NotFound
from launchpad.sales.errors import NotReady
from launchpad.sales.models import Sale
from launchpad.sales.states import MOVES, State

TASKS = system("sales")
COMMIT, PAY = "sales:commit", "sales:pay"  # switches
switches.family("sales", lambda: ("commit", "pay"), money_out=False)


def locked(sale_id: int) -> Sale:
    """The sale, to be changed by nobody else until the transaction ends; commitments under way are
    waited for. Raises NotFound."""
    locks.hold(locks.Lock.SALE, sale_id)
    return get(sale_id)


def shared(sale_id: int) -> Sale:
    """The sale in a state that stays until the transaction ends; any number may share it."""
    locks.share(locks.Lock.SALE, sale_id)
    return get(sale_id)


def get(sale_id: int) -> Sale:
    """Raises NotFound."""
    sale = Sale.objects.select_related("asset", "quote").filter(pk=sale_id).first()
    if sale is None:
        raise NotFound(f"There is no sale {sale_id}.", field="sale_id")
    return sale


def move(
    sale: Sale, to: State, *, actor: Actor, reason: str = "", told: bool = True, **changes: Any
) -> None:
    """Change the state, and fields with it. Raises NotReady for a move that does not exist.

    The sale is `locked`.
    """
    before = sale.state
    if to not in MOVES[before]:
        raise NotReady(
            f"A sale that is {sale.get_state_display()} can't become {to.label}.", limit=before
        )
    sale.state = to
    sale.stuck_because = ""
    for name, value in changes.items():
        setattr(sale, name, value)
    sale.save(update_fields=["state", "stuck_because", *changes])
    record(
        actor=actor,
        verb=f"sales.{to}",
        target=sale,
        reason=reason,
        before={"state": before},
        after={"state": to},
    )
    if told:
        outbox.announce(f"sales.{to}", sale_id=sale.pk)


def stuck(sale_id: int, why: str) -> None:
    """Write down for staff what a task waits for."""
    Sale.objects.filter(pk=sale_id).exclude(stuck_because=why[:300]).update(stuck_because=why[:300])
