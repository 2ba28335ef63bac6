"""What time does: replies that do not come, nonces that can't come again, data kept long enough."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from compliance.travel_rule import moves, send, wire
from compliance.travel_rule.models import AddressOwner, SeenRequest, TravelMessage
from compliance.travel_rule.regimes import Sunrise, by_code
from compliance.travel_rule.states import TO_SEND, State
from exchange.core import clock

Direction = TravelMessage.Direction
OVERDUE = {
    State.CUSTOMER: "The customer did not answer in time.",
    State.REPAIR: "What was missing did not come in time.",
    State.SENT: "The other provider did not answer in time.",
}


def overdue(*, limit: int = 100) -> int:
    """Put what waited too long before an officer; announced coins that never came are closed.

    Returns how many moved. Safe to run twice and alongside itself.
    """
    moved = 0
    while moved < limit and _one_overdue():
        moved += 1
    return moved


def _one_overdue() -> bool:
    with transaction.atomic():
        row = (
            TravelMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(due_at__lte=clock.now(), state__in=[*OVERDUE, State.RECEIVED])
            .order_by("due_at", "pk")
            .first()
        )
        if row is None:
            return False
        if row.state == State.RECEIVED:
            moves.move(row, State.CANCELLED, says="The coins did not come.")
        elif row.state == State.REPAIR and not row.transfer:
            moves.move(row, State.CANCELLED, says="Never repaired, and no coins came.")
        elif _goes_on(row):
            moves.move(row, State.KEPT, says="The other provider did not answer; it is kept.")
        else:
            moves.move(row, State.STAFF, says=OVERDUE[State(row.state)])
    return True


def _goes_on(row: TravelMessage) -> bool:
    """An outgoing message was delivered; silence stops it only where the regime says so."""
    keeps = by_code(row.regime).unreachable == Sunrise.KEEP
    return keeps and row.state == State.SENT and row.direction == Direction.OUT


def confirm_missed(*, limit: int = 50) -> int:
    """Tell txids that were not taken the first time. Returns how many were."""
    rows = TravelMessage.objects.filter(
        direction=Direction.OUT,
        state=State.ACCEPTED,
        confirmed_at=None,
        changed_at__gt=clock.now() - timedelta(days=2),
    ).exclude(txid="")
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(send.confirm(message_id=pk) for pk in ids)


def forget_nonces(*, limit: int = 10_000) -> int:
    """Requests too old to be taken again need no memory."""
    before = clock.now() - timedelta(seconds=4 * wire.GOOD_FOR_SECONDS)
    old = SeenRequest.objects.filter(at__lt=before).values_list("pk", flat=True)[:limit]
    return SeenRequest.objects.filter(pk__in=list(old)).delete()[0]


def erase(*, limit: int = 500) -> int:
    """Erase personal data whose five years are over. The row stays, and says when. Returns how
    many were erased."""
    today = clock.now().date()
    rows = TravelMessage.objects.filter(erased_at=None, keep_until__lt=today).exclude(
        state__in=[*OVERDUE, *TO_SEND, State.STAFF, State.RECEIVED]
    )
    ids = list(rows.order_by("keep_until").values_list("pk", flat=True)[:limit])
    done = TravelMessage.objects.filter(pk__in=ids).update(sealed=None, erased_at=clock.now())
    used = TravelMessage.objects.filter(erased_at=None, owner__isnull=False).values("owner_id")
    old = (
        AddressOwner.objects.filter(
            replaced_at__lt=clock.now() - timedelta(days=366 * moves.KEPT_FOR_YEARS),
            sealed__isnull=False,
        )
        .exclude(pk__in=used)
        .values_list("pk", flat=True)[:limit]
    )
    return done + AddressOwner.objects.filter(pk__in=list(old)).update(sealed=None)
