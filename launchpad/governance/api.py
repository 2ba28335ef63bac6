"""Votes for integrators: proposals, results, discussion and the published file for everybody; a
vote, a delegation, a comment and a receipt for the account that signs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from exchange.api import errors
from exchange.api.endpoints import Access, Call, Room
from exchange.api.parameters import Choice, Many, Prose, Text, Whole
from exchange.api.shapes import integers, strings
from exchange.core import clock
from exchange.core.errors import NotFound
from exchange.core.money import plain
from launchpad.governance import cast, count, delegate, discuss, policy, power, queries
from launchpad.governance.models import ProposalComment, VoteProposal
from launchpad.governance.power import in_bmx
from launchpad.governance.states import COUNTED, State

REFUSALS = {
    **errors.LAUNCHPAD,
    cast.NotOpen: 54301,
    cast.NoPower: 54302,
    cast.TooManyAnswers: 54303,
    cast.NotAnAnswer: 54304,
    delegate.ChainRefused: 54305,
    delegate.TooManyDelegations: 54306,
}
room = Room("Governance", refusals=REFUSALS)

STATES = {
    "coming": [State.PUBLISHED],
    "open": [State.OPEN, State.COUNTING],
    "past": [*COUNTED, State.WITHDRAWN],
}
PROPOSAL = Whole(name="proposal_id", required=True, least=1, about="The proposal's number.")
STATE = Choice(name="state", among=sorted(STATES), about="Only these; all when it is left out.")
BEFORE = Whole(name="before", least=1, about="Only proposals with a smaller number.")
NEWEST = Whole(name="N", least=1, most=100, default=50, clamp=True)
CHOICES = Many(
    name="choices",
    required=True,
    of=Text(name="choice"),
    most=policy.OPTIONS_MOST,
    about="Keys of options; most wanted first in a ranked vote.",
)
COMMENT = Prose(name="text", required=True, most=policy.COMMENT_LENGTH, about="Shown as text.")
ANSWERS = Whole(name="answers", least=1, about="The comment that this one answers.")
DELEGATE = Whole(name="delegate_id", least=1, about="Whom to delegate to; without it, nobody.")

SUMMARY = (
    strings("kind method tally title state outcome winner")
    | integers("proposal_id published_at snapshot_at opens_at closes_at")
    | integers("quorum_bps threshold_bps")
)
DETAIL = SUMMARY | {
    "text": "string",
    "options": [strings("key title text role")],
    "eligible_power": "string",
    "eligible_accounts": "integer",
    "quorum_power": "string",
    "parameter": strings("parameter target value"),
    "root": "string",
    "file": "string",
    "script": "string",
}
RESULT = (
    strings("outcome winner winner_power took_part counted root")
    | integers("proposal_id accounts")
    | {
        "final": "boolean",
        "options": [strings("key power") | integers("accounts")],
        "rounds": [strings("leaves exhausted") | {"powers": [strings("key power")]}],
    }
)
RECEIPT = (
    strings("salt voter power via line excluded")
    | integers("proposal_id account serial changed_at")
    | {"choices": ["string"]}
)
COMMENT_SHAPE = strings("name text hidden") | integers("comment_id answers at")


@room.get(
    "/launchpad/v1/governance/proposals",
    takes=[STATE, BEFORE, NEWEST],
    gives={"proposals": [SUMMARY]},
)
def proposals(call: Call) -> dict[str, Any]:
    """Published proposals, newest first."""
    wanted = call.read(STATE)
    states = STATES[wanted] if wanted else [each for some in STATES.values() for each in some]
    rows = queries.public(states=states).order_by("-pk")
    if (before := call.read(BEFORE)) is not None:
        rows = rows.filter(pk__lt=before)
    return {"proposals": [_summary(row) for row in rows[: call.read(NEWEST)]]}


@room.get("/launchpad/v1/governance/proposal", takes=[PROPOSAL], gives=DETAIL)
def proposal(call: Call) -> dict[str, Any]:
    """One proposal: its words, rules, moments, and where its file is."""
    found = _found(call)
    counted = found.state in COUNTED
    return _summary(found) | {
        "text": found.text,
        "options": [
            {"key": o.key, "title": o.title, "text": o.text, "role": o.role}
            for o in found.options.all()
        ],
        "eligible_power": plain(in_bmx(found.eligible_units or 0)),
        "eligible_accounts": found.eligible_voters or 0,
        "quorum_power": plain(in_bmx(count.quorum_units(found))),
        "parameter": {
            "parameter": found.parameter,
            "target": found.parameter_target,
            "value": found.parameter_value,
        },
        "root": found.root,
        "file": reverse("vote-file", args=[found.pk]) if counted else "",
        "script": reverse("vote-script"),
    }


@room.get("/launchpad/v1/governance/result", takes=[PROPOSAL], gives=RESULT)
def result(call: Call) -> dict[str, Any]:
    """The result; of an open vote the tally so far, where its kind shows it. Powers in BMX."""
    found = _found(call)
    told = queries.result_of(found)
    if told is None:
        raise NotFound("There is no result to show yet.", field="result")
    return {
        "proposal_id": found.pk,
        "final": found.state in COUNTED,
        "outcome": told["outcome"],
        "winner": told["winner"],
        "winner_power": _bmx(told["winner_power"]),
        "took_part": _bmx(told["took_part"]),
        "counted": _bmx(told["counted"]),
        "accounts": told["accounts"],
        "root": found.root,
        "options": [each | {"power": _bmx(each["power"])} for each in told["options"]],
        "rounds": [
            {
                "leaves": each["leaves"],
                "exhausted": _bmx(each["exhausted"]),
                "powers": [
                    {"key": key, "power": _bmx(number)} for key, number in each["powers"].items()
                ],
            }
            for each in told["rounds"]
        ],
    }


@room.get(
    "/launchpad/v1/governance/comments",
    takes=[PROPOSAL],
    gives={"comments": [COMMENT_SHAPE]},
)
def comments(call: Call) -> dict[str, Any]:
    """The newest comments, oldest first, each followed by its answers. Of a hidden one only the
    reason is told."""
    found = queries.comments_of(_found(call))
    rows = [each for comment, answers in found for each in (comment, *answers)]
    return {"comments": [_comment(each) for each in rows]}


@room.post(
    "/launchpad/v1/governance/comment",
    access=Access.TRADE,
    takes=[PROPOSAL, COMMENT, ANSWERS],
    gives=COMMENT_SHAPE,
)
def say(call: Call) -> dict[str, Any]:
    """Comment on a proposal, or answer a comment."""
    made = discuss.comment(
        proposal_id=_found(call).pk,
        customer_id=call.customer_id,
        text=call.read(COMMENT),
        answers=call.read(ANSWERS),
        actor=call.actor,
    )
    return _comment(made)


@room.get(
    "/launchpad/v1/governance/delegates",
    gives={"delegates": [strings("name statement") | integers("delegate_id accounts since")]},
)
def delegates(call: Call) -> dict[str, Any]:
    """Who offers to vote for others."""
    return {
        "delegates": [
            {
                "delegate_id": each.pk,
                "name": each.name,
                "statement": each.statement,
                "accounts": getattr(each, "givers", 0),
                "since": clock.to_ms(each.since),
            }
            for each in queries.delegates()
        ]
    }


@room.post(
    "/launchpad/v1/governance/power",
    access=Access.SIGNED,
    takes=[PROPOSAL],
    gives=strings("held staked own delegated total excluded") | integers("proposal_id accounts"),
)
def own_power(call: Call) -> dict[str, Any]:
    """What the caller votes with, once the snapshot is taken. In BMX."""
    found = _found(call)
    if found.snapshot is None or not found.snapshot.is_taken:
        raise NotFound("The snapshot is not taken yet.", field="snapshot")
    has = power.power_of(found, call.customer_id)
    return {
        "proposal_id": found.pk,
        "held": plain(has.held),
        "staked": plain(has.staked),
        "own": plain(has.own),
        "delegated": plain(has.given),
        "accounts": has.givers,
        "total": plain(has.total),
        "excluded": has.excluded,
    }


@room.post(
    "/launchpad/v1/governance/vote",
    access=Access.TRADE,
    takes=[PROPOSAL, CHOICES],
    gives=RECEIPT,
)
def vote(call: Call) -> dict[str, Any]:
    """Answer a vote, or change the answer until it closes. Returns the receipt."""
    cast.cast(
        proposal_id=call.read(PROPOSAL),
        customer_id=call.customer_id,
        choices=call.read(CHOICES),
        actor=call.actor,
    )
    return _receipt(call)


@room.post(
    "/launchpad/v1/governance/receipt",
    access=Access.SIGNED,
    takes=[PROPOSAL],
    gives=RECEIPT,
)
def receipt(call: Call) -> dict[str, Any]:
    """The caller's receipt: after the count, with their line of the file."""
    return _receipt(call)


