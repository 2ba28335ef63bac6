"""Keys for programs: who may make them, what they may do, and how they stop."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from exchange.accounts import api_keys, restrictions
from exchange.accounts.api_keys import NewKey, TooManyKeys, credentials
from exchange.accounts.models import ApiKey, Customer, User
from exchange.accounts.second_factor import SecondFactorNeeded, WrongCode
from exchange.audit import proposals
from exchange.audit.models import AuditEvent
from exchange.core import logs
from exchange.core.errors import Invalid, PermissionRefused
from tests.factories import SYSTEM, customer
from tests.factories.accounts import acting, phone_shows, rows_of_every_table, staff

pytestmark = pytest.mark.django_db


def made(holder: Customer, **fields: Any) -> NewKey:
    """A key made by the seed, which shows no code."""
    return api_keys.create(
        customer_id=holder.pk, actor=SYSTEM, **{"label": "bot", "can_trade": True, **fields}
    )


def test_a_customer_makes_a_key_with_the_code_on_their_phone(alice_with_phone, letters):
    new = api_keys.create(
        customer_id=alice_with_phone.pk,
        label="  my bot ",
        actor=acting(alice_with_phone),
        can_trade=True,
        allowed_ips=["203.0.113.9", "198.51.100.77/24"],
        memo="house",
        code=phone_shows(),
    )

    found = credentials(new.key)
    assert found is not None
    assert (found.secret, found.memo) == (new.secret, "house")
    assert (found.customer_id, found.user_id) == (alice_with_phone.pk, alice_with_phone.user_id)
    assert (found.can_trade, found.can_withdraw, found.frozen) == (True, False, False)
    assert found.allowed_ips == ("203.0.113.9", "198.51.100.0/24")
    assert ApiKey.objects.get().label == "my bot"
    assert letters()[-1].subject == "An API key was made"


@pytest.mark.parametrize("code", ["", "000000"])
def test_without_the_right_code_no_key_is_made(alice_with_phone, code):
    with pytest.raises(WrongCode):
        api_keys.create(
            customer_id=alice_with_phone.pk,
            label="bot",
            actor=acting(alice_with_phone),
            code=code,
        )
    assert ApiKey.objects.count() == 0


def test_a_customer_without_a_phone_makes_no_keys(alice):
    with pytest.raises(SecondFactorNeeded):
        api_keys.create(customer_id=alice.pk, label="bot", actor=acting(alice), code="123456")
    assert ApiKey.objects.count() == 0


def test_nobody_makes_or_revokes_a_key_of_somebody_else(alice, alice_with_phone):
    mallory = customer()
    new = made(alice)
    with pytest.raises(PermissionRefused):
        api_keys.create(customer_id=alice.pk, label="bot", actor=acting(mallory))
    with pytest.raises(PermissionRefused):
        api_keys.revoke(key_id=new.key_id, actor=acting(mallory))
    assert credentials(new.key) is not None


def test_the_owner_makes_keys_of_a_sub_account(alice_with_phone):
    sub = customer(parent=alice_with_phone)
    new = api_keys.create(
        customer_id=sub.pk, label="sub", actor=acting(alice_with_phone), code=phone_shows()
    )

    found = credentials(new.key)
    assert found is not None
    assert (found.customer_id, found.user_id) == (sub.pk, alice_with_phone.user_id)
    assert [key.pk for key in api_keys.of_customer(customer_id=alice_with_phone.pk)] == [new.key_id]


def test_secrets_stand_nowhere_in_clear(alice, caplog):
    caplog.set_level(logging.DEBUG)
    new = made(alice, memo="my-own-memo")
    credentials(new.key)
    logging.getLogger("tests").info("a key was made", extra={"api_secret": new.secret})

    row = "".join(str(value) for value in rows_of_every_table())
    logged = "".join(logs.formatter().format(entry) for entry in caplog.records)

    for leak in (new.secret, new.secret.encode().hex(), "my-own-memo", b"my-own-memo".hex()):
        assert leak not in row
        assert leak not in logged
    assert new.key in row
    assert new.secret not in repr(new)
    assert new.secret not in repr(credentials(new.key))


def test_a_secret_copied_onto_another_key_does_not_open_there(alice):
    one, other = made(alice), made(alice)
    stolen = ApiKey.objects.get(pk=one.key_id).sealed_secret
    ApiKey.objects.filter(pk=other.key_id).update(sealed_secret=stolen)

    with pytest.raises(ValueError, match="not sealed"):
        credentials(other.key)


def test_a_revoked_key_is_unknown_from_the_next_request_on(alice, letters):
    new = made(alice)
    assert credentials(new.key) is not None

    api_keys.revoke(key_id=new.key_id, actor=acting(alice))
    api_keys.revoke(key_id=new.key_id, actor=acting(alice))

    assert credentials(new.key) is None
    assert api_keys.of_customer(customer_id=alice.pk) == []
    assert AuditEvent.objects.filter(verb="accounts.revoke_api_key").count() == 1
    assert letters()[-1].subject == "An API key was revoked"


def test_a_frozen_key_stops_at_once_and_is_freed_by_two_people(alice):
    new = made(alice)
    with pytest.raises(PermissionRefused):
        api_keys.freeze(key_id=new.key_id, actor=staff(), reason="odd orders")
    api_keys.freeze(key_id=new.key_id, actor=staff("exchange.freeze_customer"), reason="odd orders")
    assert frozen(new)

    thaw = "exchange.unfreeze_customer"
    proposal = api_keys.propose_unfreeze(key_id=new.key_id, actor=staff(thaw), reason="explained")
    assert frozen(new)
    proposals.approve(proposal_id=proposal.pk, actor=staff(thaw))
    assert not frozen(new)


def frozen(new: NewKey) -> bool:
    found = credentials(new.key)
    assert found is not None
    return found.frozen


def test_a_restriction_on_the_api_freezes_every_key_sub_accounts_included(alice):
    own, sub = made(alice), made(customer(parent=alice))
    others = made(customer())

    restrictions.restrict(
        customer_id=alice.pk,
        kind="api",
        actor=staff("exchange.freeze_customer"),
        reason="key leaked",
        until=datetime.now(UTC) + timedelta(hours=1),
    )

    assert (frozen(own), frozen(sub), frozen(others)) == (True, True, False)


def test_keys_of_a_closed_user_are_frozen(alice):
    new = made(alice)
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    assert frozen(new)


def test_an_expired_key_says_so_and_makes_room(alice, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST_KEYS", 1)
    new = made(alice, expires_at=datetime.now(UTC) + timedelta(days=30))
    with pytest.raises(TooManyKeys) as refused:
        made(alice)
    assert refused.value.limit == 1

    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        found = credentials(new.key)
        assert found is not None
        assert found.expires_at is not None
        assert found.expires_at < datetime.now(UTC)
        made(alice)


def test_a_customer_has_at_most_thirty_keys(alice):
    for _ in range(30):
        made(alice)
    with pytest.raises(TooManyKeys):
        made(alice)
    assert ApiKey.objects.count() == 30


def test_a_key_that_withdraws_must_name_its_addresses(alice):
    with pytest.raises(Invalid) as refused:
        made(alice, can_withdraw=True)
    assert refused.value.field == "allowed_ips"
    made(alice, can_withdraw=True, allowed_ips=["192.0.2.1"])


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"label": " "}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"memo": "two words"}, "memo"),
        ({"memo": "x" * 33}, "memo"),
        ({"allowed_ips": ["300.1.1.1"]}, "allowed_ips"),
        ({"allowed_ips": ["example.com"]}, "allowed_ips"),
        ({"allowed_ips": ["10.0.0.0/33"]}, "allowed_ips"),
        ({"allowed_ips": ["0.0.0.0/0"]}, "allowed_ips"),
        ({"allowed_ips": [f"192.0.2.{n}" for n in range(21)]}, "allowed_ips"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
    ],
)
def test_a_malformed_key_is_refused(alice, fields, at_fault):
    with pytest.raises(Invalid) as refused:
        made(alice, **fields)
    assert refused.value.field == at_fault
    assert ApiKey.objects.count() == 0


def test_addresses_are_kept_in_one_spelling():
    written = [" 192.0.2.1/32 ", "192.0.2.1", "2001:DB8::1", "10.1.2.3/8"]
    assert api_keys.valid_networks(written) == ["192.0.2.1", "2001:db8::1", "10.0.0.0/8"]


@pytest.mark.parametrize("key", ["", "nonsense", "x" * 5000, "a\x00b"])
def test_what_never_was_a_key_is_unknown(key):
    assert credentials(key) is None


def test_a_memo_that_is_left_out_is_made_up(alice):
    one, other = made(alice), made(alice)
    assert one.memo != other.memo
    assert len(one.memo) == 16


def test_use_of_a_key_is_noted_once_a_minute(alice, django_assert_num_queries):
    new = made(alice)
    api_keys.touch(key_id=new.key_id)
    first = ApiKey.objects.get().last_used_at
    api_keys.touch(key_id=new.key_id)
    assert ApiKey.objects.get().last_used_at == first
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        api_keys.touch(key_id=new.key_id)
    assert ApiKey.objects.get().last_used_at > first


def test_checking_a_key_is_one_query(alice, django_assert_num_queries):
    new = made(alice)
    with django_assert_num_queries(1):
        credentials(new.key)
