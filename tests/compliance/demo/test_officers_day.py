"""An officer's day on the demo, form by form: from an application to reports that are filed.

A browser sends what these clients send; how many forms it takes is part of what is tested.
"""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.cases import collect, quality
from compliance.cases.models import Case
from compliance.demo import applicants, filing, fincen, seed
from compliance.identity.models import Application, Identity
from compliance.monitoring import runs
from compliance.reporting import files
from compliance.reporting.models import Report, ReportFile
from compliance.screening.models import Hit
from compliance.screening.raise_hits import screen_customer
from exchange.accounts import roles
from exchange.core import outbox
from exchange.portal import columns
from tests import factories
from tests.compliance.reporting.test_screens import fields
from tests.factories.screening import KORVALIN, imported

pytestmark = pytest.mark.django_db
STAFF = "/staff/compliance"
ASKED = re.compile(r"\[\[.*?\]\]")


class Desk:
    """A member of staff at work: every form must be accepted, and is counted."""

    def __init__(self, client) -> None:
        self.client, self.forms = client, 0

    def send(self, url: str, **values: object) -> str:
        self.forms += 1
        answer = self.client.post(url, values)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        return answer.url

    def sees(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200
        return answer.content.decode()

    def acts(self, act: str, report: Report) -> None:
        self.send(f"{STAFF}/report/act/{act}/?ids={report.pk}", reason="Read and agreed.")


@pytest.fixture
def officer(as_role) -> Desk:
    return Desk(as_role(roles.COMPLIANCE_OFFICER))


@pytest.fixture
def mlro(as_role) -> Desk:
    return Desk(as_role(roles.MLRO))


@pytest.fixture
def demo(maker, monkeypatch) -> None:
    """Its history, looked through by the scenario that this day is about."""
    monkeypatch.setattr(quality, "SHARE_PERCENT", 0)
    monkeypatch.setattr(runs, "_steps", lambda row: [runs.EXTRACT, "structuring"])
    filing.file_as_invented()
    seed.seed(count=400)
    while runs._one_step():
        pass
    collect.collect_waiting(limit=100)


def test_applications_are_approved_asked_about_and_refused_by_a_form_each(officer, mlro, tmp_path):
    imported(tmp_path, KORVALIN)
    applicants.hand_in()
    for row in Application.objects.all():
        screen_customer(row.customer_id)  # a worker's, within seconds
    erin, farid, gloria = Application.objects.order_by("pk")
    assert "Erin Kowalczyk" in officer.sees(f"{STAFF}/review/")

    officer.send(f"{STAFF}/review/?id={erin.pk}", act="approve", words="")
    officer.send(f"{STAFF}/review/?id={farid.pk}", act="ask", code="blurred", words="")
    officer.send(f"{STAFF}/review/?id={gloria.pk}", act="approve", words="")
    assert "proposes to approve" in mlro.sees(f"{STAFF}/review/")
    mlro.send(f"{STAFF}/review/?id={gloria.pk}", act="confirm", words="Read it.")

    states = list(Application.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["approved", "asked", "approved"]
    assert (officer.forms, mlro.forms) == (3, 1)


def test_a_false_hit_is_cleared_by_two_people_with_a_form_each(officer, mlro, tmp_path):
    imported(tmp_path, KORVALIN)
    customer = factories.customer()
    Identity.objects.create(customer=customer, given_names="Dmitri", family_name="Korvalin")
    screen_customer(customer.pk)
    hit = Hit.objects.get()

    officer.send(f"{STAFF}/screening/?id={hit.pk}", act="false", why="birth", words="")
    mlro.send(f"{STAFF}/screening/?id={hit.pk}", act="agree", words="")

    hit.refresh_from_db()
    assert (hit.state, officer.forms, mlro.forms) == ("false", 1, 1)


@pytest.mark.usefixtures("demo")
def test_an_alert_becomes_a_filed_and_locked_sar(officer, mlro):
    # A Canadian's would be reported to FINTRAC.
    plain = Case.objects.filter(alerts__alert__scenario="structuring")
    case = plain.exclude(customer__country="CA").order_by("pk")[0]
    page = columns.admin_url(Case, case.pk)
    officer.send(page, act="claim")
    assert "each below 10,000" in officer.sees(page)
    officer.send(page, act="hand-on", queue="investigation", reason="Not what they told us.")
    officer.send(page, act="claim")
    officer.send(
        page,
        act="dispose",
        ending="report:structuring",
        rationale="Eight deposits in three days, each a little below 10,000.",
        look_again_days="30",
    )
    mlro.send(page, act="approve", reason="I agree.")
    outbox.deliver()

    report = Report.objects.get(case=case)
    edit = f"{STAFF}/reports/{report.pk}/edit/"
    form = fields(officer.sees(edit))
    name = _narrative(form)
    form[name] = ASKED.sub("They gave no reason when we asked.", str(form[name]))
    officer.send(edit, **{**form, "check": "1"})
    mlro.acts("approve", report)
    officer.acts("export", report)
    file = ReportFile.objects.get()
    got = officer.client.get(f"{STAFF}/reports/files/{file.pk}/").content
    assert files.problems_of(got) == []
    officer.send(
        f"{STAFF}/reports/files/{file.pk}/answer/",
        file=SimpleUploadedFile("answer.xml", fincen.answer_to(file)),
    )
    officer.acts("lock", report)

    report.refresh_from_db()
    assert report.state == "locked"
    assert re.fullmatch(r"31\d{12}", report.regulator_id)
    assert (officer.forms, mlro.forms) == (8, 2)


@pytest.mark.usefixtures("demo")
def test_what_the_24_hour_rule_adds_up_becomes_an_exported_lvctr(officer, mlro):
    days = fields_of_search(officer)
    answer = officer.client.post(f"{STAFF}/reports/search/", days)
    found = [row for row in Report.objects.all() if len(row.payload["transactions"]) == 3]
    assert len(found) == 3
    report = found[0]
    assert columns.admin_url(Report, report.pk) in answer.content.decode()
    edit = f"{STAFF}/reports/{report.pk}/edit/"

    officer.send(edit, **{**fields(officer.sees(edit)), "check": "1"})
    mlro.acts("approve", report)
    officer.acts("export", report)

    report.refresh_from_db()
    assert (report.kind, report.state) == ("lvctr", "exported")
    assert files.problems_of(bytes(ReportFile.objects.get().content)) == []
    assert (officer.forms, mlro.forms) == (2, 1)


def _narrative(form: dict[str, object]) -> str:
    (name,) = (each for each in form if each.endswith("narrative"))
    return name


def fields_of_search(officer: Desk) -> dict[str, str]:
    page = officer.sees(f"{STAFF}/reports/search/")
    return dict(re.findall(r'name="(first|last)" value="([^"]*)"', page))
