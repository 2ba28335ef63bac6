"""Whatever blocks, forks, spending and restarts come in whatever order: the ledger says what the
chain says, for every asset, after every step."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from exchange.core.models import Switch
from exchange.ledger import accounts, queries
from exchange.ledger.post import transfer
from tests import factories
from tests.factories import wallets as made
from tests.factories.accounts import staff
from tests.factories.blocks import Chain, pays
from wallets.chains.interface import Received
from wallets.chains.models import NetworkWatch
from wallets.deposits import check, credit, review
from wallets.deposits.models import Deposit, ReorgDebt
from wallets.deposits.queries import NOT_BOOKED, not_booked

PEOPLE = st.integers(0, 2)
# From below the minimum to a lot, with more digits than the asset keeps.
AMOUNTS = st.sampled_from(["0.00005", "0.0001", "0.5", "1.000000000000999999", "7"])
CODES = st.sampled_from(["ETH", "USDT"])


class Books(RuleBasedStateMachine):
    """Two assets on one chain, three customers. Every step is taken as the exchange takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        where = made.network("ERC20", confirmations=2)
        fields: dict[str, Any] = {"decimals": 18, "deposit_min": "0.0001"}
        self.assets = {
            "ETH": made.asset_network("ETH", where, precision=18, **fields),
            "USDT": made.asset_network("USDT", where, precision=12, contract="0xusdt", **fields),
        }
        self.people = [factories.customer() for _ in range(3)]
        keys = made.key_set(where)
        self.addresses = [
            made.address(keys, key=f"0x{n}", customer_id=who.pk)
            for n, who in enumerate(self.people)
        ]
        self.chain = Chain(where)
        self.lost: list[Received] = []
        self.names = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @rule(who=PEOPLE, amount=AMOUNTS, code=CODES)
    def somebody_pays(self, who: int, amount: str, code: str) -> None:
        self.names += 1
        listed = self.assets[code]
        self.chain.mine(pays(self.addresses[who], amount, listed, name=f"{id(self)}:{self.names}"))

    @rule(count=st.integers(1, 3))
    def blocks_pass(self, count: int) -> None:
        self.chain.mine_many(count)

    @rule(depth=st.integers(1, 4))
    def a_fork_takes_blocks_back(self, depth: int) -> None:
        self.lost += self.chain.fork(min(depth, len(self.chain.blocks)))

    @rule()
    def what_was_lost_is_mined_again(self) -> None:
        again, self.lost = self.lost, []
        self.chain.mine(*again)

    @rule()
    def crediting_runs(self) -> None:
        self.chain.credit()

    @rule()
    def crediting_dies_between_the_check_and_the_credit(self) -> None:
        check.check_confirmed(network_id=self.chain.network.pk, limit=1)

    @rule()
    def crediting_is_cut_short_and_started_twice(self) -> None:
        for _ in range(2):
            check.check_confirmed(network_id=self.chain.network.pk)
            credit.credit_checked(network_id=self.chain.network.pk, limit=1)

    @rule(who=PEOPLE, other=PEOPLE, code=CODES, share=st.integers(1, 3))
    def somebody_spends(self, who: int, other: int, code: str, share: int) -> None:
        """A part of what they have goes to another customer, as a trade would move it."""
        asset_id = self.assets[code].asset_id
        own = accounts.customer_accounts(
            {(self.people[who].pk, asset_id), (self.people[other].pk, asset_id)}
        )
        source, target = (own[self.people[n].pk, asset_id] for n in (who, other))
        amount = factories.available(self.people[who], code) * share / 3
        amount = amount.quantize(D("0.000000000001"), rounding="ROUND_DOWN")
        if source != target and amount > 0:
            self.names += 1
            transfer(
                kind="test",
                reference=f"{id(self)}:{self.names}",
                source=source,
                destination=target,
                amount=amount,
            )

    @rule(closed=st.booleans())
    def deposits_are_paused_or_not(self, closed: bool) -> None:
        Switch.objects.update_or_create(name="deposits", defaults={"closed": closed})

    @rule(state=st.sampled_from(["following", "down", "lying"]))
    def the_node_is_well_or_not(self, state: str) -> None:
        NetworkWatch.objects.filter(network=self.chain.network).update(state=state)

    @rule()
    def staff_waive_a_minimum(self) -> None:
        small = Deposit.objects.filter(state="below_minimum").first()
        if small is not None:
            review.waive_minimum(deposit_id=small.pk, actor=staff(review.REVIEW), reason="t")

    @invariant()
    def the_ledger_says_what_the_chain_says(self) -> None:
        waiting = not_booked()
        for code, listed in self.assets.items():
            paid = [
                each.units
                for block in self.chain.blocks
                for each in block.received
                if each.contract == listed.contract.lower()
            ]
            on_chain = D(sum(paid)).scaleb(-18)
            held = -factories.house(code, accounts.CUSTODY)
            assert held + waiting.get((code, "ERC20"), D(0)) == on_chain, code

    @invariant()
    def the_books_balance_and_debts_are_the_houses_loss(self) -> None:
        for code, total in queries.trial_balance():
            assert total == 0, code
        for code in self.assets:
            owed = sum(d.owed for d in ReorgDebt.objects.filter(asset__code=code))
            assert factories.house(code, accounts.REORG_LOSS) == -owed

    @invariant()
    def nothing_is_credited_before_its_confirmations(self) -> None:
        assert not Deposit.objects.filter(state="credited", height__isnull=True).exists()
        assert not Deposit.objects.filter(state__in=NOT_BOOKED, height__isnull=True).exists()


@pytest.mark.django_db
def test_the_ledger_says_what_the_chain_says_whatever_happens():
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
