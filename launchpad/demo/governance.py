"""Votes alive: one that is over with its result, an open one with a discussion, one to come.

It goes step by step in real time, because what people have at a snapshot's moment is dated by the
database and nothing here can pretend otherwise. Some minutes after the first step all of it
stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from compliance.demo.people import DOMAIN
from exchange.accounts.models import Customer
from exchange.core import clock, locks
from exchange.core.actors import CUSTOMER, Actor, system
from exchange.core.errors import Refused
from exchange.ledger import accounts
from exchange.ledger.post import Leg, post
from launchpad.governance import delegate, discuss, policy
from launchpad.governance.cast import cast
from launchpad.governance.models import Delegate, ProposalComment, Vote, VoteProposal
from launchpad.governance.propose import (
    OptionText,
    ParameterChange,
    Timeline,
    move,
    open_proposal,
    schedule,
    write,
)
from launchpad.governance.states import Kind, Method, Role, State, Tally

SEED = system("demo seed")
NAMED = ("alice", "bob", "carol", "dave")
BOTS = ("maker-bot", "taker-bot")
# Thousands of BMX, from the market makers, who keep most of theirs.
GIFTS = (600, 450, 380, 270, 210, 160, 140, 120, 90, 60, 40, 25)
PATIENCE = timedelta(minutes=5)
DAY = timedelta(days=1)
OVER, RUNNING, COMING = "demo:over", "demo:open", "demo:coming"

ROADMAP = (
    OptionText("cards", "A debit card", "Pay with what you hold, in any shop."),
    OptionText("tax", "Tax reports", "A year's gains and losses as a file for your tax office."),
    OptionText("widgets", "Price widgets", "Prices on your phone's home screen."),
    OptionText("none", "None of these", "Rather make what is there quicker.", Role.AGAINST),
)
RANKINGS = (
    ("tax", "cards"),
    ("cards", "tax", "widgets"),
    ("tax", "widgets"),
    ("widgets", "tax", "cards"),
    ("none",),
    ("cards", "widgets"),
    ("tax",),
    ("widgets", "cards"),
)
WORDS = (
    "Lower fees bring volume. I would rather earn less on each trade and have more of them.",
    "Who pays for it? The fees are what BMX holders' programmes are paid from.",
    "Other exchanges ask for 0.08 % on pairs like this one. We are not cheap at 0.1 %.",
)


def seed() -> int:
    """One step further. Safe to call again: returns how many things it made, 0 at the end."""
    with transaction.atomic():
        if not locks.try_hold(locks.Lock.SEED):
            return 0
        people = _people()
        if not _have_come(people):
            return 0
        done = _give(people) + _votes() + _delegates(people)
    return done + _answers(people) + _talk(people)


def _people() -> list[Customer]:
    """Alice and the others, then some of the demo's many customers."""
    emails = [f"{name}@holdfast.example" for name in NAMED]
    first = {c.user.email: c for c in Customer.objects.filter(user__email__in=emails) if c.user}
    many = Customer.objects.filter(user__email__endswith=f"@{DOMAIN}", parent=None)
    rest = many.select_related("user").order_by("pk")[: len(GIFTS) - len(NAMED)]
    return [*(first[email] for email in emails if email in first), *rest]


def _have_come(people: Sequence[Customer]) -> bool:
    """Are the demo's people there? After a while those who are there have to do."""
    if len(people) < len(GIFTS):
        return len(people) >= len(NAMED) and people[0].created_at < clock.now() - PATIENCE
    return True


def _give(people: Sequence[Customer]) -> int:
    """BMX from the market makers, once each: what all customers have together stays the same."""
    bots = Customer.objects.filter(user__email__in=[f"{b}@holdfast.example" for b in BOTS])
    ids = list(bots.order_by("pk").values_list("pk", flat=True))
    if not ids or VoteProposal.objects.filter(subject=OVER).exists():
        return 0
    coin = policy.asset()
    found = accounts.customer_accounts(
        [(each, coin.pk) for each in [*ids, *(person.pk for person in people)]]
    )
    given = 0
    for number, (person, thousands) in enumerate(zip(people, GIFTS, strict=False)):
        amount = Decimal(thousands * 1000)
        source = found[ids[number % len(ids)], coin.pk]
        try:
            with transaction.atomic():
                post(
                    kind="transfer",
                    reference=f"demo:bmx:{person.pk}",
                    legs=[
                        Leg(source, available=-amount),
                        Leg(found[person.pk, coin.pk], available=amount),
                    ],
                )
        except Refused:
            continue
        given += 1
    return given


