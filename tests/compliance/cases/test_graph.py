"""The link graph: hop by hop, by amount and time, and never more than fits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from compliance.cases import graph
from compliance.cases.graph import Look, around
from exchange.core import clock
from tests import factories
from tests.factories import cases as f

pytestmark = pytest.mark.django_db


def look(**more) -> Look:
    now = clock.now()
    return Look(**{"since": now - timedelta(days=90), "until": now + timedelta(hours=1), **more})


def keys(found: graph.Graph) -> set[str]:
    return set(found.nodes)


@pytest.fixture
def chain():
    """Alice pays Bob, Bob pays Carol; Carol shares a device with Dave."""
    alice, bob, carol, dave = (factories.customer() for _ in range(4))
    f.fact(alice, kind="transfer", usd="900", counterparty_id=bob.pk)
    f.fact(bob, kind="transfer", usd="850", counterparty_id=carol.pk)
    f.fact(carol, kind="login", usd=None, device="phone-1", ip="203.0.113.9")
    f.fact(dave, kind="login", usd=None, device="phone-1", ip="203.0.113.10")
    return alice, bob, carol, dave


def test_each_hop_reaches_one_tie_further(chain):
    alice, bob, carol, dave = (f"customer:{each.pk}" for each in chain)
    start = [chain[0].pk]

    one, two = around(people=start, look=look()), around(people=start, look=look(hops=2))
    three = around(people=start, look=look(hops=3))

    assert keys(one) == {alice, bob}
    assert keys(two) == {alice, bob, carol}
    assert keys(three) == {alice, bob, carol, "device:phone-1", "ip:203.0.113.9"}
    assert dave not in keys(three)


def test_expanding_a_node_looks_further_from_it_alone(chain):
    bob = f"customer:{chain[1].pk}"

    found = around(people=[chain[0].pk], look=look(expand=(bob,)))

    assert keys(found) == {f"customer:{each.pk}" for each in chain[:3]}


def test_money_is_summed_a_pair_and_has_its_direction():
    payer, payee = factories.customer(), factories.customer()
    for usd in ("100", "250.50"):
        f.fact(payer, kind="transfer", usd=usd, counterparty_id=payee.pk)
    f.fact(payee, kind="transfer", usd="7", counterparty_id=payer.pk)

    edges = {
        (e.source, e.target): (e.count, e.usd) for e in around(people=[payer.pk], look=look()).edges
    }

    there, back = f"customer:{payer.pk}", f"customer:{payee.pk}"
    assert edges == {(there, back): (2, D("350.50")), (back, there): (1, D(7))}


def test_small_amounts_can_be_left_out_and_what_hangs_on_them_is_gone():
    holder = factories.customer()
    f.fact(holder, usd="50", address="bc1qsmall")
    f.fact(holder, usd="5000", address="bc1qlarge")

    found = around(people=[holder.pk], look=look(least_usd=D(1000)))

    assert keys(found) == {f"customer:{holder.pk}", "address:bc1qlarge"}


def test_what_was_before_the_window_is_not_tied():
    holder = factories.customer()
    f.fact(holder, address="bc1qold", at=clock.now() - timedelta(days=100))

    assert keys(around(people=[holder.pk], look=look())) == {f"customer:{holder.pk}"}


def test_an_ip_address_ties_but_is_not_looked_further_from():
    one, other = factories.customer(), factories.customer()
    for holder in (one, other):
        f.fact(holder, kind="login", usd=None, ip="203.0.113.77")

    found = around(people=[one.pk], look=look(hops=3))

    assert keys(found) == {f"customer:{one.pk}", "ip:203.0.113.77"}
    assert "ip:203.0.113.77" in keys(around(people=[one.pk, other.pk], look=look()))


def test_only_the_weightiest_fit_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(graph, "MOST_NODES", 4)
    holder = factories.customer()
    for number in range(6):
        f.fact(holder, usd=str(100 + number), address=f"bc1q{number}")

    found = around(people=[holder.pk], look=look())

    assert keys(found) == {f"customer:{holder.pk}", *(f"address:bc1q{n}" for n in (3, 4, 5))}
    assert found.left_out == 3


def test_nodes_stand_on_circles_in_the_same_place_every_time(chain):
    first = graph.as_json(around(people=[chain[0].pk], look=look(hops=3)))
    again = graph.as_json(around(people=[chain[0].pk], look=look(hops=3)))

    assert first["nodes"] == again["nodes"]
    root = next(node for node in first["nodes"] if node["hop"] == 0)
    assert (root["x"], root["y"]) == (0, 0)
    places = {(node["x"], node["y"]) for node in first["nodes"]}
    assert len(places) == len(first["nodes"])
