"""Which desk may do what, and who may give a desk to whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from exchange.accounts import roles, sub_accounts
from exchange.accounts.models import Customer, LoginDevice, User
from exchange.accounts.roles import give_role, sync_roles, take_role
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests.factories import customer, user
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db

ASSIGN = "exchange.assign_role"


@pytest.fixture(autouse=True)
def _roles() -> None:
    sync_roles()


def codenames(role: str) -> set[str]:
    return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))


def test_there_are_the_nine_roles_and_syncing_again_changes_nothing():
    before = {name: codenames(name) for name in roles.ROLES}
    sync_roles()

    assert {group.name for group in Group.objects.all()} == {
        "compliance officer",
        "MLRO",
        "treasury operator",
        "listing manager",
        "support agent",
        "incident commander",
        "auditor",
        "administrator",
        "triage analyst",
    }
    assert {name: codenames(name) for name in roles.ROLES} == before
    assert all(before.values())


def test_a_permission_that_was_slipped_into_a_role_is_taken_out_again():
    group = Group.objects.get(name="auditor")
    group.permissions.add(*Group.objects.get(name="incident commander").permissions.all())
    sync_roles()
    assert "throw_switch" not in codenames("auditor")


def test_the_auditor_only_reads():
    assert {name for name in codenames("auditor") if not name.startswith("view_")} == {
        "export_audit",
        "see_filings",
    }
    assert {"view_auditevent", "view_ledgerentry", "view_customer"} <= codenames("auditor")


def test_nobody_looks_at_second_factors():
    for name in roles.ROLES:
        assert not {"view_authenticator", "view_recoverycode", "view_recoverycodes"} & codenames(
            name
        )


def test_no_role_may_touch_money_or_the_log_by_hand():
    for name in roles.ROLES:
        for model in (
            "posting",
            "ledgerentry",
            "ledgeraccount",
            "auditevent",
            "auditseal",
            "trade",
        ):
            assert not {f"{act}_{model}" for act in ("add", "change", "delete")} & codenames(name)


def test_support_may_freeze_and_not_lift():
    assert "freeze_customer" in codenames("support agent")
    assert "unfreeze_customer" not in codenames("support agent")


def test_a_misspelt_permission_is_noticed(monkeypatch):
    monkeypatch.setitem(roles.ROLES, "auditor", ["exchange.veiw_everything"])
    with pytest.raises(LookupError, match="veiw_everything"):
        sync_roles()


def test_a_role_is_given_and_taken_on_the_record():
    clerk = user()
    boss = staff(ASSIGN)

    give_role(user_id=clerk.pk, role="support agent", actor=boss)

    clerk = User.objects.get(pk=clerk.pk)
    assert clerk.is_staff
    assert clerk.has_perm("exchange.freeze_customer")
    LoginDevice.objects.create(
        user=clerk, session_key="s", fingerprint="f", user_agent="", ip="192.0.2.1"
    )
    take_role(user_id=clerk.pk, role="support agent", actor=boss)
    clerk = User.objects.get(pk=clerk.pk)
    assert not clerk.is_staff
    assert not clerk.has_perm("exchange.freeze_customer")
    assert LoginDevice.objects.get().revoked_at is not None


def test_nobody_raises_themselves_and_not_everybody_raises_others():
    clerk = user(is_staff=True)
    with pytest.raises(PermissionRefused):
        give_role(user_id=clerk.pk, role="MLRO", actor=staff(ASSIGN, holder=clerk))
    with pytest.raises(PermissionRefused):
        give_role(user_id=clerk.pk, role="MLRO", actor=staff())
    with pytest.raises(Invalid):
        give_role(user_id=clerk.pk, role="emperor", actor=staff(ASSIGN))
    assert not clerk.groups.exists()


def test_a_customer_opens_sub_accounts_under_different_names():
    alice = customer()
    opened = sub_accounts.create(parent_id=alice.pk, name="bot-1", actor=acting(alice))

    with pytest.raises(Conflict):
        sub_accounts.create(parent_id=alice.pk, name="BOT-1", actor=acting(alice))
    with pytest.raises(Conflict):
        sub_accounts.create(parent_id=opened.pk, name="deeper", actor=acting(alice))
    with pytest.raises(Invalid):
        sub_accounts.create(parent_id=alice.pk, name="two words", actor=acting(alice))
    with pytest.raises(PermissionRefused):
        sub_accounts.create(parent_id=alice.pk, name="mine-now", actor=acting(customer()))
    assert sub_accounts.of_customer(customer_id=alice.pk) == [opened]


def test_there_is_an_end_to_sub_accounts(monkeypatch):
    monkeypatch.setattr(sub_accounts, "MOST", 2)
    alice = customer()
    for number in range(2):
        sub_accounts.create(parent_id=alice.pk, name=f"n{number}", actor=acting(alice))
    with pytest.raises(sub_accounts.TooManySubAccounts):
        sub_accounts.create(parent_id=alice.pk, name="n3", actor=acting(alice))
    assert Customer.objects.filter(parent=alice).count() == 2
