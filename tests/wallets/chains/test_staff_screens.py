"""What staff see of the chains: which is followed, which is not, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from exchange.core import clock
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories import wallets as rows
from wallets.chains import admin
from wallets.chains.models import NetworkWatch, SeenBlock

pytestmark = pytest.mark.django_db
State = NetworkWatch.State


@pytest.fixture
def treasurer(as_role):  # noqa: F811
    return as_role("treasury operator")


@pytest.fixture
def bitcoin(settings):
    settings.CHAIN_ENVIRONMENT = {
        "BTC_RPC_URL": "http://127.0.0.1:9",
        "BTC_CHAIN": "regtest",
        "EVM_RPC_URL": "http://127.0.0.1:9",
        "EVM_CHAIN_ID": "31337",
    }
    rows.network("ERC20")
    return rows.network("BTC").watch


def is_now(watch: NetworkWatch, state: str, reason: str = "", **fields: object) -> None:
    NetworkWatch.objects.filter(pk=watch.pk).update(state=state, reason=reason, **fields)


def page_of(client, watch: NetworkWatch) -> str:
    address = reverse("admin:wallets_networkwatch_change", args=[watch.pk])
    return client.get(address).content.decode()


def test_the_list_says_why_a_network_is_paused(treasurer, bitcoin):
    is_now(bitcoin, State.DOWN, "127.0.0.1:9: ConnectError")

    shown = treasurer.get(reverse("admin:wallets_networkwatch_changelist")).content.decode()

    assert "127.0.0.1:9: ConnectError" in shown
    assert "badge-bad" in shown


def test_a_watcher_that_fell_asleep_is_not_shown_as_following(treasurer, bitcoin):
    is_now(bitcoin, State.FOLLOWING, checked_at=clock.now() - timedelta(hours=1))

    assert "no watcher has looked at the node lately" in page_of(treasurer, bitcoin)


def test_the_page_shows_the_newest_blocks(treasurer, bitcoin):
    for height in range(1, 31):
        SeenBlock.objects.create(
            network=bitcoin.network,
            height=height,
            hash=f"{height:064x}",
            parent=f"{height - 1:064x}",
            mined_at=clock.now(),
        )

    shown = page_of(treasurer, bitcoin)

    assert f"{30:064x}" in shown
    assert f"{16:064x}" in shown
    assert f"{15:064x}" not in shown


def test_a_node_that_can_not_trace_is_reported(treasurer, bitcoin):
    is_now(bitcoin, State.FOLLOWING, can_trace=False)

    assert "not seen: the node can&#x27;t trace" in page_of(treasurer, bitcoin)


def test_a_support_agent_does_not_see_the_chains(as_role, bitcoin):  # noqa: F811
    client = as_role("support agent")
    assert client.get(reverse("admin:wallets_networkwatch_changelist")).status_code == 403


def test_the_card_counts_the_networks_that_are_followed(bitcoin):
    reading = admin.chains_card()

    assert (reading.state, reading.number) == ("ok", "2/2")


def test_the_card_names_what_is_paused(bitcoin):
    is_now(bitcoin, State.DOWN, "gone")

    reading = admin.chains_card()

    assert (reading.state, reading.number) == ("bad", "1/2")
    assert [name for name, _words in reading.details] == ["BTC"]


def test_catching_up_is_watched_not_bad(bitcoin):
    is_now(bitcoin, State.BEHIND, "we are catching up: 30 blocks to go")

    assert admin.chains_card().state == "watch"


def test_a_network_whose_node_was_never_reached_is_paused(bitcoin):
    bitcoin.delete()

    assert admin.chains_card().state == "bad"
