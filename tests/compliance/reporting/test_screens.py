"""An officer's way through the screens, and what others never get to see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.reporting import draft, filers
from compliance.reporting.models import Filer, Report, ReportFile
from exchange.accounts import roles
from exchange.core.actors import system
from tests import factories
from tests.compliance.reporting.contents import JON, SAR, STR, sar_file
from tests.compliance.reporting.test_life import answer
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401

pytestmark = pytest.mark.django_db

BASE = "/staff/compliance/report"
Roles = Callable[..., Client]


@pytest.fixture
def us() -> Filer:
    row = filers.filer_of("us")
    row.ein, row.transmitter_code = "123456789", "PHFX0001"
    row.save()
    return row


def begun(kind: str = "sar", **changes: object) -> Report:
    base = {"sar": SAR, "str": STR}[kind]
    contents = {key: value for key, value in {**base, **changes}.items() if key != "filer"}
    return draft.start(kind=kind, actor=system("tests"), contents=contents)


def fields(page: str) -> dict[str, object]:
    """What a browser would send of the page's form."""
    found: dict[str, object] = {}
    body = page[page.index('class="editor report"') :]
    for tag in re.findall(r"<input[^>]*>", body):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        said = value.group(1) if value else "on" if "checkbox" in tag else ""
        if 'type="checkbox"' in tag and name.group(1).endswith("subtypes"):
            kinds = found.setdefault(name.group(1), [])
            assert isinstance(kinds, list)
            kinds.append(said)
        else:
            found[name.group(1)] = said
    for name, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    for name, words in re.findall(
        r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.DOTALL
    ):
        found[name] = words.strip()
    return found


def filled(value: object) -> object:
    """Without what is empty: a form has all of its fields."""
    return {k: v for k, v in value.items() if v} if isinstance(value, dict) else value


def test_a_sar_goes_from_the_first_form_to_locked_in_the_browser(us, as_role: Roles):  # noqa: F811
    officer, mlro = as_role(roles.COMPLIANCE_OFFICER), as_role(roles.MLRO)
    customer = factories.customer(country="CA")
    made = officer.post("/staff/compliance/reports/new/", {"kind": "sar", "customer": customer.pk})
    report = Report.objects.get()
    assert made.status_code == 302
    draft.change(
        report_id=report.pk,
        contents={key: value for key, value in SAR.items() if key != "filer"},
        actor=system("tests"),
    )
    form = fields(officer.get(made.url).content.decode())

    checked = officer.post(made.url, {**form, "check": "1"})
    report.refresh_from_db()
    assert (checked.status_code, report.state, report.errors) == (302, "validated", [])
    for client, act in ((mlro, "approve"), (officer, "export")):
        url = f"{BASE}/act/{act}/?ids={report.pk}"
        assert client.post(url, {"reason": "agreed"}).status_code == 302
    file = ReportFile.objects.get()
    upload = SimpleUploadedFile("ack.xml", answer("31000000000001"))
    officer.post(f"/staff/compliance/reports/files/{file.pk}/answer/", {"file": upload})
    officer.post(f"{BASE}/act/lock/?ids={report.pk}", {"reason": "done"})

    report.refresh_from_db()
    assert (report.state, report.regulator_id) == ("locked", "31000000000001")
    page = officer.get(f"{BASE}/{report.pk}/change/").content.decode()
    assert file.sha256 in page
    got = officer.get(f"/staff/compliance/reports/files/{file.pk}/")
    assert got.content == bytes(file.content)


def test_saving_the_form_untouched_changes_nothing(us, as_role: Roles):  # noqa: F811
    officer = as_role(roles.COMPLIANCE_OFFICER)
    for kind in ("sar", "str"):
        report = begun(kind)
        url = f"/staff/compliance/reports/{report.pk}/edit/"
        before = report.payload
        form = fields(officer.get(url).content.decode())

        assert officer.post(url, {**form, "save": "1"}).status_code == 302

        report.refresh_from_db()
        for name in ("activity", "narrative", "filing_type"):
            assert filled(report.payload.get(name)) == filled(before.get(name)), name
        people = "subjects" if kind == "sar" else "persons"
        after = report.payload[people][0]
        assert {name: after.get(name) for name in JON if name in after} == {
            name: value for name, value in JON.items() if name in after
        }


