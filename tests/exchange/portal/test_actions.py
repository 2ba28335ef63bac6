"""What staff do to rows: permitted, previewed, reasoned, reported."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from exchange.accounts import roles
from exchange.accounts.models import ApiKey, LoginDevice, Restriction
from exchange.audit.models import AuditEvent, Proposal
from exchange.core.models import OutboxEvent, Switch
from exchange.markets.models import Market
from exchange.trading.match import match
from exchange.trading.models import MatchCommand, SpotOrder
from tests import factories
from tests.exchange.portal.conftest import verified
from tests.exchange.portal.screens import model_admins
from tests.factories.accounts import authenticator

pytestmark = pytest.mark.django_db

BECAUSE = "the customer asked by phone"


def every_action():
    return [
        (name, action)
        for name, model_admin in sorted(model_admins().items())
        for action in model_admin.row_actions
    ]


def act(client, model, action, *rows, reason=BECAUSE, **values):
    """Post an action's form, as its page does."""
    keys = ",".join(str(row) for row in rows)
    url = f"/staff/exchange/{model}/act/{action}/?ids={keys}"
    return client.post(url, {"reason": reason, **values}, follow=True)


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_every_action_names_a_permission_that_exists():
    known = {
        f"{p.content_type.app_label}.{p.codename}"
        for p in Permission.objects.select_related("content_type")
    }

    unknown = [(name, a.name) for name, a in every_action() if a.permission not in known]

    assert unknown == []
    assert len(every_action()) >= 15


def test_every_action_says_what_it_does():
    assert [(name, a.name) for name, a in every_action() if not a.intro] == []


def test_an_action_without_its_permission_is_refused_and_moves_nothing(as_role, world):
    auditor = as_role(roles.AUDITOR)
    before = AuditEvent.objects.count()
    rows = {
        "staffinvitation": world["invitation"].pk,
        "switch": Switch.objects.create(name="trading").pk,
        "market": world["market"].pk,
        "spotorder": world["order_id"],
        "customer": world["buyer"].pk,
        "restriction": world["restriction"].pk,
        "apikey": world["key"].key_id,
        "logindevice": LoginDevice.objects.first().pk,
        "user": world["buyer"].user_id,
        "outboxevent": world["event"].pk,
        "proposal": world["proposal"].pk,
    }

    for name, action in every_action():
        # Those of other apps are refused before anybody asks which rows.
        app = model_admins()[name].opts.app_label
        url = f"/staff/{app}/{name}/act/{action.name}/?ids={rows.get(name, 1)}"
        assert auditor.get(url).status_code == 403, (name, action.name)
        assert auditor.post(url, {"reason": BECAUSE}).status_code == 403, (name, action.name)

    assert AuditEvent.objects.count() == before
    assert Market.objects.get(pk=world["market"].pk).status == "trading"
    assert Proposal.objects.get(pk=world["proposal"].pk).state == "open"
    assert not Switch.objects.filter(closed=True).exists()


def test_looking_at_a_preview_changes_nothing(root, world):
    answer = root.get(f"/staff/exchange/market/act/halt/?ids={world['market'].pk}")

    assert "Trading → Halted" in answer.content.decode()
    assert Market.objects.get().status == "trading"


def test_without_a_reason_nothing_happens(root, world):
    answer = act(root, "market", "halt", world["market"].pk, reason="  ")

    assert answer.status_code == 422
    assert "Nothing was done" in answer.content.decode()
    assert Market.objects.get().status == "trading"


def test_the_reason_stands_in_the_audit_log_with_who_and_from_where(root, world):
    act(root, "market", "halt", world["market"].pk, told="Maintenance")

    event = AuditEvent.objects.latest("id")
    assert (event.verb, event.reason) == ("markets.set_status", BECAUSE)
    assert (event.actor_kind, event.user_id) == ("staff", root.person.pk)
    assert event.ip == "127.0.0.1"
    assert event.before == {"status": "trading", "status_reason": ""}
    assert event.after == {"status": "halted", "status_reason": "Maintenance"}


