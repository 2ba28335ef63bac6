"""The officer's day on the page: next case, claim, note, decide; and who may see none of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.cases import evidence, hold, quality, sections
from compliance.cases.models import Case, CaseReview
from exchange.accounts import restrictions, roles
from exchange.accounts.models import User
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.actors import system
from exchange.portal.tables import Head, Table
from tests import factories
from tests.factories import cases as f
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db
SYSTEM = system("tests")
KNOWING = [roles.COMPLIANCE_OFFICER, roles.MLRO, roles.AUDITOR, roles.TRIAGE_ANALYST]
WHY = "Salary, as the payslips show."


def url(case: Case) -> str:
    return f"/staff/compliance/case/{case.pk}/change/"


@pytest.fixture
def officer(as_role):
    return as_role(roles.COMPLIANCE_OFFICER)


@pytest.fixture
def mine(officer) -> Case:
    """A case of the officer's, with a little of everything around it."""
    holder = factories.customer()
    other = factories.customer()
    money = [
        f.fact(holder, usd="9100", address="bc1qfrom", at=clock.now() - timedelta(days=2)),
        f.fact(holder, usd="8700", kind="crypto_withdrawal", address="bc1qto"),
        f.fact(holder, usd="500", kind="transfer", counterparty_id=other.pk),
        f.fact(holder, usd=None, kind="login", device="d" * 20, ip="203.0.113.5", ip_country="CA"),
    ]
    case = f.case(holder, known=money[:2])
    officer.post(url(case), {"act": "claim"})
    case.refresh_from_db()
    assert case.owner == officer.person
    return case


def test_the_desk_shows_the_most_urgent_first_and_n_takes_it(officer):
    f.case(severity=1)
    urgent = f.case(severity=5)

    shown = officer.get("/staff/compliance/cases/")
    assert str(shown.context["tables"][1].rows[0][0]).endswith(f"case {urgent.pk}</a>")
    answer = officer.post("/staff/compliance/cases/")

    assert answer.url == url(urgent)
    assert Case.objects.get(pk=urgent.pk).owner == officer.person


def test_an_officer_works_a_case_from_the_queue_to_its_end_on_one_page(officer, mine):
    officer.post(url(mine), {"act": "note", "text": "Deposits follow paydays."})
    answer = officer.post(
        url(mine),
        {"act": "dispose", "ending": "explained:documents", "rationale": WHY,
         "look_again_days": "30", "then": "next"},
        follow=True,
    )  # fmt: skip

    assert f"Case {mine.pk} is closed." in answer.content.decode()
    assert answer.request["PATH_INFO"] == "/staff/compliance/cases/"
    assert b"data-now" in answer.content  # the next case opens by itself
    case = Case.objects.get(pk=mine.pk)
    assert (case.disposition, case.notes.get().text) == ("explained", "Deposits follow paydays.")


def test_what_is_amiss_is_said_in_place_and_what_was_typed_stays(officer, mine):
    answer = officer.post(
        url(mine),
        {"act": "dispose", "ending": "explained:documents", "rationale": "ok",
         "look_again_days": "30"},
    )  # fmt: skip

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why, in a sentence." in shown
    assert '<details class="doing" id="do-dispose" data-press="d" open>' in shown


def test_the_page_shows_everything_without_leaving_it(officer, mine):
    restrictions.restrict(
        customer_id=mine.customer_id, kind="withdrawal", actor=SYSTEM, reason="on suspicion"
    )

    shown = officer.get(url(mine)).content.decode()

    for words in (
        "4 deposits of 8,210 to 9,940 USD in 51 h",  # why
        "bc1qfrom", "bc1qto", "203.0.113.5",  # what they did, and from where
        "on suspicion",  # restrictions
        mine.customer.user.email,
        "severity 3 × risk 2 × exposure 3 (17,800.00 USD) = 18, and as much again each day",
        "9,100.00 USD came in and 9,200.00 USD went out",  # the chart in words
        "Balances", "API keys", "Devices",  # what other rooms know
    ):  # fmt: skip
        assert words in shown, words


def test_transactions_are_filtered(officer, mine):
    def whats(**asked):
        table = officer.get(url(mine), asked).context["transactions"]
        return [row[1] for row in table.rows]

    assert sorted(whats()) == ["Crypto Deposit", "Crypto Withdrawal", "Transfer"]
    assert whats(kind="deposits") == ["Crypto Deposit"]
    assert whats(least="9000") == ["Crypto Deposit"]
    assert whats(address="bc1qto") == ["Crypto Withdrawal"]
    assert whats(kind="access") == ["Login"]
    assert whats(asset="BTC") == []
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%d}"
    assert whats(since=tomorrow) == []
    assert len(whats(least="NaN", person="99x", before="never", since="2026-99-99")) == 3


def test_the_graph_is_told_to_the_script_and_in_words(officer, mine):
    told = officer.get(f"/staff/compliance/cases/{mine.pk}/graph.json?hops=1").json()

    kinds = sorted(node["kind"] for node in told["nodes"])
    assert kinds == ["address", "address", "customer", "customer", "device", "ip"]
    assert {edge["usd"] for edge in told["edges"]} == {"9100.00", "8700.00", "500.00", "0.00"}
    ties = officer.get(url(mine)).context["ties"]
    assert len(ties.rows) == len(told["edges"]) == 5


