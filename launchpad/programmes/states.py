"""Which state may follow which."""

from __future__ import annotations

from launchpad.programmes.models import Payout, Programme

P, S = Programme.State, Payout.State

PROGRAMME_MOVES: dict[str, set[str]] = {
    P.DRAFT: {P.OPEN, P.CLOSED},
    P.OPEN: {P.STOPPED, P.CLOSED},
    P.STOPPED: {P.OPEN, P.CLOSED},
    P.CLOSED: set(),
}
PAYOUT_MOVES: dict[str, set[str]] = {
    S.PREPARING: {S.READY, S.CANCELLED},
    S.READY: {S.PAYING, S.SHORT, S.CANCELLED},
    S.SHORT: {S.READY, S.CANCELLED},
    S.PAYING: {S.PAID},  # its money is set aside: it goes to the end, whatever stops
    S.PAID: set(),
    S.CANCELLED: set(),
}
UNPAID = (S.PREPARING, S.READY, S.SHORT, S.PAYING)
