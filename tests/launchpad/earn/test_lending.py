"""A DeFi programme over the exchange's own custody: real chain, real signer, real contract."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from exchange.audit.proposals import approve
from exchange.core import clock
from exchange.core.errors import Conflict
from launchpad.demo import vault as demo
from launchpad.earn import arrivals, redeem, vaults
from launchpad.earn.models import Arrival
from launchpad.programmes import payouts
from tests import factories
from tests.factories.accounts import staff
from tests.launchpad.earn.conftest import DAY, product, put_in
from tests.wallets.conftest import evm_node, evm_process  # noqa: F401
from tests.wallets.custody import lending as lent
from wallets.custody import reconcile
from wallets.custody.models import Vault, VaultMove
from wallets.custody.vaults import move, reading
from wallets.demo import lending

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("evm node")]
DOLLAR = lent.DOLLAR


@pytest.fixture
def signer_draft():
    return lent.policy()


@pytest.fixture
def lender(evm_node, signer):  # noqa: F811
    return lent.Lender(evm_node, signer)


@pytest.fixture
def made(lender):
    """A vault's product with 1,000 USDT of a customer's in it since three days."""
    with clock.held_at(clock.now() - DAY * 3):
        return product(
            "vault", kind="vault", earns="arrivals", tiers=(), budget="0", commission_bps=1000,
            network="ERC20", vault=lending.address(), unbonding_days=1,
        )  # fmt: skip


def difference() -> D:
    return next(each for each in reconcile.compared() if each.asset == "USDT").difference


def test_it_lends_earns_is_shared_out_and_gives_back_what_is_redeemed(lender, made):
    holder = factories.customer()
    with clock.held_at(clock.now() - DAY * 3):
        position = put_in(holder, made, "1000")
    steps = [demo.tend(made, D(1000), D(100), actor=factories.SYSTEM) for _ in range(2)]
    assert steps == [1, 1]  # registered, asked for
    lender.through(VaultMove.objects.get())
    before = difference()
    made.refresh_from_db()
    assert demo.tend(made, D(1000), D(100), actor=factories.SYSTEM) == 1  # it earns
    lender.node.follow()
    arrival = vaults.harvest(product_id=made.pk, actor=factories.SYSTEM)
    assert arrival is not None
    assert (arrival.proof, D("99.99") < arrival.amount <= 100) == ("vault", True)
    assert vaults.harvest(product_id=made.pk, actor=factories.SYSTEM) is None
    assert difference() == before
    payouts.sweep()
    assert factories.available(holder, "USDT") == arrival.amount - arrival.commission

    assert vaults.keep_liquid() == 0  # the hot wallet has 5,000 at hand
    Vault.objects.update(book=Vault.objects.get().book + 6_000 * DOLLAR, gained=-6_000 * DOLLAR)
    redeem.redeem(
        customer_id=holder.pk, position_id=position.pk, amount=D(400), request_no="r",
        actor=factories.SYSTEM,
    )  # fmt: skip
    assert vaults.keep_liquid() == 1
    assert vaults.keep_liquid() == 0  # one suggestion is enough
    asked = VaultMove.objects.get(state="asked")
    assert (asked.kind, asked.asked_by_id) == ("withdraw", None)
    move.decline(move_id=asked.pk, actor=factories.SYSTEM, reason="tests go on")
    _a_loss_takes_two_people_and_leaves_the_books_right(made)


def _a_loss_takes_two_people_and_leaves_the_books_right(made):
    vault = reading.read(Vault.objects.get().pk)
    Vault.objects.update(book=vault.worth + 50 * DOLLAR)
    desk, other = staff("launchpad.book_arrival"), staff("launchpad.approve_slash")
    with pytest.raises(Conflict, match="The vault lost 50"):
        vaults.harvest(product_id=made.pk, actor=desk)
    before = difference()
    proposal = arrivals.propose_slash(
        product_id=made.pk, amount=D(50), source="vault", reference="loss", actor=desk,
        reason="a borrower failed",
    )  # fmt: skip
    approve(proposal_id=proposal.pk, actor=other)
    assert Arrival.objects.filter(kind="slash").count() == 1
    assert Vault.objects.get().gained == 0
    assert difference() == before + 50  # nothing is missing any more
