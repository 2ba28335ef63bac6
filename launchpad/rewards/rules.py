"""A promotion's rules in figures: what pages put into sentences, for customers and staff alike."""

from __future__ import annotations

from typing import Any

from exchange.core import clock
from launchpad.rewards import bonus, terms
from launchpad.rewards.models import Campaign


def figures(row: Campaign) -> dict[str, Any]:
    """A competition's or a bonus's state and terms; amounts are Decimals."""
    now = clock.now()
    over = now >= row.ends_at or row.state == Campaign.State.CLOSED
    stopped = row.state == Campaign.State.STOPPED
    made: dict[str, Any] = {
        "row": row,
        "asset": row.programme.asset.code,
        "budget": row.budget,
        "left": row.left,
        "used_percent": int(row.committed * 100 / row.budget),
        "is_competition": row.kind == Campaign.Kind.COMPETITION,
        "to_come": now < row.starts_at,
        "over": over,
        "stopped": stopped,
        "joinable": not over and not stopped,
    }
    if row.kind == Campaign.Kind.COMPETITION:
        contest = terms.competition(row)
        return made | {
            "first_prize": contest.prizes[0],
            "winners": len(contest.prizes),
            "markets": contest.markets,
            "least_usd": contest.least_usd,
        }
    promised = terms.deposit_bonus(row)
    latest = bonus.begin_by(row)
    return made | {
        "begin_by": latest,
        "joinable": made["joinable"] and now <= latest,
        "too_late": made["joinable"] and now > latest,
        "least": promised.least,
        "percent": promised.percent,
        "cap": promised.cap,
        "days": promised.days,
    }