def test_what_could_not_be_done_is_reported_with_its_reason(root, world):
    halted = factories.market("ETH_USDT", status="halted")

    answer = act(root, "market", "halt", world["market"].pk, halted.pk)

    assert "Done for 1 row." in told(answer)
    assert "Skipped 1 row." in told(answer)
    assert "it is Halted already" in told(answer)


def test_ticked_rows_lead_to_the_preview_of_those_rows(root, world):
    answer = root.post(
        "/staff/exchange/market/",
        {"action": "halt", "index": "0", "_selected_action": [str(world["market"].pk)]},
        follow=True,
    )

    assert [row.pk for row, _url, _words in answer.context["will"]] == [world["market"].pk]
    assert Market.objects.get().status == "trading"


def test_more_than_a_hundred_rows_at_once_are_not_taken(root, world):
    keys = ",".join(str(number) for number in range(101))

    assert root.get(f"/staff/exchange/market/act/halt/?ids={keys}").status_code == 404


def test_rows_that_are_not_there_are_not_found(root):
    assert root.get("/staff/exchange/market/act/halt/?ids=999").status_code == 404
    assert root.get("/staff/exchange/market/act/halt/?ids=x").status_code == 404
    assert root.get("/staff/exchange/market/act/halt/").status_code == 404
    assert root.get("/staff/exchange/market/act/nonsense/?ids=1").status_code == 404


def test_a_switch_that_was_never_thrown_can_be_closed_and_opened(root, db):
    root.get("/staff/exchange/switch/")
    switch = Switch.objects.get(name="deposits")

    act(root, "switch", "close", switch.pk)
    assert Switch.objects.get(pk=switch.pk).closed is True

    act(root, "switch", "open", switch.pk)
    assert Switch.objects.get(pk=switch.pk).closed is False
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))[-2:]
    assert verbs == ["core.close_switch", "core.open_switch"]


def test_a_customers_order_is_cancelled_on_the_record(root, world):
    answer = act(root, "spotorder", "cancel", world["order_id"])

    assert "is being cancelled" in told(answer)
    assert MatchCommand.objects.filter(order_id=world["order_id"], op=2).count() == 1
    match(market_id=world["market"].pk)
    assert SpotOrder.objects.get(pk=world["order_id"]).state == "canceled"
    event = AuditEvent.objects.get(verb="trading.cancel_for_customer")
    assert (event.target_id, event.reason) == (str(world["order_id"]), BECAUSE)


def test_a_final_order_offers_no_cancelling(root, world):
    final = SpotOrder.objects.filter(state="filled").first()

    shown = root.get(f"/staff/exchange/spotorder/{final.pk}/change/")

    assert shown.context["row_actions"] == []


def test_restricting_takes_effect_and_keeps_the_reason_from_the_customer(root, world):
    act(
        root,
        "customer",
        "restrict",
        world["buyer"].pk,
        kind="trading",
        lasts="7",
        customer_message="Please write to support.",
    )

    restriction = Restriction.objects.get(customer=world["buyer"])
    assert (restriction.kind, restriction.reason) == ("trading", BECAUSE)
    assert restriction.customer_message == "Please write to support."
    assert (restriction.until - restriction.imposed_at).days in (6, 7)


def test_lifting_is_proposed_to_a_colleague_and_nothing_changes_yet(root, world):
    Proposal.objects.update(state="expired")

    answer = act(root, "restriction", "propose-lift", world["restriction"].pk)

    assert "waits for a colleague" in told(answer)
    assert Restriction.objects.get(pk=world["restriction"].pk).lifted_at is None
    assert Proposal.objects.filter(state="open", proposed_by=root.person).count() == 1


def test_a_second_person_approves_and_it_is_carried_out(as_role, world):
    mlro = as_role(roles.MLRO)

    answer = act(mlro, "proposal", "approve", world["proposal"].pk)

    assert "carried out" in told(answer)
    assert Restriction.objects.get(pk=world["restriction"].pk).lifted_at is not None