@room.post(
    "/launchpad/v1/governance/delegate",
    access=Access.TRADE,
    takes=[DELEGATE],
    gives=integers("delegate_id") | strings("name"),
)
def choose_delegate(call: Call) -> dict[str, Any]:
    """Delegate to somebody, or, without delegate_id, take one's power back."""
    number = call.read(DELEGATE)
    if number is None:
        delegate.take_back(customer_id=call.customer_id, actor=call.actor)
        return {"delegate_id": 0, "name": ""}
    made = delegate.delegate(customer_id=call.customer_id, delegate_id=number, actor=call.actor)
    return {"delegate_id": made.delegate_id, "name": made.delegate.name}


def _found(call: Call) -> VoteProposal:
    found = queries.of_page(call.read(PROPOSAL))
    if found is None:
        raise NotFound("There is no such proposal.", field="proposal_id")
    return found


def _receipt(call: Call) -> dict[str, Any]:
    found = _found(call)
    own = queries.receipt_of(found, call.customer_id)
    if own is None:
        raise NotFound("There is no vote of yours.", field="vote")
    return {
        "proposal_id": found.pk,
        "account": own.account,
        "salt": own.salt,
        "voter": own.voter,
        "choices": own.choices,
        "serial": own.serial,
        "changed_at": clock.to_ms(own.changed_at),
        "power": "" if own.units is None else plain(in_bmx(own.units)),
        "via": own.via,
        "line": own.line,
        "excluded": own.excluded,
    }


def _comment(row: ProposalComment) -> dict[str, Any]:
    hidden = row.hidden_at is not None
    return {
        "comment_id": row.pk,
        "answers": row.parent_id or 0,
        "name": row.name,
        "text": "" if hidden else row.text,
        "hidden": row.hidden_code if hidden else "",
        "at": clock.to_ms(row.at),
    }


def _summary(row: VoteProposal) -> dict[str, Any]:
    return {
        "proposal_id": row.pk,
        "kind": row.kind,
        "method": row.method,
        "tally": row.tally,
        "title": row.title,
        "state": row.state,
        "outcome": row.outcome,
        "winner": row.winner,
        "published_at": _ms(row.published_at),
        "snapshot_at": _ms(row.snapshot_at),
        "opens_at": _ms(row.opens_at),
        "closes_at": _ms(row.closes_at),
        "quorum_bps": row.quorum_bps,
        "threshold_bps": row.threshold_bps,
    }


def _ms(moment: datetime | None) -> int:
    return 0 if moment is None else clock.to_ms(moment)


def _bmx(number: str) -> str:
    return plain(in_bmx(number))


urlpatterns = room.urlpatterns()
