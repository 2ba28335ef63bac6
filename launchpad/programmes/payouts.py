"""The one way in which many people are paid: what other rooms call.

payout = payouts.prepare(programme_id=…, key="interest 2026-11-26", lines=Query(sql, params),
                         actor=system("earn.accrue"))
payouts.pay(payout.pk)      # a worker does it by itself after the commit
"""

from __future__ import annotations

from launchpad.programmes.cancel import cancel
from launchpad.programmes.pay import Batch, pay, settles, sweep, wake
from launchpad.programmes.prepare import Line, Query, prepare, release

__all__ = [
    "Batch",
    "Line",
    "Query",
    "cancel",
    "pay",
    "prepare",
    "release",
    "settles",
    "sweep",
    "wake",
]