def test_evidence_is_handed_out_as_a_download_and_the_look_is_logged(officer, mine):
    officer.post(url(mine), {"act": "evidence", "file": SimpleUploadedFile("a.txt", b"hello")})
    kept = mine.evidence.get()

    answer = officer.get(f"/staff/compliance/evidence/{kept.pk}/")

    assert answer.content == b"hello"
    assert answer["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert AuditEvent.objects.filter(verb="cases.view_evidence").count() == 1


def test_a_program_dressed_as_a_picture_is_refused_on_the_page(officer, mine):
    answer = officer.post(
        url(mine), {"act": "evidence", "file": SimpleUploadedFile("a.png", b"MZ\x90\x00")}
    )

    assert answer.status_code == 422
    assert "Only PDF, PNG, JPEG and plain text" in answer.content.decode()


def test_a_question_that_tips_off_is_refused_where_it_was_typed(officer, mine):
    answer = officer.post(
        url(mine),
        {"act": "ask", "customer_id": mine.customer_id, "text": "Is this suspicious?", "days": 7},
    )

    assert answer.status_code == 422
    assert "would tell the customer" in answer.content.decode()
    assert not mine.questions.exists()


def test_a_report_is_proposed_by_one_and_approved_by_another_on_the_page(officer, mine, as_role):
    officer.post(
        url(mine),
        {"act": "dispose", "ending": "report:structuring", "rationale": WHY,
         "look_again_days": "30"},
    )  # fmt: skip
    own = officer.get(url(mine))
    assert "Somebody else has to decide it." in own.content.decode()
    assert "approve" not in {each.act.name for each in own.context["acts"]}
    mlro = as_role(roles.MLRO)
    assert "Wait for you as the second person" in (
        mlro.get("/staff/compliance/cases/").content.decode()
    )

    mlro.post(url(mine), {"act": "approve", "reason": "agreed"})

    assert Case.objects.get(pk=mine.pk).disposition == "report"
    assert Proposal.objects.get().decided_by == mlro.person


def test_unfreezing_from_the_page_is_a_proposal(officer, mine):
    frozen = restrictions.restrict(
        customer_id=mine.customer_id, kind="withdrawal", actor=SYSTEM, reason="on suspicion"
    )

    officer.post(
        url(mine), {"act": "lift", "restriction_id": frozen.pk, "reason": "explained by papers"}
    )

    frozen.refresh_from_db()
    assert frozen.lifted_at is None
    assert Proposal.objects.get().kind == "accounts.lift_restriction"


def test_somebody_else_s_case_can_be_read_and_noted_but_not_decided(mine, as_role):
    other = as_role(roles.COMPLIANCE_OFFICER)

    shown = other.get(url(mine))

    names = {each.act.name for each in [*shown.context["acts"], *shown.context["buttons"]]}
    assert names == {"note", "evidence", "link"}
    answer = other.post(
        url(mine),
        {"act": "dispose", "ending": "explained:documents", "rationale": WHY,
         "look_again_days": "30"},
    )  # fmt: skip
    assert "Claim the case first." in answer.content.decode()
    assert Case.objects.get(pk=mine.pk).state == "open"


def test_the_auditor_reads_everything_and_does_nothing(mine, as_role):
    auditor = as_role(roles.AUDITOR)

    shown = auditor.get(url(mine))

    assert shown.status_code == 200
    assert [*shown.context["acts"], *shown.context["buttons"]] == []
    assert auditor.post(url(mine), {"act": "note", "text": "hm"}).status_code == 422
    assert not mine.notes.exists()


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - set(KNOWING)))
def test_no_other_role_comes_near_a_case(role, mine, as_role, officer):
    officer.post(url(mine), {"act": "evidence", "file": SimpleUploadedFile("a.txt", b"hello")})
    stranger = as_role(role)

    for address in (
        url(mine),
        "/staff/compliance/case/",
        "/staff/compliance/case/?disposition=report",
        "/staff/compliance/casereview/",
        "/staff/compliance/cases/",
        "/staff/compliance/board/",
        f"/staff/compliance/cases/{mine.pk}/graph.json",
        f"/staff/compliance/evidence/{mine.evidence.get().pk}/",
    ):
        assert stranger.get(address).status_code in (403, 404), address
    assert stranger.post("/staff/compliance/cases/").status_code == 403
    assert stranger.post(url(mine), {"act": "note", "text": "hm"}).status_code == 403
    home = stranger.get("/staff/")
    assert "cases" not in {shown.card.key for shown in home.context["cards"]}
    assert stranger.get("/staff/find/", {"q": f"case {mine.pk}"}).status_code == 200
    assert "case" not in [str(says) for says in home.context["find_names"]]


