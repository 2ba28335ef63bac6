"""The frame of the staff site: what waits for whom, and which exchange this is."""

from __future__ import annotations

import pytest

from exchange.accounts import roles
from tests.exchange.portal.conftest import verified

pytestmark = pytest.mark.django_db


def waiting(client) -> list[tuple[str, int]]:
    shown = client.get("/staff/").context
    return [(str(screen.label), screen.waiting) for screen in shown["waiting_screens"]]


def test_the_menu_counts_what_waits_for_the_reader_at_every_desk_it_hangs_at(world, as_role):
    client = as_role(roles.MLRO)

    groups = client.get("/staff/").context["menu"]

    assert waiting(client) == [("Proposals", 1)]
    assert {group.desk.key: group.waiting for group in groups if group.waiting} == {
        "audit": 1,
        "compliance": 1,
    }


def test_what_somebody_may_not_decide_does_not_wait_for_them(world, as_role):
    assert waiting(as_role(roles.AUDITOR)) == []


def test_what_somebody_proposed_does_not_wait_for_them(world):
    proposer = world["proposer"]
    proposer.is_staff = True
    proposer.is_superuser = True
    proposer.save()

    assert waiting(verified(proposer)) == []


def test_the_site_says_which_exchange_it_is(root, settings):
    assert b'class="place"' not in root.get("/staff/").content

    settings.PLACE_NAME = "Rehearsal"

    assert b'<span class="place">Rehearsal</span>' in root.get("/staff/").content
    assert b'<span class="place">Rehearsal</span>' in type(root)().get("/staff/login/").content


def test_a_menu_that_was_put_away_stays_away(root):
    root.cookies["side"] = "closed"
    assert b'data-side="closed"' in root.get("/staff/").content

    root.cookies["side"] = 'x" onload="'
    assert b"data-side" not in root.get("/staff/").content
