"""Who acts behind a request, and from where."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import RequestFactory

from exchange.accounts.actors import actor_of, client_ip, require_holder
from exchange.accounts.models import User
from exchange.core.errors import PermissionRefused
from tests.factories import customer, user
from tests.factories.accounts import acting, staff


def request_of(person: Any, *, verified: bool = False, **meta: str) -> Any:
    request = RequestFactory().get("/", **meta)
    person.is_verified = lambda: verified
    request.user = person
    request.request_id = "r1"
    return request


def staff_who_may(codename: str) -> User:
    person = user(is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename=codename))
    return person


@pytest.mark.django_db
def test_staff_hold_their_permissions_only_after_a_second_factor():
    person = staff_who_may("freeze_customer")

    assert not actor_of(request_of(person)).may("exchange.freeze_customer")
    verified = actor_of(request_of(person, verified=True))
    assert verified.may("exchange.freeze_customer")
    assert not verified.may("exchange.unfreeze_customer")
    assert (verified.kind, verified.label, verified.request_id) == ("staff", person.email, "r1")


@pytest.mark.django_db
def test_a_customer_holds_no_permission_whatever_is_granted_to_the_user():
    person = staff_who_may("freeze_customer")
    User.objects.filter(pk=person.pk).update(is_staff=False)
    person.refresh_from_db()

    actor = actor_of(request_of(person, verified=True))

    assert actor.kind == "customer"
    assert not actor.may("exchange.freeze_customer")


@pytest.mark.django_db
def test_a_customer_acts_for_their_own_account():
    alice = customer()
    assert actor_of(request_of(alice.user)).customer_id == alice.pk


@pytest.mark.django_db
def test_somebody_who_has_not_logged_in_is_nobody():
    actor = actor_of(request_of(AnonymousUser()))
    assert (actor.kind, actor.label, actor.user_id, actor.customer_id) == (
        "customer",
        "anonymous",
        None,
        None,
    )


@pytest.mark.django_db
def test_a_customer_reaches_their_own_account_and_sub_accounts_and_nobody_elses():
    alice, bob = customer(), customer()
    sub = customer(parent=alice)

    require_holder(actor=acting(alice), customer_id=alice.pk, permission="p")
    require_holder(actor=acting(alice), customer_id=sub.pk, permission="p")
    with pytest.raises(PermissionRefused):
        require_holder(actor=acting(bob), customer_id=alice.pk, permission="p")
    with pytest.raises(PermissionRefused):
        require_holder(actor=acting(bob), customer_id=sub.pk, permission="p")
    require_holder(actor=staff("p"), customer_id=alice.pk, permission="p")
    with pytest.raises(PermissionRefused):
        require_holder(actor=staff("q"), customer_id=alice.pk, permission="p")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.1", "192.0.2.50"),  # a header that a stranger can write
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),  # the left part is the stranger's word
        (2, "203.0.113.5, 198.51.100.1", "203.0.113.5"),
        (2, "198.51.100.1", "192.0.2.50"),  # one proxy was passed by
        (1, "not an address", "192.0.2.50"),
        (1, "", "192.0.2.50"),
    ],
)
def test_a_forwarded_address_counts_as_far_as_our_proxies_wrote_it(
    settings, proxies, forwarded, expected
):
    settings.TRUSTED_PROXY_COUNT = proxies
    meta = {"REMOTE_ADDR": "192.0.2.50", "HTTP_X_FORWARDED_FOR": forwarded}

    assert client_ip(SimpleNamespace(META=meta)) == expected  # type: ignore[arg-type]
