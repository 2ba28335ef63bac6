"""The published rules of voting: what each kind takes, and what bounds everybody.

The page "rules" of the votes shows these numbers; a proposal keeps those it was published with, so
that a change here touches no vote under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings

from exchange.accounts.models import Restriction
from exchange.assets.models import Asset
from launchpad.governance.states import Kind, Method, Tally

ASSET = "BMX"
WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one kind of proposal takes, unless whoever publishes it says otherwise."""

    method: Method
    tally: Tally
    quorum_bps: int  # of all power that may vote, hundredths of a percent
    threshold_bps: int  # of what voted for or against
    notice: timedelta  # from publication to the snapshot
    length: timedelta  # from opening to close
    by_customers: bool  # may customers propose it?


TERMS: dict[str, Terms] = {
    Kind.LISTING: Terms(
        method=Method.SINGLE,
        tally=Tally.HIDDEN,
        quorum_bps=500,
        threshold_bps=5000,
        notice=timedelta(days=1),
        length=timedelta(days=5),
        by_customers=False,  # projects apply to the listings room
    ),
    Kind.FEATURE: Terms(
        method=Method.RANKED,
        tally=Tally.SHOWN,
        quorum_bps=200,
        threshold_bps=0,
        notice=timedelta(days=2),
        length=timedelta(days=7),
        by_customers=True,
    ),
    Kind.PARAMETER: Terms(
        method=Method.SINGLE,
        tally=Tally.HIDDEN,
        quorum_bps=1000,
        threshold_bps=6667,  # two thirds
        notice=timedelta(days=2),
        length=timedelta(days=7),
        by_customers=True,
    ),
    Kind.GRANT: Terms(
        method=Method.SINGLE,
        tally=Tally.SHOWN,
        quorum_bps=500,
        threshold_bps=5000,
        notice=timedelta(days=2),
        length=timedelta(days=7),
        by_customers=True,
    ),
}

# Between the snapshot's moment and the opening it is taken, and who may vote is worked out.
GAP = timedelta(minutes=1)
# How soon after publication the snapshot may be, and how short a vote may be. The demo is shown in
# minutes.
LEAST_NOTICE = timedelta(minutes=1) if settings.DEMO_BOTS else timedelta(hours=12)
LEAST_LENGTH = timedelta(minutes=2) if settings.DEMO_BOTS else timedelta(hours=24)
LONGEST = timedelta(days=60)
OPTIONS_LEAST, OPTIONS_MOST = 2, 12

# An account does not vote while one of these stands.
RESTRICTIONS = (Restriction.Kind.LOGIN, Restriction.Kind.TRADING)

# Customers who propose: what they must have of BMX, how many of theirs may wait at once, and how
# many they may hand in within the window.
PROPOSE_LEAST = Decimal(1000)
PROPOSE_WAITING = 1
PROPOSE_WITHIN = timedelta(days=30)
PROPOSE_MOST = 3
# The most that one grant may ask for, in BMX.
GRANT_MOST = Decimal(10_000_000)
# How often an account may change its answer to one vote, and its delegate within a day.
ANSWERS_MOST = 100
DELEGATIONS_A_DAY = 20
# Comments: what it takes, and how many within the windows.
COMMENT_LEAST = Decimal(1)
COMMENT_LENGTH = 2000
COMMENT_RATES = ((timedelta(minutes=10), 5), (timedelta(days=1), 30))


def asset() -> Asset:
    """The token that votes."""
    return Asset.objects.get(code=ASSET)