def _votes() -> int:
    """The three votes, published some days ago. The snapshot of the first two is in a moment."""
    if VoteProposal.objects.filter(subject=OVER).exists():
        return 0
    at = clock.now() + timedelta(seconds=3)
    opens = at + policy.GAP
    with clock.held_at(clock.now() - 3 * DAY):
        open_proposal(
            kind=Kind.FEATURE,
            title="What should we build first?",
            text="We can begin one of these this quarter. Put them in your order: the one that most"
            " of the power wants is begun, the others wait for the next vote.",
            subject=OVER,
            options=ROADMAP,
            method=Method.RANKED,
            timeline=Timeline(at, opens, opens + policy.LEAST_LENGTH + timedelta(minutes=2)),
            actor=SEED,
        )
        _fees(Timeline(at, opens, opens + 5 * DAY))
    later = clock.now().replace(second=0, microsecond=0) + 2 * DAY
    open_proposal(
        kind=Kind.GRANT,
        title="20,000 BMX for translators",
        text="Volunteers keep our help pages in Portuguese and Vietnamese. This grant pays them"
        " 20,000 BMX for the next year, in four parts, each after a published review.",
        subject=COMING,
        grant="20000",
        timeline=Timeline(later, later + timedelta(hours=1), later + 7 * DAY),
        actor=SEED,
    )
    return 3


def _fees(timeline: Timeline) -> None:
    """A change of a parameter, with its tally shown so that there is something to see."""
    proposal = write(
        kind=Kind.PARAMETER,
        title="Lower the maker fee of BMX_USDT to 0.08 %",
        text="Our own token's main pair should be the cheapest to make a market in. The maker fee"
        " falls from 0.1 % to 0.08 %; the taker fee stays.\n\nIf it passes, two of our staff carry"
        " it out, and the change stands in the log.",
        subject=RUNNING,
        tally=Tally.SHOWN,
        change=_change(),
        actor=SEED,
    )
    move(proposal, State.REVIEW)
    schedule(proposal, timeline, SEED)


def _change() -> ParameterChange:
    return ParameterChange("market.maker_rate", "BMX_USDT", "0.0008")


def _delegates(people: Sequence[Customer]) -> int:
    """Carol votes for others; two of the many let her."""
    if Delegate.objects.filter(customer=people[2]).exists():
        return 0
    made = delegate.offer(
        customer_id=people[2].pk,
        name="Carol reads it all",
        statement="I read every proposal to its end and vote for what keeps fees low and the books"
        " open. I say in the discussion how I vote and why.",
        actor=SEED,
    )
    for person in people[-2:]:
        if person.pk != people[2].pk:
            delegate.delegate(customer_id=person.pk, delegate_id=made.pk, actor=SEED)
    return 1


def _answers(people: Sequence[Customer]) -> int:
    """Votes, once those two are open: of most people, each once."""
    made = 0
    for subject in (OVER, RUNNING):
        proposal = VoteProposal.objects.filter(subject=subject, state=State.OPEN).first()
        if proposal is None or not _still_open(proposal, clock.now()):
            continue
        if Vote.objects.filter(proposal=proposal).exists():
            continue
        for number, person in enumerate(people[:-2]):
            if subject == RUNNING and number == 0:
                continue  # alice has yet to vote: you may
            answer = RANKINGS[number % len(RANKINGS)]
            if subject == RUNNING:
                answer = ("no",) if number % 3 == 2 else ("yes",)
            try:
                cast(
                    proposal_id=proposal.pk,
                    customer_id=person.pk,
                    choices=answer,
                    actor=_as(person),
                )
            except Refused:
                continue
            made += 1
    return made


def _still_open(proposal: VoteProposal, now: datetime) -> bool:
    return proposal.closes_at is not None and now < proposal.closes_at


def _talk(people: Sequence[Customer]) -> int:
    """A discussion below the open vote."""
    proposal = VoteProposal.objects.filter(subject=RUNNING).first()
    if proposal is None or ProposalComment.objects.filter(proposal=proposal).exists():
        return 0
    first = None
    for person, words in zip(people[1:], WORDS, strict=False):
        try:
            made = discuss.comment(
                proposal_id=proposal.pk,
                customer_id=person.pk,
                text=words,
                answers=first,
                actor=_as(person),
            )
        except Refused:
            continue
        first = first or made.pk
    discuss.answer_as_staff(
        proposal_id=proposal.pk,
        text="The programmes are paid from budgets that were set apart already; this vote touches"
        " none of them.",
        answers=first,
        actor=SEED,
    )
    return 1


def _as(person: Customer) -> Actor:
    return Actor(
        kind=CUSTOMER,
        label=person.user.email if person.user else str(person.pk),
        user_id=person.user_id,
        customer_id=person.pk,
    )
