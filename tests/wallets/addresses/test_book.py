"""The address book: easy to tighten, slow and loud to loosen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from exchange.accounts.models import Customer
from exchange.accounts.second_factor import SecondFactorNeeded, WrongCode
from exchange.audit.models import AuditEvent
from exchange.core import clock, outbox
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from tests import factories
from tests.concurrency.together import together
from tests.factories.accounts import acting, authenticator, phone_shows, staff
from tests.factories.wallets import network
from wallets.addresses import book, book_rules
from wallets.addresses.book_rules import NotInBook, StillHeld
from wallets.addresses.formats import BadAddress
from wallets.addresses.models import BookEntry

pytestmark = pytest.mark.django_db
HERS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
def eth():
    return network("ERC20")


@pytest.fixture
def anna():
    who = factories.customer()
    authenticator(who.user)
    return who


@pytest.fixture
def add(anna, eth):
    def added(address: str = HERS, *, label: str = "cold", **changes):
        # A code counts once: the next one is read half a minute later.
        moment = clock.now() + timedelta(minutes=BookEntry.objects.count())
        with clock.held_at(moment):
            return book.add(
                **{
                    "customer_id": anna.pk,
                    "network_code": "ERC20",
                    "address": address,
                    "label": label,
                    "actor": acting(anna),
                    "code": phone_shows(at=moment),
                    **changes,
                }
            )

    return added


def allowed(who: Customer, where, address: str = HERS) -> BookEntry | None:
    return book_rules.refuse_unless_allowed(
        customer_id=who.pk, network_id=where.pk, key=address.lower()
    )


def test_a_new_address_waits_a_day_and_then_works(anna, eth, add):
    start = clock.now()
    entry = add()

    assert timedelta(hours=24) <= entry.usable_at - start < timedelta(hours=24, minutes=1)
    with pytest.raises(StillHeld, match="24 hours"):
        allowed(anna, eth)
    with clock.held_at(start + timedelta(hours=23, minutes=59)), pytest.raises(StillHeld):
        allowed(anna, eth)
    with clock.held_at(start + timedelta(hours=24, minutes=1)):
        assert allowed(anna, eth) == entry


def test_who_chose_two_days_waits_two_days(anna, add):
    book.choose_hold(customer_id=anna.pk, hours=48, actor=acting(anna))
    start = clock.now()

    assert add().usable_at - start >= timedelta(hours=48)


def test_an_address_takes_a_code_from_the_phone(anna, add):
    with pytest.raises(WrongCode):
        add(code="000000")
    assert BookEntry.objects.count() == 0


def test_without_a_second_factor_there_is_no_book():
    bert = factories.customer()
    network("ERC20")

    with pytest.raises(SecondFactorNeeded):
        book.add(
            customer_id=bert.pk,
            network_code="ERC20",
            address=HERS,
            label="x",
            actor=acting(bert),
            code="123456",
        )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"address": HERS[:-1]}, BadAddress),
        ({"network_code": "NOWHERE"}, Invalid),
        ({"label": "  "}, Invalid),
        ({"label": "x" * 61}, Invalid),
        ({"memo": "7"}, Invalid),
    ],
)
def test_what_is_malformed_is_refused_before_the_code_is_used_up(add, changes, refusal):
    with pytest.raises(refusal):
        add(**changes)
    add()  # the same code still counts


def test_the_same_address_in_other_letters_is_the_same_address(add):
    add(HERS)

    with pytest.raises(Conflict, match="already"):
        add(HERS.lower(), label="again")


def test_a_removed_address_is_gone_at_once_and_waits_again_when_added_again(anna, eth, add):
    entry = add()
    later = entry.usable_at + timedelta(minutes=1)
    with clock.held_at(later):
        allowed(anna, eth)
        book.remove(entry_id=entry.pk, actor=acting(anna))
        assert (
            book_rules.entry_for(customer_id=anna.pk, network_id=eth.pk, key=HERS.lower()) is None
        )

        again = book.add(
            customer_id=anna.pk,
            network_code="ERC20",
            address=HERS,
            label="cold",
            actor=acting(anna),
            code=phone_shows(at=later),
        )
    assert again.usable_at > later + timedelta(hours=23)


def test_nobody_touches_somebody_elses_book(anna, add):
    entry, mallory = add(), factories.customer()
    authenticator(mallory.user, secret=b"abcdefghij0123456789")

    with pytest.raises(NotFound):
        book.remove(entry_id=entry.pk, actor=acting(mallory))
    with pytest.raises(NotFound):
        book.remove(entry_id=entry.pk, actor=staff("exchange.change_customer"))
    with pytest.raises(PermissionRefused):
        add(OTHER, actor=acting(mallory))
    with pytest.raises(PermissionRefused):
        book.stop_requiring_whitelist(customer_id=anna.pk, actor=staff())

    assert BookEntry.objects.get().removed_at is None


def test_a_sub_account_uses_the_book_of_its_owner(anna, eth, add):
    sub = factories.customer(parent=anna)
    entry = add()

    with clock.held_at(entry.usable_at):
        assert allowed(sub, eth) == entry
    assert list(book_rules.entries(customer_id=sub.pk)) == [entry]


def test_with_the_whitelist_on_other_addresses_are_refused_from_that_moment(anna, eth, add):
    entry = add()
    assert allowed(anna, eth, OTHER) is None

    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))

    with pytest.raises(NotInBook):
        allowed(anna, eth, OTHER)
    with clock.held_at(entry.usable_at):
        assert allowed(anna, eth) == entry


def test_switching_the_whitelist_off_takes_the_hold_and_can_be_taken_back(anna, eth):
    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))
    start = clock.now()
    book.stop_requiring_whitelist(customer_id=anna.pk, actor=acting(anna), code=phone_shows())

    with clock.held_at(start + timedelta(hours=23, minutes=59)), pytest.raises(NotInBook):
        allowed(anna, eth, OTHER)
    with clock.held_at(start + timedelta(hours=24, minutes=1)):
        assert allowed(anna, eth, OTHER) is None

    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))
    with clock.held_at(start + timedelta(days=9)), pytest.raises(NotInBook):
        allowed(anna, eth, OTHER)


def test_switching_the_whitelist_off_takes_a_code(anna, eth):
    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))

    with pytest.raises(WrongCode):
        book.stop_requiring_whitelist(customer_id=anna.pk, actor=acting(anna), code="")

    assert book_rules.policy(customer_id=anna.pk).loosens_at is None


def test_asking_twice_does_not_put_the_moment_off(anna):
    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))
    moment = clock.now()
    first = book.stop_requiring_whitelist(
        customer_id=anna.pk, actor=acting(anna), code=phone_shows(at=moment)
    ).loosens_at
    later = moment + timedelta(hours=2)
    with clock.held_at(later):
        second = book.stop_requiring_whitelist(
            customer_id=anna.pk, actor=acting(anna), code=phone_shows(at=later)
        ).loosens_at

    assert second == first


def test_a_shorter_hold_counts_only_after_the_longer_one(anna, add):
    book.choose_hold(customer_id=anna.pk, hours=48, actor=acting(anna))
    start = clock.now()
    with pytest.raises(WrongCode):
        book.choose_hold(customer_id=anna.pk, hours=24, actor=acting(anna))
    book.choose_hold(customer_id=anna.pk, hours=24, actor=acting(anna), code=phone_shows())

    assert book_rules.policy(customer_id=anna.pk).hold_hours == 48
    with clock.held_at(start + timedelta(hours=47)):
        assert book_rules.policy(customer_id=anna.pk).hold_hours == 48
    with clock.held_at(start + timedelta(hours=48, minutes=1)):
        assert book_rules.policy(customer_id=anna.pk).hold_hours == 24


def test_every_change_is_told_by_a_letter_that_shows_the_customers_word(anna, eth, add):
    Customer.objects.filter(pk=anna.pk).update(anti_phishing_code="moonstone")
    entry = add()
    book.remove(entry_id=entry.pk, actor=acting(anna))
    book.require_whitelist(customer_id=anna.pk, actor=acting(anna))
    book.choose_hold(customer_id=anna.pk, hours=48, actor=acting(anna))
    outbox.deliver()

    assert [letter.subject for letter in mail.outbox] == [
        "A withdrawal address was added",
        "A withdrawal address was removed",
        "Withdrawals to known addresses only",
        "How long new addresses wait was changed",
    ]
    assert all("moonstone" in letter.body for letter in mail.outbox)
    assert HERS in mail.outbox[0].body
    assert "24 hours" in mail.outbox[0].body
    assert AuditEvent.objects.filter(verb__startswith="addresses.").count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_same_address_added_twice_at_once_is_one_entry(eth):
    anna = factories.customer()

    outcomes = together(
        [
            lambda: book.add(
                customer_id=anna.pk,
                network_code="ERC20",
                address=HERS,
                label="cold",
                actor=factories.SYSTEM,
            )
        ]
        * 6
    )

    assert BookEntry.objects.count() == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