@pytest.mark.parametrize("role", [roles.SUPPORT_AGENT, roles.INCIDENT_COMMANDER])
def test_the_customer_s_page_has_no_panel_of_cases_for_others(role, mine, as_role):
    shown = as_role(role).get(f"/staff/exchange/customer/{mine.customer_id}/change/")

    titles = [str(table.title) for _panel, table in shown.context["panels"]]
    assert "Restrictions" in titles
    assert "Cases" not in titles


def test_the_finder_opens_a_case(officer, mine):
    assert officer.get("/staff/find/", {"q": f"case {mine.pk}"}).url == url(mine)


def test_a_section_of_a_room_above_stands_on_the_page_for_whoever_may_see_it(
    officer, mine, monkeypatch
):
    monkeypatch.setattr(sections, "_sections", {})

    def reports(request, case):
        return Table(title="Reports", heads=[Head("No")], rows=[(f"SAR of {case}",)], empty="")

    sections.register("reports", permission="compliance.see_filings")(reports)
    sections.register("secret", permission="compliance.nobody")(reports)

    records = dict(officer.get(url(mine)).context["records"])

    assert records["reports"].rows == [(f"SAR of case {mine.pk}",)]
    assert "secret" not in records
    with pytest.raises(RuntimeError):
        sections.register("reports", permission="compliance.see_filings")(reports)


def test_a_review_is_judged_on_its_screen_by_somebody_else(officer, mine, as_role, monkeypatch):
    monkeypatch.setattr(quality, "SHARE_PERCENT", 100)
    officer.post(
        url(mine),
        {"act": "dispose", "ending": "explained:documents", "rationale": WHY,
         "look_again_days": "30"},
    )  # fmt: skip
    row = CaseReview.objects.get()
    act = f"/staff/compliance/casereview/act/overturn/?ids={row.pk}"
    assert "you decided it yourself" in officer.get(act).content.decode()

    as_role(roles.MLRO).post(act, {"reason": "payslips are of another person"})

    assert Case.objects.get(pk=mine.pk).state == "open"
    assert CaseReview.objects.get().verdict == "overturned"


def test_the_board_shows_the_figures_and_the_chart_in_words(officer, mine):
    officer.post(
        url(mine),
        {"act": "dispose", "ending": "explained:documents", "rationale": WHY,
         "look_again_days": "30"},
    )  # fmt: skip

    shown = officer.get("/staff/compliance/board/")

    figures = {str(name): value for name, value, _says in shown.context["figures"]}
    assert figures["Precision"] == "0.0 %"
    assert figures["Decided in time"] == "100.0 %"
    assert figures["Open"] == "0"
    assert "1 cases were opened and 1 closed" in shown.context["chart"].says


def test_a_page_costs_no_more_queries_for_a_longer_history(officer, mine):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(url(mine)).status_code == 200
        return len(queries)

    counted()
    before = counted()
    for number in range(20):
        f.fact(mine.customer, usd="10", address=f"bc1q{number}")
        officer.post(url(mine), {"act": "note", "text": f"note {number}"})
    f.case(mine.customer, scenario="fan_in")

    assert counted() <= before + 2
    assert before < 90


def test_an_unknown_act_or_case_is_not_there(officer, mine):
    assert officer.post(url(mine), {"act": "burn"}).status_code == 404
    assert officer.get("/staff/compliance/case/999999/change/").status_code == 404
    assert officer.get("/staff/compliance/cases/999999/graph.json").status_code == 404
    assert officer.get("/staff/compliance/evidence/999999/").status_code == 404


def test_staff_views_of_evidence_need_the_permission_of_the_model(mine, officer):
    kept = evidence.hand_in(
        case_id=mine.pk, name="a.txt", content=b"x", actor=f.officer(officer.person)
    )
    plain = staff("compliance.see_filings", holder=User.objects.get(pk=officer.person.pk))

    with pytest.raises(hold.PermissionRefused):
        evidence.open_evidence(evidence_id=kept.pk, actor=plain)


def test_a_triage_analyst_ends_what_is_explained_and_hands_on_what_is_not(as_role):  # noqa: F811
    analyst = as_role(roles.TRIAGE_ANALYST)
    plain, odd = f.case(severity=5), f.case(severity=1)
    analyst.post("/staff/compliance/cases/")
    ending = {"act": "dispose", "ending": "explained:documents", "rationale": WHY}

    analyst.post(url(plain), {**ending, "look_again_days": 30})
    analyst.post(url(odd), {"act": "claim"})
    refused = analyst.post(
        url(odd),
        {"act": "dispose", "ending": "report:laundering", "rationale": WHY, "look_again_days": 30},
    )
    analyst.post(url(odd), {"act": "hand-on", "queue": "investigation", "reason": "Not explained."})

    plain.refresh_from_db()
    odd.refresh_from_db()
    assert (plain.state, plain.disposition) == ("closed", "explained")
    assert refused.status_code == 422
    assert (odd.state, odd.queue, odd.owner) == ("open", "investigation", None)
    for closed in ("report/", "reports/calendar/", "reports/1/preview/", "reports/files/1/"):
        assert analyst.get(f"/staff/compliance/{closed}").status_code == 403
