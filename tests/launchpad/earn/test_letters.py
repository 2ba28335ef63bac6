"""What customers of earn are written to: the end of a term, what came free, losses, a stop."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.core import mail as django_mail
from django.db import transaction

from exchange.audit.proposals import approve
from exchange.core import outbox
from launchpad.earn import arrivals, redeem
from launchpad.programmes import stop
from tests import factories
from tests.factories.accounts import staff
from tests.launchpad.earn.conftest import fixed, on_day, product, put_in, staking
from tests.launchpad.earn.test_positions import take

pytestmark = pytest.mark.usefixtures("first_day")


@pytest.fixture
def sent():
    """Deliver the outbox and return who was written to, and of what, since the last time."""

    def deliver() -> list[tuple[str, str]]:
        while outbox.deliver():
            pass
        found, django_mail.outbox = django_mail.outbox, []
        return sorted((each.to[0], each.subject) for each in found)

    return deliver


def test_the_end_of_a_term_and_of_a_waiting_time(sent):
    saver, staker = factories.customer(), factories.customer()
    put_in(saver, fixed(), "100")
    take(put_in(staker, product("soft", unbonding_days=1), "50"), "20")
    sent()

    with on_day(31):
        assert redeem.let_go_due() == 2

    assert sent() == sorted(
        [
            (saver.user.email, "usdt-30 ended: 100 USDT are free again"),
            (staker.user.email, "20 USDT from soft are free again"),
        ]
    )


def test_everybody_who_bears_a_loss_reads_their_own_share_once(sent):
    first, second, gone = [factories.customer() for _ in range(3)]
    made = staking()
    put_in(first, made, "1")
    put_in(second, made, "2")
    put_in(second, made, "1")
    sent()
    asked = arrivals.propose_slash(
        product_id=made.pk, amount=D("0.4"), source="validator 17", reference="0xdef",
        actor=staff("launchpad.book_arrival"), reason="signed two blocks",
    )  # fmt: skip
    done = approve(proposal_id=asked.pk, actor=staff("launchpad.approve_slash"))
    assert done.state == "executed"
    put_in(gone, made, "5")  # came after it

    assert sent() == sorted(
        [
            (first.user.email, "eth-staking: 0.1 ETH were lost"),
            (second.user.email, "eth-staking: 0.3 ETH were lost"),
        ]
    )


def test_whoever_has_something_in_a_stopped_product_is_told_that_it_is_still_theirs(sent):
    stays, left = factories.customer(), factories.customer()
    made = product("usdt-flexible")
    put_in(stays, made, "100")
    take(put_in(left, made, "50"))
    sent()
    with transaction.atomic():
        stop.stop(programme_id=made.programme_id, because="no money", actor=factories.SYSTEM)

    assert sent() == [(stays.user.email, "usdt-flexible pays nothing for now")]