def test_faults_stand_beside_their_fields_in_plain_words(us, as_role: Roles):  # noqa: F811
    officer = as_role(roles.COMPLIANCE_OFFICER)
    report = begun(subjects=[{**JON, "tax_id": "12"}], narrative="")
    url = f"/staff/compliance/reports/{report.pk}/edit/"
    form = fields(officer.get(url).content.decode())

    page = officer.post(url, {**form, "check": "1"})

    said = page.content.decode()
    assert page.status_code == 422
    assert "Nine digits." in said
    assert "The narrative is missing." in said
    assert "2 things are not right yet" in said
    detail = officer.get(f"{BASE}/{report.pk}/change/").content.decode()
    assert "Subject 1: Taxpayer number" in detail


def test_one_more_subject_is_added_and_taken_out_again(us, as_role: Roles):  # noqa: F811
    officer = as_role(roles.COMPLIANCE_OFFICER)
    report = begun()
    url = f"/staff/compliance/reports/{report.pk}/edit/"
    form = fields(officer.get(url).content.decode())
    longer = fields(officer.post(url, {**form, "more": "subjects"}).content.decode())
    assert longer["subjects-count"] == "2"

    officer.post(url, {**longer, "subjects-1-last_name": "Roe", "save": "1"})
    report.refresh_from_db()
    assert [each["last_name"] for each in report.payload["subjects"]] == ["Doe", "Roe"]

    form = fields(officer.get(url).content.decode())
    officer.post(url, {**form, "subjects-0-gone": "on", "save": "1"})
    report.refresh_from_db()
    assert [each["last_name"] for each in report.payload["subjects"]] == ["Roe"]


def test_the_preview_shows_the_file_and_that_it_is_right(us, as_role: Roles):  # noqa: F811
    report = begun()

    page = as_role(roles.AUDITOR).get(f"/staff/compliance/reports/{report.pk}/preview/")

    assert "&lt;fc2:FormTypeCode&gt;SARX" in page.content.decode()
    assert "it keeps the schema" in page.content.decode()


def test_an_empty_draft_has_pages_of_every_kind(as_role: Roles):  # noqa: F811
    officer = as_role(roles.COMPLIANCE_OFFICER)
    for kind in Report.Kind.values:
        report = draft.start(kind=kind, actor=system("tests"))
        assert officer.get(f"{BASE}/{report.pk}/change/").status_code == 200, kind
        assert officer.get(f"/staff/compliance/reports/{report.pk}/edit/").status_code == 200, kind
        assert officer.get(f"/staff/compliance/reports/{report.pk}/preview/").status_code in (
            200,
            302,
        ), kind
        url = f"{BASE}/act/check/?ids={report.pk}"
        assert officer.post(url, {"reason": "x"}).status_code == 302, kind


def test_support_and_the_administrator_never_learn_of_a_report(us, as_role: Roles):  # noqa: F811
    customer = factories.customer()
    report = draft.start(kind="sar", actor=system("tests"), customer_id=customer.pk)
    for role in (roles.SUPPORT_AGENT, roles.ADMINISTRATOR, roles.INCIDENT_COMMANDER):
        client = as_role(role)
        for url in (
            f"{BASE}/",
            f"{BASE}/{report.pk}/change/",
            f"/staff/compliance/reports/{report.pk}/edit/",
            f"/staff/compliance/reports/{report.pk}/preview/",
            "/staff/compliance/reports/calendar/",
        ):
            assert client.get(url).status_code == 403, (role, url)
        page = client.get(f"/staff/exchange/customer/{customer.pk}/change/").content.decode()
        assert "Reports to regulators" not in page
        log = client.get("/staff/exchange/auditevent/").content.decode()
        assert "reporting.start" not in log
    seen = as_role(roles.MLRO).get(f"/staff/exchange/customer/{customer.pk}/change/")
    assert report.reference in seen.content.decode()


def test_any_file_can_be_checked_in_the_browser(as_role: Roles):  # noqa: F811
    auditor = as_role(roles.AUDITOR)
    url = "/staff/compliance/reports/check/"

    good = auditor.post(url, {"file": SimpleUploadedFile("a.xml", sar_file())})
    bad = auditor.post(
        url, {"file": SimpleUploadedFile("a.xml", sar_file().replace(b'y="6"', b'y="7"', 1))}
    )
    wrong = auditor.post(url, {"file": SimpleUploadedFile("a.json", json.dumps({}).encode())})
    none = auditor.post(url, {"file": SimpleUploadedFile("a.txt", b"hello")})

    assert "This file is right." in good.content.decode()
    assert (bad.status_code, wrong.status_code, none.status_code) == (200, 200, 422)
    assert "no STR, LVCTR or EFTR" in wrong.content.decode()