def test_who_proposed_it_can_not_approve_it(every_role, world):
    proposer = world["proposer"]
    proposer.user_permissions.set(
        Permission.objects.filter(codename__in=["unfreeze_customer", "view_proposal"])
    )
    client = verified(proposer)
    pk = world["proposal"].pk

    shown = client.get(f"/staff/exchange/proposal/{pk}/change/")
    answer = act(client, "proposal", "approve", pk)

    assert "somebody else has to decide it" in shown.content.decode()
    assert shown.context["row_actions"] == []
    assert "you proposed it yourself" in told(answer)
    assert Proposal.objects.get(pk=pk).state == "open"


def test_rejecting_closes_it_and_nothing_is_done(as_role, world):
    act(as_role(roles.MLRO), "proposal", "reject", world["proposal"].pk)

    assert Proposal.objects.get(pk=world["proposal"].pk).state == "rejected"
    assert Restriction.objects.get(pk=world["restriction"].pk).lifted_at is None


def test_deciding_needs_the_permission_of_the_kind(as_role, world):
    """A treasury operator decides proposals, but not those about customers."""
    answer = act(as_role(roles.TREASURY_OPERATOR), "proposal", "approve", world["proposal"].pk)

    assert "needs the permission exchange.unfreeze_customer" in told(answer)
    assert Proposal.objects.get(pk=world["proposal"].pk).state == "open"


def test_a_key_is_frozen_at_once_and_unfrozen_by_two(root, world):
    key_id = world["key"].key_id

    act(root, "apikey", "freeze", key_id)
    assert ApiKey.objects.get(pk=key_id).frozen is True

    act(root, "apikey", "propose-unfreeze", key_id)
    assert ApiKey.objects.get(pk=key_id).frozen is True
    assert Proposal.objects.filter(kind="accounts.unfreeze_api_key", state="open").count() == 1


def test_ending_sessions_logs_the_customer_out(root, world):
    browser = verified(world["buyer"].user)

    act(root, "customer", "end-sessions", world["buyer"].pk)

    live = LoginDevice.objects.filter(user=world["buyer"].user, revoked_at=None)
    assert live.count() == 0
    assert browser.get("/security").status_code == 302


def test_one_device_is_logged_out(root, world):
    verified(world["buyer"].user)
    device = LoginDevice.objects.get(user=world["buyer"].user)

    act(root, "logindevice", "revoke", device.pk)

    assert LoginDevice.objects.get(pk=device.pk).revoked_at is not None
    assert AuditEvent.objects.get(verb="accounts.revoke_device").reason == BECAUSE


def test_roles_are_given_and_taken_but_never_ones_own(as_role, world):
    administrator = as_role(roles.ADMINISTRATOR)
    person = world["buyer"].user

    act(administrator, "user", "give-role", person.pk, role=roles.AUDITOR)
    person.refresh_from_db()
    assert person.is_staff is True
    assert AuditEvent.objects.get(verb="accounts.give_role").reason == BECAUSE

    answer = act(administrator, "user", "give-role", administrator.person.pk, role=roles.MLRO)
    assert "this is yourself" in told(answer)

    act(administrator, "user", "take-role", person.pk, role=roles.AUDITOR)
    person.refresh_from_db()
    assert person.is_staff is False


def test_a_lost_phone_is_two_peoples_business(root, world):
    person = world["buyer"].user
    authenticator(person)

    answer = act(root, "user", "propose-reset", person.pk)

    assert "waits for a colleague" in told(answer)
    assert person.authenticator_set.filter(confirmed=True).exists()


def test_an_event_that_failed_too_often_is_tried_again(root, world):
    act(root, "outboxevent", "retry", world["event"].pk)

    event = OutboxEvent.objects.get(pk=world["event"].pk)
    assert event.attempts == 0
    assert AuditEvent.objects.get(verb="core.retry_event").before["attempts"] == 20
