"""Holdings and snapshots for tests: postings that were made at a moment of our choosing."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from exchange.accounts.models import Customer
from exchange.assets.models import Asset
from exchange.core import clock
from exchange.ledger import accounts as ledger_accounts
from exchange.ledger.models import LedgerEntry, Posting
from launchpad.governance import count
from launchpad.governance.cast import cast
from launchpad.governance.models import Vote, VoteProposal
from launchpad.governance.opening import open_vote
from launchpad.governance.propose import OptionText, Timeline, open_proposal
from launchpad.snapshots.models import Snapshot
from launchpad.snapshots.plan import plan
from launchpad.snapshots.take import MARGIN, take
from tests import factories
from tests.factories.accounts import acting

_numbers = itertools.count(1)
# Any moment that has passed: postings of these tests lie around it.
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def bmx() -> Asset:
    return factories.asset("BMX", precision=18, kind="platform")


def moved(
    holder: Customer,
    amount: str | Decimal,
    *,
    at: datetime,
    code: str = "BMX",
    purpose: str = ledger_accounts.SPOT,
    held: bool = False,
) -> None:
    """An entry that was posted at `at`: the customer got so much from custody (or gave it back)."""
    coin = bmx() if code == "BMX" else factories.asset(code)
    key = (holder.pk, coin.pk)
    account = ledger_accounts.customer_accounts([key], purpose=purpose)[key]
    custody = ledger_accounts.house_account(asset_id=coin.pk, purpose=ledger_accounts.CUSTODY)
    change = Decimal(amount)
    with transaction.atomic():
        entry = LedgerEntry.objects.create(
            kind="deposit", reference=f"moved:{next(_numbers)}", created_at=at
        )
        Posting.objects.bulk_create(
            [
                Posting(entry=entry, account_id=custody, available=-change, held=0),
                Posting(
                    entry=entry,
                    account_id=account,
                    available=0 if held else change,
                    held=change if held else 0,
                ),
            ]
        )


def planned(*, at: datetime = NOON, average_of: timedelta | None = None) -> Snapshot:
    with clock.held_at(at - timedelta(days=7)):
        return plan(asset_id=bmx().pk, at=at, average_of=average_of, why="a test")


def taken(*, at: datetime = NOON, average_of: timedelta | None = None) -> Snapshot:
    """A snapshot of BMX, taken as soon as its moment was over."""
    snapshot = planned(at=at, average_of=average_of)
    with clock.held_at(at + MARGIN):
        assert take(snapshot_id=snapshot.pk)
    snapshot.refresh_from_db()
    return snapshot


# The moments of the votes below: published a day before NOON, the snapshot's moment.
OPENS = NOON + timedelta(hours=1)
CLOSES = NOON + timedelta(days=5)
OPENER = factories.officer("launchpad.open_voteproposal", label="opener@holdfast.example")


def holder(amount: str | Decimal = "100", *, at: datetime = NOON - timedelta(days=9)) -> Customer:
    """Somebody who has BMX since before any vote."""
    made = factories.customer()
    if Decimal(amount):
        moved(made, amount, at=at)
    return made


def published(**changed: object) -> VoteProposal:
    """A vote whose snapshot lies ahead: by yes and no, unless said otherwise."""
    bmx()
    words = {
        "kind": "listing",
        "title": "List WAVE?",
        "text": "Whether this token should be listed, and why it should.",
        "actor": OPENER,
        "timeline": Timeline(NOON, OPENS, CLOSES),
        **changed,
    }
    with clock.held_at(NOON - timedelta(days=1)):
        return open_proposal(**words)


def opened(proposal: VoteProposal | None = None, **changed: object) -> VoteProposal:
    """A vote that has opened; whatever was posted until NOON counts."""
    made = proposal or published(**changed)
    with clock.held_at(OPENS):
        take(snapshot_id=made.snapshot_id)  # or it is, of another vote at the same moment
        assert open_vote(proposal_id=made.pk)
    made.refresh_from_db()
    return made


def voted(
    proposal: VoteProposal, who: Customer, *choices: str, at: datetime = OPENS + timedelta(hours=1)
) -> Vote:
    with clock.held_at(at):
        return cast(proposal_id=proposal.pk, customer_id=who.pk, choices=choices, actor=acting(who))


def counted(proposal: VoteProposal, *, at: datetime = CLOSES) -> VoteProposal:
    """The vote, closed and counted."""
    with clock.held_at(at):
        count.close_vote(proposal_id=proposal.pk)
        count.count(proposal_id=proposal.pk)
    proposal.refresh_from_db()
    return proposal


def colours() -> list[OptionText]:
    return [OptionText(key, key.title()) for key in ("red", "green", "blue")]
