"""Who may not know of filings comes across none: not in the log, nor proposals, events, roles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from exchange.accounts import roles
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.models import OutboxEvent
from tests import factories
from tests.exchange.portal.conftest import verified

pytestmark = pytest.mark.django_db

KNOWING = {roles.COMPLIANCE_OFFICER, roles.MLRO, roles.AUDITOR}
# Who triages sees cases, and has no log and no list of reports to look them up in.
UNKNOWING = sorted(set(roles.ROLES) - KNOWING - {roles.TRIAGE_ANALYST})
SYSTEM = system("tests")
SECRET = "zq-the-secret"


@pytest.fixture
def traces(db) -> dict[str, int]:
    """A filing as it is in the log, among proposals and between rooms; and an innocent event."""
    holder = factories.customer()
    now = clock.now()
    proposal = Proposal.objects.create(
        kind="cases.report",
        summary=SECRET,
        payload={"note": SECRET},
        target_type="case",
        target_id="7",
        reason=SECRET,
        proposed_by=factories.user(is_staff=True),
        expires_at=now + timedelta(days=1),
    )
    with transaction.atomic():
        verbs = ("cases.decide", "reporting.export")
        made = [record(actor=SYSTEM, verb=verb, target=holder, reason=SECRET) for verb in verbs]
        made.append(
            record(
                actor=SYSTEM,
                verb="audit.propose",
                target=proposal,
                reason=SECRET,
                after={"kind": "cases.report"},
            )
        )
        made.append(
            record(actor=SYSTEM, verb="monitoring.label_alert", target_type="alert", target_id="3")
        )
        for verb in ("accounts.restrict", "accounts.freeze"):
            record(actor=SYSTEM, verb=verb, target=holder, reason="plain words")
    event = OutboxEvent.objects.create(topic="cases.decided", payload={"note": SECRET})
    return {
        "customer": holder.pk,
        "decided": made[0].pk,
        "reported": made[1].pk,
        "proposed": made[2].pk,
        "labelled": made[3].pk,
        "proposal": proposal.pk,
        "event": event.pk,
    }


@pytest.mark.parametrize("role", UNKNOWING)
def test_no_page_of_a_role_without_the_permission_shows_a_trace(role, as_role, traces):
    client = as_role(role)
    pages = [
        f"/staff/exchange/proposal/{traces['proposal']}/change/",
        f"/staff/exchange/outboxevent/{traces['event']}/change/",
        *(
            f"/staff/exchange/auditevent/{traces[name]}/change/"
            for name in ("decided", "reported", "proposed", "labelled")
        ),
    ]

    assert {client.get(url).status_code for url in pages} <= {403, 404}
    for url in (
        "/staff/exchange/auditevent/?verb=cases.decide",
        "/staff/exchange/auditevent/?verb=reporting.export",
        "/staff/exchange/auditevent/?verb=audit.propose",
        "/staff/exchange/auditevent/?target_type=alert",
        "/staff/exchange/proposal/",
        "/staff/exchange/proposal/?kind=cases.report",
        "/staff/exchange/outboxevent/",
    ):
        assert SECRET not in client.get(url).content.decode(), url


@pytest.mark.parametrize("role", UNKNOWING)
def test_no_action_can_be_asked_for_on_a_hidden_proposal(role, as_role, traces):
    client = as_role(role)

    answer = client.get(f"/staff/exchange/proposal/act/approve/?ids={traces['proposal']}")

    assert answer.status_code in (403, 404)
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("role", sorted(KNOWING))
def test_who_may_know_of_filings_sees_them_in_the_log(role, as_role, traces):
    client = as_role(role)

    shown = client.get("/staff/exchange/auditevent/?verb=cases.decide").content.decode()

    assert SECRET in shown
    assert client.get(f"/staff/exchange/proposal/{traces['proposal']}/change/").status_code == 200


def test_the_log_keeps_what_is_innocent_for_everybody(as_role, traces):
    url = f"/staff/exchange/auditevent/?target_type=customer&target_id={traces['customer']}"

    shown = as_role(roles.SUPPORT_AGENT).get(url).context["cl"]

    assert [event.verb for event in shown.result_list] == ["accounts.freeze", "accounts.restrict"]


def test_the_customer_s_trail_leaves_filings_out(as_role, traces):
    url = f"/staff/exchange/customer/{traces['customer']}/change/"

    def verbs(role):
        panels = as_role(role).get(url).context["panels"]
        trail = next(table for panel, table in panels if panel.name.endswith(".trail"))
        return " ".join(str(row[1]) for row in trail.rows)

    assert "cases.decide" in verbs(roles.COMPLIANCE_OFFICER)
    assert "cases.decide" not in verbs(roles.SUPPORT_AGENT)
    assert "accounts.freeze" in verbs(roles.SUPPORT_AGENT)


def test_the_export_leaves_filings_out_for_whoever_may_not_know(every_role, traces):
    group = Group.objects.get(name=roles.SUPPORT_AGENT)
    person = factories.user(is_staff=True)
    person.groups.add(group)
    person.user_permissions.add(Permission.objects.get(codename="export_audit"))
    answer = verified(person).get("/staff/exchange/auditevent/export.csv")

    whole = b"".join(answer.streaming_content).decode()

    assert "accounts.freeze" in whole
    assert "cases.decide" not in whole
    assert "cases.report" not in whole


def test_the_card_of_proposals_counts_none_that_its_readers_may_not_see(as_role, traces):
    answer = as_role(roles.SUPPORT_AGENT).get("/staff/pulse/")

    card = next(each for each in answer.context["cards"] if each.card.key == "proposals")
    assert card.reading.number == "0"


@pytest.mark.parametrize("role", UNKNOWING)
def test_no_role_without_the_permission_holds_a_view_of_a_confidential_row(role, every_role):
    held = Group.objects.get(name=role).permissions.filter(content_type__app_label="compliance")

    assert set(held.values_list("content_type__model", flat=True)) & roles.CONFIDENTIAL == set()
    assert not held.filter(codename="see_filings").exists()


@pytest.mark.parametrize("role", sorted(KNOWING))
def test_the_roles_that_know_see_cases(role, every_role):
    held = set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))

    assert {"see_filings", "view_case", "view_caseevidence", "view_report"} <= held


def test_whatever_belongs_to_a_confidential_row_is_confidential_too():
    """A new model that names a case, an alert or a report must not be forgotten in the set."""
    forgotten = [
        model._meta.model_name
        for model in apps.get_app_config("compliance").get_models()
        if model._meta.model_name not in roles.CONFIDENTIAL
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model._meta.model_name in roles.CONFIDENTIAL
    ]

    assert forgotten == []


def test_the_set_names_only_models_that_exist():
    ours = ("compliance", "launchpad")
    there = {
        model._meta.model_name for app in ours for model in apps.get_app_config(app).get_models()
    }

    assert roles.CONFIDENTIAL <= there
