"""The reviewer's desk: documents beside data, decided by one key, then the next application."""

from __future__ import annotations

import re

import pytest

from compliance.identity import apply, submit
from compliance.identity.models import Application
from exchange.accounts import roles
from exchange.audit.models import AuditEvent
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories import identity as make
from tests.factories.accounts import acting

pytestmark = pytest.mark.django_db
DESK = "/staff/compliance/review/"


@pytest.fixture
def officer(as_role):  # noqa: F811
    return as_role(roles.COMPLIANCE_OFFICER)


def act(client, row, act, **values):
    return client.post(f"{DESK}?id={row.pk}", {"act": act, "words": "", **values})


def test_documents_stand_beside_data_and_every_look_is_written_down(officer):
    row = make.submitted()
    page = officer.get(DESK).content.decode()
    assert "Anna Maria Eriksson" in page
    assert "L898902C3" in page
    pictures = re.findall(r'<img src="(/staff/compliance/review/\d+/\d+/)"', page)
    assert len(pictures) == 2
    for address in pictures:
        answer = officer.get(address)
        assert answer["Content-Type"] == "image/jpeg"
        assert "no-store" in answer["Cache-Control"]  # a second look is a second record
    assert AuditEvent.objects.filter(verb="identity.view_document").count() == 2
    row.refresh_from_db()
    assert row.claimed_by_id is not None


def test_one_press_approves_and_the_next_one_is_there(officer):
    first, second = make.submitted(), make.submitted(birth_date="1980-01-01", id_number="X1")
    assert 'data-press="a"' in officer.get(DESK).content.decode()
    assert act(officer, first, "approve").url == DESK
    first.refresh_from_db()
    assert first.state == "approved"
    assert officer.get(DESK).context["row"] == second
    assert officer.get(f"{DESK}?after={second.pk}").context["row"] == second


def test_asked_and_refused_with_a_reason_of_the_list(officer):
    row = make.submitted()
    assert act(officer, row, "ask", code="nonsense").status_code == 422
    assert act(officer, row, "ask", code="blurred").url == DESK
    row.refresh_from_db()
    assert row.state == "asked"
    again = submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))
    assert act(officer, again, "refuse", code="mismatch").url == DESK
    row.refresh_from_db()
    assert row.state == "refused"


def test_high_risk_is_proposed_by_one_and_confirmed_by_another(as_role):  # noqa: F811
    row = make.filled()
    apply.declare(
        application_id=row.pk, office="foreign", connection="self", position="minister",
        country="SE", actor=acting(row.customer),
    )  # fmt: skip
    submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))
    officer, mlro = as_role(roles.COMPLIANCE_OFFICER), as_role(roles.MLRO)
    assert "Propose to approve" in officer.get(DESK).content.decode()
    act(officer, row, "approve")
    assert officer.get(DESK).context["row"] is None
    assert "Somebody else has to decide it." in officer.get(f"{DESK}?id={row.pk}").content.decode()
    assert mlro.get(DESK).context["row"] == row
    assert act(mlro, row, "confirm").url == DESK
    assert Application.objects.get().state == "approved"


def test_another_reviewer_gets_another_application(as_role):  # noqa: F811
    first, second = make.submitted(), make.submitted(birth_date="1980-01-01", id_number="X1")
    assert as_role(roles.COMPLIANCE_OFFICER).get(DESK).context["row"] == first
    assert as_role(roles.MLRO).get(DESK).context["row"] == second


def test_who_may_not_see_documents_opens_none(as_role):  # noqa: F811
    document = make.submitted().documents.first()
    for role in (roles.SUPPORT_AGENT, roles.AUDITOR, roles.ADMINISTRATOR):
        answer = as_role(role).get(f"{DESK}{document.pk}/1/")
        assert answer.status_code == 403
    assert not AuditEvent.objects.filter(verb="identity.view_document").exists()


def test_what_was_decided_meanwhile_is_said(officer):
    row = make.submitted()
    act(officer, row, "approve")
    answer = act(officer, row, "approve")
    assert answer.status_code == 422
    assert "does not wait for a reviewer any more" in answer.content.decode()


def test_another_method_is_recorded_on_the_desk_or_refused_with_what_is_missing(officer):
    row = make.submitted()
    bank = "name: Bank\nkind: statement\nnumber: 1\nconfirms: name_account"
    town = "name: Town\nkind: tax bill\nnumber: 2\nconfirms: name_address"
    one = act(officer, row, "method", method="dual_process", source_1=bank)
    assert one.status_code == 422
    assert "This method needs 2 sources." in one.content.decode()
    both = act(officer, row, "method", method="dual_process", source_1=bank, source_2=town)
    assert both.url == f"{DESK}?id={row.pk}"
    assert "Dual-process" in officer.get(both.url).content.decode()
    act(officer, row, "approve")
    assert [v.method for v in row.verifications.all()] == ["dual_process"]
