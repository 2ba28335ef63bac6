"""A customer's deposit address: one a network, theirs for good, never anybody else's."""

from __future__ import annotations

import pytest

from exchange.accounts.models import Restriction
from exchange.accounts.restrictions import restrict
from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, PermissionRefused, Restricted
from tests import factories
from tests.concurrency.together import Meeting, together
from tests.factories.accounts import acting, staff
from tests.factories.wallets import evm_keys, network
from wallets.addresses import issue, keysets, queries
from wallets.addresses.issue import NoAddresses
from wallets.addresses.models import Address, KeySet

pytestmark = pytest.mark.django_db


@pytest.fixture
def eth():
    return evm_keys(network("ERC20")).network


def test_the_address_is_made_once_and_shown_ever_after(eth):
    anna = factories.customer()

    first = issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))
    again = issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    assert again.pk == first.pk
    assert Address.objects.count() == 1
    assert AuditEvent.objects.filter(verb="addresses.issue", target_id=str(first.pk)).count() == 1


def test_two_customers_never_share_an_address(eth):
    people = [factories.customer() for _ in range(5)]

    made = [issue.issue(customer_id=p.pk, network_id=eth.pk, actor=acting(p)) for p in people]

    assert len({address.key for address in made}) == 5
    assert [address.index for address in made] == [0, 1, 2, 3, 4]


def test_a_replaced_address_is_still_the_customers(eth):
    anna = factories.customer()
    old = issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    new = issue.replace(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    assert new.key != old.key
    assert queries.current(customer_id=anna.pk, network_id=eth.pk) == new
    found = queries.ours(eth.pk, [old.key])[old.key]
    assert (found.customer_id, found.retired) == (anna.pk, True)


def test_nobody_collects_addresses_without_end(eth):
    anna = factories.customer()
    for _ in range(issue.MOST_ADDRESSES):
        issue.replace(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    with pytest.raises(Conflict):
        issue.replace(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    assert Address.objects.count() == issue.MOST_ADDRESSES


def test_a_stranger_cannot_have_an_address_made_for_somebody(eth):
    anna, mallory = factories.customer(), factories.customer()

    with pytest.raises(PermissionRefused):
        issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(mallory))

    assert Address.objects.count() == 0


def test_a_customer_who_may_not_deposit_gets_no_new_address(eth):
    anna = factories.customer()
    restrict(customer_id=anna.pk, kind=Restriction.Kind.DEPOSIT, actor=factories.SYSTEM, reason="t")

    with pytest.raises(Restricted):
        issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))


def test_without_keys_there_is_no_address_and_the_customer_is_told_so():
    anna, sol = factories.customer(), network("SOL")

    with pytest.raises(NoAddresses, match="not open yet"):
        issue.issue(customer_id=anna.pk, network_id=sol.pk, actor=acting(anna))


def test_where_the_address_is_shared_every_customer_has_a_memo_of_their_own():
    keys = evm_keys(network("XRP", memo_required=True, memo_name="Destination tag"))
    anna, bert = factories.customer(), factories.customer()

    hers = issue.issue(customer_id=anna.pk, network_id=keys.network_id, actor=acting(anna))
    his = issue.issue(customer_id=bert.pk, network_id=keys.network_id, actor=acting(bert))

    assert hers.key == his.key
    assert hers.memo != his.memo
    assert queries.owner_of_memo(keys.network_id, hers.key, hers.memo).customer_id == anna.pk
    assert queries.ours(keys.network_id, [hers.key])[hers.key].customer_id is None


def test_a_wallets_own_address_is_not_one_that_a_customer_has(eth):
    anna = factories.customer()
    hers = issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna))

    first = issue.own_address(key_set_id=hers.key_set_id)
    same = issue.own_address(key_set_id=hers.key_set_id)
    fresh = issue.own_address(key_set_id=hers.key_set_id, fresh=True)

    assert first.pk == same.pk
    assert len({hers.key, first.key, fresh.key}) == 3
    assert (first.customer_id, fresh.customer_id) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_one_customer_asking_eight_times_at_once_gets_one_address(eth):
    anna = factories.customer()

    made = together(
        [lambda: issue.issue(customer_id=anna.pk, network_id=eth.pk, actor=acting(anna)).pk] * 8
    )

    assert set(made) == {Address.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_eight_customers_asking_at_once_get_eight_addresses(eth):
    people = [factories.customer() for _ in range(8)]

    made = together(
        [
            lambda p=p: issue.issue(customer_id=p.pk, network_id=eth.pk, actor=acting(p)).key
            for p in people
        ]
    )

    assert len(set(made)) == 8


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_customers_at_once_would_draw_the_same_index(eth, monkeypatch):
    """The control: the lock is what hands out indexes one at a time. Without it the unique
    constraint refuses all but one of those who met."""
    people = [factories.customer() for _ in range(8)]
    unlocked = KeySet.objects.select_related("network").get()
    read = type(unlocked).objects.get

    def glance(network_id: int) -> KeySet:
        return read(network_id=network_id, role="deposit")

    monkeypatch.setattr(issue, "_locked_deposit_keys", Meeting(8).after(glance))

    made = together(
        [
            lambda p=p: issue.issue(customer_id=p.pk, network_id=eth.pk, actor=acting(p)).key
            for p in people
        ]
    )

    assert any(isinstance(outcome, Exception) for outcome in made)


def test_new_keys_take_two_people(eth):
    keys = KeySet.objects.get()
    KeySet.objects.filter(pk=keys.pk).update(active=False)
    asked = keysets.propose(
        network_code="ERC20",
        name="eth-deposit-2",
        role="deposit",
        scheme="evm_xpub",
        public=keys.public,
        actor=(proposer := staff(keysets.PERMISSION)),
        reason="rotation",
    )
    assert KeySet.objects.filter(active=True).count() == 0
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=asked.pk, actor=proposer)

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(keysets.PERMISSION))

    assert decided.state == "executed", decided.outcome
    assert KeySet.objects.get(active=True).name == "eth-deposit-2"


def test_a_second_active_set_of_a_role_is_refused(eth):
    keys = KeySet.objects.get()

    with pytest.raises(Conflict, match="Retire it first"):
        keysets.register(
            network=eth,
            name="other",
            role="deposit",
            scheme="evm_xpub",
            public=keys.public,
            actor=factories.SYSTEM,
            reason="t",
        )


def test_a_first_address_that_differs_from_the_signers_is_refused(eth):
    with pytest.raises(Invalid, match="there"):
        keysets.register(
            network=eth,
            name="hot",
            role="hot",
            scheme="evm_xpub",
            public=KeySet.objects.get().public,
            first_address="0x" + "11" * 20,
            actor=factories.SYSTEM,
            reason="t",
        )

    assert KeySet.objects.count() == 1


def test_keys_are_registered_by_permission_only(eth):
    with pytest.raises(PermissionRefused):
        keysets.register(
            network=eth,
            name="mine",
            role="hot",
            scheme="evm_xpub",
            public=KeySet.objects.get().public,
            actor=staff(),
            reason="t",
        )
