"""A fork deeper than is accepted is followed when two people say so, and just so far."""

from __future__ import annotations

import pytest

from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, PermissionRefused
from tests.factories.accounts import staff
from tests.wallets.chains.notebook import Notebook
from wallets.chains import accept_fork, nodes
from wallets.chains.models import NetworkWatch

pytestmark = pytest.mark.django_db
State = NetworkWatch.State


@pytest.fixture
def notebook(monkeypatch):
    return Notebook.alone(monkeypatch)


@pytest.fixture
def forked(bitcoin_node, notebook, monkeypatch):
    """Five blocks were replaced, and two are accepted."""
    monkeypatch.setattr(nodes, "DEEPEST_IN_DEVELOPMENT", 2)
    bitcoin_node.mine(8)
    bitcoin_node.follow()
    bitcoin_node.reorg(5)
    bitcoin_node.follow()
    assert bitcoin_node.watch.state == State.LYING
    return bitcoin_node


def propose(node):
    proposer = staff("wallets.accept_fork")
    return accept_fork.propose(watch_id=node.watch.pk, actor=proposer, reason="miners agree")


def approve(proposal):
    approver = staff("wallets.accept_fork", "exchange.decide_proposal")
    return proposals.approve(proposal_id=proposal.pk, actor=approver)


def test_one_person_moves_nothing(forked, notebook):
    before = list(notebook.blocks)

    propose(forked)
    forked.follow()

    assert notebook.blocks == before
    assert forked.watch.state == State.LYING


def test_two_people_let_it_walk_back_and_forward_again(forked, notebook):
    kept = notebook.blocks[:3]
    proposal = propose(forked)
    assert proposal.payload["depth"] == 5

    approve(proposal)
    forked.follow()

    assert forked.watch.state == State.FOLLOWING
    assert forked.watch.height == forked.height
    assert notebook.blocks[:3] == kept
    assert len(notebook.blocks) == 9
    assert AuditEvent.objects.filter(verb="chains.accept_fork").count() == 1


def test_it_walks_back_no_further_than_was_agreed(forked, notebook):
    proposal = propose(forked)
    forked.reorg(7)  # meanwhile the node's chain leaves ours even deeper

    approve(proposal)
    forked.follow()

    assert forked.watch.state == State.LYING
    assert len(notebook.blocks) == 8


def test_where_there_is_no_fork_there_is_nothing_to_accept(bitcoin_node):
    with pytest.raises(Conflict, match="no fork"):
        propose(bitcoin_node)


def test_nobody_without_the_permission_proposes_it(forked):
    with pytest.raises(PermissionRefused):
        accept_fork.propose(watch_id=forked.watch.pk, actor=staff(), reason="why not")
