"""What is owed to customers is kept from them by two people or not at all."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import dispatch
from exchange.core.errors import KeyReused, PermissionRefused
from exchange.ledger import accounts
from launchpad.programmes import cancel, fund, payouts, prepare
from launchpad.programmes import open as programmes
from launchpad.programmes.models import Funding, Payout, Programme
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.factories.accounts import staff
from tests.launchpad.conftest import programme

CANCELS = "launchpad.cancel_payout"


def prepared(made: Programme, *amounts: str, key: str = "a") -> Payout:
    lines = [payouts.Line(factories.customer().pk, D(amount)) for amount in amounts]
    return payouts.prepare(programme_id=made.pk, key=key, lines=lines, actor=factories.SYSTEM)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["interest", "staking", "mining", "vault"])
def test_nobody_alone_keeps_from_customers_what_they_earned(kind):
    waiting = prepared(programme("USDT", "10", kind=kind), "1", "2")
    treasurer = staff(CANCELS)

    with pytest.raises(cancel.TakesTwo):
        cancel.cancel(payout_id=waiting.pk, actor=treasurer, reason="I want it gone")

    assert payouts.pay(waiting.pk) == 2


@pytest.mark.django_db
def test_two_people_cancel_what_was_prepared_by_mistake():
    waiting = prepared(programme("USDT", "10"), "1", "2")
    first = staff(CANCELS)
    asked = cancel.propose(payout_id=waiting.pk, actor=first, reason="the rate was a typo")
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=first)

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(CANCELS))

    waiting.refresh_from_db()
    assert (decided.state, waiting.state) == (Proposal.State.EXECUTED, "cancelled")
    assert payouts.pay(waiting.pk) == 0
    assert AuditEvent.objects.filter(verb="programmes.cancel_payout").count() == 1


@pytest.mark.django_db
def test_what_was_paid_in_the_meantime_is_not_cancelled_by_the_approval():
    waiting = prepared(programme("USDT", "10"), "1", "2")
    asked = cancel.propose(payout_id=waiting.pk, actor=staff(CANCELS), reason="a typo")
    payouts.pay(waiting.pk)

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(CANCELS))

    waiting.refresh_from_db()
    assert (decided.state, waiting.state) == (Proposal.State.FAILED, "paid")


@pytest.mark.django_db
def test_the_same_reference_brings_in_the_same_money_and_no_other():
    one, other = programme("USDT"), programme("USDT")

    def take(made: Programme, amount: str) -> Funding:
        source = accounts.house_account(asset_id=made.asset_id, purpose=accounts.CAPITAL)
        return fund.take_in(
            programme_id=made.pk, source="capital", account_id=source, amount=D(amount),
            reference="reward:7", actor=factories.SYSTEM,
        )  # fmt: skip

    assert take(one, "5") == take(one, "5")
    for made, amount in ((one, "6"), (other, "5")):
        with pytest.raises(KeyReused):
            take(made, amount)
    assert factories.house("USDT", one.purpose) == 5


def closing_while_preparing(monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """One closes a programme while a room prepares a payout of it. Its state, and what waits.

    Both have looked before either commits: whether it is closed, and whether anything waits.
    """
    made, meeting = programme("USDT", "10"), Meeting()
    monkeypatch.setattr(programmes, "move", meeting.before(programmes.move))
    monkeypatch.setattr(prepare, "_told", meeting.before(prepare._told))
    monkeypatch.setattr(dispatch, "send", lambda task, **kwargs: None)
    together(
        [
            lambda: prepared(made, "1"),
            lambda: programmes.close(programme_id=made.pk, actor=factories.SYSTEM, reason="over"),
        ]
    )
    made.refresh_from_db()
    return made.state, Payout.objects.filter(programme=made, state="ready").count()


@pytest.mark.django_db(transaction=True)
def test_no_payout_is_left_in_a_programme_that_closed_at_the_same_moment(monkeypatch):
    assert closing_while_preparing(monkeypatch) in {("open", 1), ("closed", 0)}


@pytest.mark.django_db(transaction=True)
def test_without_the_programmes_row_it_stands_there_for_ever(monkeypatch):
    """The control."""
    monkeypatch.setattr(prepare, "_held_open", lambda number: Programme.objects.get(pk=number))
    assert closing_while_preparing(monkeypatch) == ("closed", 1)
