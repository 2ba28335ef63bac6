"""Votes as pages draw them: amounts, shares, bars, moments."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.money import plain
from launchpad.governance import count, policy
from launchpad.governance.models import VoteProposal
from launchpad.governance.power import in_bmx
from launchpad.governance.states import COUNTED, Kind, Method, Role, State, Tally

TONES = {
    State.PUBLISHED: "info",
    State.OPEN: "good",
    State.COUNTING: "info",
    State.WITHDRAWN: "warn",
}


class Moment(NamedTuple):
    """One point of a vote's timeline."""

    label: str
    at: datetime
    says: str
    past: bool


class Bar(NamedTuple):
    """An option's bar. `width` in thousandths of the whole, for the drawing."""

    key: str
    title: str
    role: str
    power: str
    percent: str
    accounts: int
    width: int
    wins: bool


class Shown(NamedTuple):
    """A result as it is drawn and as its table says it."""

    final: bool
    bars: list[Bar]
    took_part: str
    took_part_percent: str
    took_part_width: int
    quorum_percent: str
    quorum_at: int
    quorum_met: bool
    threshold_percent: str
    accounts: int
    eligible: str
    rounds: list[dict[str, Any]]


def bmx(amount: Decimal) -> str:
    """An amount to be read: at most four digits after the point, rounded down."""
    text = plain(amount.quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
    whole, point, fraction = text.partition(".")
    if amount and text == "0":
        return "< 0.0001"
    return f"{int(whole):,}{point}{fraction}"


def percent(bps: int) -> str:
    """Hundredths of a percent as a percentage."""
    return plain(Decimal(bps).scaleb(-2))


def share(part: int, whole: int) -> tuple[str, int]:
    """A share as a percentage to two digits, and in thousandths; both rounded down."""
    if whole == 0:
        return "0", 0
    return plain(Decimal(part * 10_000 // whole).scaleb(-2)), part * 1000 // whole


def badge(proposal: VoteProposal) -> tuple[str, str]:
    """(word, tone) of a proposal's state, its outcome once it has one."""
    if proposal.state in COUNTED:
        passed = proposal.outcome == "passed"
        word = str(proposal.get_outcome_display())
        if proposal.state == State.EXECUTED:
            word = str(proposal.get_state_display())
        return word, "good" if passed else ""
    return str(proposal.get_state_display()), TONES.get(State(proposal.state), "")


def timeline(proposal: VoteProposal) -> list[Moment]:
    now = clock.now()
    points = [
        (_("Published"), proposal.published_at, _("Its words and rules are fixed since.")),
        (
            _("Snapshot"),
            proposal.snapshot_at,
            _("What you have of BMX at this moment is your voting power."),
        ),
        (_("Opens"), proposal.opened_at or proposal.opens_at, _("You can vote from now on.")),
        (_("Closes"), proposal.closes_at, _("Until then you can change your vote.")),
    ]
    return [Moment(label, at, says, at <= now) for label, at, says in points if at is not None]


def result(proposal: VoteProposal, found: dict[str, Any]) -> Shown:
    final = proposal.state in COUNTED
    options = {option.key: option for option in proposal.options.all()}
    spoke, took_part = int(found["counted"]), int(found["took_part"])
    bars = []
    for each in found["options"]:
        option = options[each["key"]]
        whole = took_part if option.role == Role.ABSTAIN else spoke
        words, width = share(int(each["power"]), whole)
        bars.append(
            Bar(
                option.key,
                option.title,
                option.role,
                bmx(in_bmx(each["power"])),
                words,
                each["accounts"],
                width,
                final and each["key"] == found["winner"],
            )
        )
    eligible = proposal.eligible_units or 0
    took_words, took_width = share(took_part, eligible)
    return Shown(
        final=final,
        bars=bars,
        took_part=bmx(in_bmx(took_part)),
        took_part_percent=took_words,
        took_part_width=took_width,
        quorum_percent=percent(proposal.quorum_bps),
        quorum_at=proposal.quorum_bps // 10,
        quorum_met=took_part > 0 and took_part >= count.quorum_units(proposal),
        threshold_percent=percent(proposal.threshold_bps),
        accounts=found["accounts"],
        eligible=bmx(in_bmx(eligible)),
        rounds=[
            {
                "number": number,
                "powers": [
                    bmx(in_bmx(each["powers"][key])) if key in each["powers"] else ""
                    for key in options
                    if options[key].role != Role.ABSTAIN
                ],
                "leaves": options[each["leaves"]].title if each["leaves"] else "",
                "exhausted": bmx(in_bmx(each["exhausted"])),
            }
            for number, each in enumerate(found["rounds"], 1)
        ],
    )


def rules() -> list[dict[str, Any]]:
    """What each kind takes, for the page of rules."""
    return [
        {
            "kind": Kind(kind).label,
            "method": Method(terms.method).label,
            "tally": Tally(terms.tally).label,
            "quorum": percent(terms.quorum_bps),
            "threshold": percent(terms.threshold_bps),
            "notice": terms.notice.days,
            "length": terms.length.days,
            "customers": terms.by_customers,
        }
        for kind, terms in policy.TERMS.items()
    ]
