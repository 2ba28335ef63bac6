"""Whatever happens, in whatever order: the ledger is the chain, and nobody is paid twice.

Random withdrawals, bumps, blocks, forks, lost mempools, nodes and signers that are away, processes
killed between any two steps. After every step the books must agree to the last satoshi.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal as D

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.errors import Refused
from exchange.core.models import Switch
from exchange.ledger import accounts
from tests import factories
from tests.factories import withdrawals as w
from tests.factories.memory_chain import MemoryChain, sign, spends
from wallets.addresses.models import Address
from wallets.chains import nodes, watch
from wallets.chains.models import NetworkWatch
from wallets.sending import send, sweep
from wallets.sending.bump import bump
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.sending.models import ChainTransaction, Coin
from wallets.withdrawals import cancel, pay
from wallets.withdrawals.models import Withdrawal
from wallets.withdrawals.states import HOLDING

pytestmark = pytest.mark.django_db
State = ChainTransaction.State
PLACES = [w.STRANGER, w.OTHER]
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 60), st.integers(0, 1)),
    st.tuples(st.just("pay")),
    st.tuples(st.just("send"), st.sampled_from(["well", "die signed", "die sent", "no", "away"])),
    st.tuples(st.just("mine"), st.booleans()),
    st.tuples(st.just("fork"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("forget")),
    st.tuples(st.just("bump"), st.integers(2, 40)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("look")),
)


class Killed(BaseException):
    """The process died here."""


class World:
    """One customer, one chain, and what the workers do."""

    def __init__(self, chain: MemoryChain) -> None:
        self.chain, self.who = chain, w.rich("BTC", "2")
        self.network = NetworkWatch.objects.get().network
        self.asked = 0

    def ask(self, hundredths: int, place: int) -> None:
        self.asked += 1
        with _refusals():
            w.ask(
                self.who,
                str(D(hundredths) / 100),
                address=PLACES[place],
                request_no=f"{self.asked}",
            )

    def pay(self) -> None:
        # Drain detection is right to be alarmed by what goes on here; that is not the subject.
        Switch.objects.update(closed=False)
        pay.pay(network=self.network)

    def send(self, how: str) -> None:
        Switch.objects.update(closed=False)
        for row in ChainTransaction.objects.filter(
            state__in=[State.PREPARED, State.SIGNED, State.DROPPED]
        ).order_by("id"):
            with _deaths(self.chain, how) as signer:
                send.send(transaction_id=row.pk, sign=signer)

    def mine(self, empty: bool) -> None:
        self.chain.mine(empty=empty)
        watch.follow("BTC")

    def fork(self, depth: int, back: bool) -> None:
        if self.chain.height - depth >= 4:  # the coins that we began with stay
            self.chain.reorg(depth, back_to_mempool=back)
            watch.follow("BTC")

    def forget(self) -> None:
        self.chain.forget()

    def bump(self, rate: int) -> None:
        for row in ChainTransaction.objects.filter(state__in=[State.BROADCAST, State.DROPPED]):
            with _refusals():
                bump(transaction_id=row.pk, fee_rate=rate, actor=factories.SYSTEM, reason="stuck")

    def cancel(self, number: int) -> None:
        row = Withdrawal.objects.order_by("id")[number : number + 1].first()
        if row is not None:
            with _refusals():
                cancel.cancel(withdrawal_id=row.pk, actor=factories.SYSTEM)

    def look(self) -> None:
        ChainTransaction.objects.update(checked_at=None)
        sweep.look_for_dropped(network=self.network)
        sweep.free_coins(network=self.network)
        sweep.give_up_lost(network=self.network)

    def check(self) -> None:
        """The chain, the coins and the ledger say the same; nothing is paid twice."""
        ours = set(Address.objects.values_list("address", flat=True))
        truth = self.chain.worth(ours)
        coins = Coin.objects.filter(spent_height=None).values_list("units", flat=True)
        assert sum(coins) == truth
        assert -w.house("BTC", accounts.CUSTODY) == D(truth).scaleb(-8)
        w.books_agree()
        held = sum(r.amount + r.fee for r in Withdrawal.objects.filter(state__in=HOLDING))
        assert factories.held(self.who, "BTC") == held
        self._nothing_twice()

    def _nothing_twice(self) -> None:
        """Whatever was ever given to the network for one withdrawal competes with the rest of it:
        by a common input, so that the chain can take only one."""
        known = {row.txid: row for row in ChainTransaction.objects.exclude(txid="")}
        sent: dict[str, list] = {}
        for tx in self.chain.broadcasts:
            for reference in known[tx.txid().hex()].payments.values_list("reference", flat=True):
                sent.setdefault(reference, []).append(spends(tx))
        for rivals in sent.values():
            common = set.intersection(*rivals)
            assert common
        paid: dict[str, int] = {}
        for _block, transactions in self.chain.blocks:
            for tx in transactions:
                row = known.get(tx.txid().hex())
                for reference in row.payments.values_list("reference", flat=True) if row else ():
                    paid[reference] = paid.get(reference, 0) + 1
        assert all(times == 1 for times in paid.values())
        for row in Withdrawal.objects.filter(state="cancelled"):
            assert f"withdrawal:{row.pk}" not in paid


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except Refused:
        pass


@contextmanager
def _deaths(chain: MemoryChain, how: str) -> Iterator[object]:
    """A signer and a node in one of their moods, and the death of the process."""

    def signer(row):
        if how == "no":
            raise SignerRefused("not today", limit="per_day")
        answer = sign(row)
        if how == "die signed":
            raise Killed
        if how == "away":
            raise SignerUnavailable("it may have signed")
        return answer

    really = chain.broadcast

    def broadcast(signed):
        really(signed)
        raise Killed

    if how == "die sent":
        chain.broadcast = broadcast
    try:
        yield signer
    except Killed:
        pass
    finally:
        chain.broadcast = really


@settings(
    max_examples=int(os.environ.get("RANDOM_LIVES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
def test_the_ledger_is_the_chain_after_every_step(bitcoin_ready, steps):
    with transaction.atomic():
        world = World(bitcoin_ready())
        for name, *values in steps:
            getattr(world, name)(*values)
            world.check()
        # And in the end, left in peace, everything that was approved arrives.
        for _ in range(6):
            world.look()
            world.pay()
            world.send("well")
            world.mine(False)
            world.check()
        assert not Withdrawal.objects.filter(state__in=["signed", "broadcast"]).exists()
        transaction.set_rollback(True)
    nodes._adapters.pop(nodes.node("BTC"), None)
