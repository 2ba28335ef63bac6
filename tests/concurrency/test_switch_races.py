"""A switch thrown while money is on its way out: after the throw, nothing more commits."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from exchange.audit.switches import throw_switch
from exchange.core import switches
from exchange.core.errors import SwitchedOff
from tests import factories
from tests.concurrency.together import PATIENCE, until

pytestmark = pytest.mark.django_db(transaction=True)


def race(*, hold_still: bool) -> list[str]:
    """A verb reads the switch and takes its time; the switch is thrown meanwhile. What happened
    in which order, as the database's clients saw it."""
    order: list[str] = []
    read, thrown = threading.Event(), threading.Event()

    def verb() -> None:
        try:
            with transaction.atomic():
                if hold_still:
                    switches.hold_still()
                switches.refuse_if_closed("withdrawals")
                read.set()
                until(thrown.is_set)
                order.append("paid")
        finally:
            connection.close()

    thread = threading.Thread(target=verb)
    thread.start()
    assert read.wait(PATIENCE)
    throw_switch(name="withdrawals", close=True, actor=factories.SYSTEM, reason="drain")
    order.append("closed")
    thrown.set()
    thread.join(PATIENCE)
    return order


def test_whoever_throws_a_switch_waits_for_what_is_under_way():
    assert race(hold_still=True) == ["paid", "closed"]
    with pytest.raises(SwitchedOff):
        switches.refuse_if_closed("withdrawals")


def test_without_holding_still_money_leaves_after_the_switch_is_closed():
    """The control."""
    assert race(hold_still=False) == ["closed", "paid"]
