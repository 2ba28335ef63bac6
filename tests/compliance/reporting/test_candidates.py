"""What has to be reported by its size is found from facts; so are rates, holds and erasure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from compliance.cases.models import Case, CaseAlert
from compliance.demo import filing
from compliance.monitoring.models import Alert
from compliance.reporting import (
    approve,
    blocked,
    candidates,
    consume,
    erasure,
    filers,
    holds,
    rates,
    tasks,
)
from compliance.reporting.models import BlockedProperty, Report
from compliance.screening.models import Hit, ListEntry, ListVersion
from exchange.accounts.models import Customer
from exchange.audit.models import AuditEvent
from exchange.core import clock, facts
from exchange.core.actors import system
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.models import FactKind
from tests import factories
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db

US = system("tests")
NOW = datetime(2026, 3, 12, 15, tzinfo=UTC)
RATES = b'"TERMS"\n"x"\n\ndate,FXUSDCAD,FXEURCAD\n2026-03-02,1.4000,1.5000\n2026-03-03,1.5000,\n'


@pytest.fixture(autouse=True)
def _rates(db):
    rates.load(content=RATES, source="Bank of Canada", actor=US)
    with clock.held_at(NOW):
        yield


def deposit(holder: Customer, at: str, usd: str, kind: str = FactKind.CRYPTO_DEPOSIT, **extra):
    with transaction.atomic():
        facts.report(
            kind=kind,
            customer_id=holder.pk,
            at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            reference=f"{kind}{holder.pk}{at}",
            asset="BTC" if kind == FactKind.CRYPTO_DEPOSIT else "USD",
            amount=Decimal(usd) if kind != FactKind.CRYPTO_DEPOSIT else Decimal("0.1"),
            usd=Decimal(usd),
            address="bc1qsender",
            extra=extra,
        )


def search(first="2026-03-01", last="2026-03-05"):
    return candidates.search(
        first=date.fromisoformat(first), last=date.fromisoformat(last), actor=US
    )


def canadian() -> Customer:
    return factories.customer(country="CA")


def test_two_deposits_that_make_the_threshold_are_one_report_due_in_five_working_days():
    holder = canadian()
    deposit(holder, "2026-03-02T15:00", "4000")  # 5,600 Canadian dollars
    deposit(holder, "2026-03-02T20:00", "3200")  # 4,480

    found = search()

    (report,) = found.reports
    assert (report.kind, report.state, found.new) == ("lvctr", "draft", 1)
    assert report.due_on == date(2026, 3, 9)
    assert [each["value_cad"] for each in report.payload["transactions"]] == ["5600", "4480"]
    assert report.payload["stands_for"] == [f"beneficiary:{holder.pk}"]
    assert report.payload["window"]["starts"] == "2026-03-02T00:00:00-05:00"


def test_found_again_it_is_the_same_report():
    holder = canadian()
    deposit(holder, "2026-03-02T15:00", "9000")

    first, again = search(), search()

    assert (first.new, again.new) == (1, 0)
    assert [each.pk for each in first.reports] == [each.pk for each in again.reports]
    assert Report.objects.count() == 1


def test_what_is_found_is_right_at_once_when_we_know_who_it_is():
    row = filers.filer_of("ca")
    row.entity_number, row.contact_id = 1234567, 12
    row.save()
    holder = canadian()
    deposit(holder, "2026-03-02T15:00", "9000")
    (report,) = search().reports
    contents = {**report.payload}
    contents["persons"] = [{**contents["persons"][0], "last_name": "Gold", "first_name": "Ann"}]
    from compliance.reporting import draft

    actor = staff("compliance.file_report")
    draft.change(report_id=report.pk, contents=contents, actor=actor)

    assert approve.validate(report_id=report.pk, actor=actor).state == "validated"


def test_deposits_on_two_days_or_of_two_people_are_not_added_up():
    one, other = canadian(), canadian()
    deposit(one, "2026-03-02T15:00", "4000")
    deposit(one, "2026-03-03T15:00", "4000")
    deposit(other, "2026-03-02T16:00", "4000")

    assert search().reports == []


def test_customers_of_other_countries_and_rewards_are_left_out():
    deposit(factories.customer(country="DE"), "2026-03-02T15:00", "90000")
    deposit(canadian(), "2026-03-02T15:00", "90000", reward=True)

    assert search().reports == []


def test_transfers_in_and_out_are_reports_of_their_own_by_the_rate_of_their_currency():
    holder = canadian()
    deposit(holder, "2026-03-02T15:00", "9000", FactKind.FIAT_DEPOSIT)
    deposit(holder, "2026-03-02T16:00", "8000", FactKind.FIAT_WITHDRAWAL)
    deposit(holder, "2026-03-02T17:00", "8000", FactKind.FIAT_WITHDRAWAL, bank_country="CA")

    found = {each.payload["eft_direction"]: each for each in search().reports}

    assert {way: each.kind for way, each in found.items()} == {"1": "eftr", "2": "eftr"}
    assert found["2"].payload["transactions"][0]["value_cad"] == "12600"


def test_what_nobody_can_value_is_shown_to_an_officer():
    holder = canadian()
    deposit(holder, "2025-06-02T15:00", "90000")

    found = search("2025-06-01", "2025-06-03")

    assert found.reports == []
    assert [fact.customer_id for fact in found.without_worth] == [holder.pk]


def test_the_daily_task_finds_what_the_last_days_call_for():
    deposit(canadian(), "2026-03-11T15:00", "90000")

    assert tasks.find_candidates() == 1
    assert tasks.find_candidates() == 0


def test_a_search_is_of_at_most_three_months_and_forwards():
    for first, last in (("2026-01-01", "2026-06-01"), ("2026-03-05", "2026-03-01")):
        with pytest.raises(Invalid):
            search(first, last)


def test_the_last_rate_before_a_weekend_counts_and_an_old_one_does_not():
    assert rates.cad_for("USD", date(2026, 3, 2)) == Decimal("1.4")
    assert rates.cad_for("USD", date(2026, 3, 8)) == Decimal("1.5")
    assert rates.cad_for("EUR", date(2026, 3, 3)) == Decimal("1.5")
    assert rates.cad_for("USD", date(2026, 3, 14)) is None
    assert rates.cad_for("CAD", date(2020, 1, 1)) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"date,FXUSDCAD\n2026-13-01,1.4\n", b"date,FXUSDCAD\n2026-03-01,-1\n",
     b"date,FXUSDCAD\n2026-03-01,NaN\n", b"\xff\xfe"],
)  # fmt: skip
def test_a_file_that_holds_no_rates_is_refused(content):
    with pytest.raises(Invalid):
        rates.load(content=content, source="x", actor=US)


def test_a_rate_that_is_there_stays():
    new = rates.load(content=b"date,FXUSDCAD\n2026-03-02,9.9\n", source="x", actor=US)

    assert new == 0
    assert rates.cad_for("USD", date(2026, 3, 2)) == Decimal("1.4")


def block(holder: Customer, reference: str = "hold 1", **more) -> BlockedProperty:
    return blocked.write_down(
        customer_id=holder.pk,
        asset="BTC",
        amount=Decimal("1.5"),
        worth_usd=Decimal(90_000),
        listed_name="Acme Shipping",
        program="SDGT",
        reference=reference,
        actor=US,
        **more,
    )


def test_blocked_property_is_due_at_ofac_in_ten_business_days_and_reported_once():
    holder = factories.customer()
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    block(holder, blocked_at=at)
    block(holder, blocked_at=at)

    report = blocked.report_blocked(customer_id=holder.pk, blocked_at=at, actor=US)

    assert BlockedProperty.objects.count() == 1
    assert report.due_on == date(2026, 3, 16)
    assert report.payload["items"][0]["amount"] == "1.5"
    with pytest.raises(Conflict):
        blocked.report_blocked(customer_id=holder.pk, blocked_at=at, actor=US)


def test_the_annual_report_holds_what_stands_on_30_june():
    holder = factories.customer()
    with clock.held_at(datetime(2025, 5, 1, tzinfo=UTC)):
        block(holder, "before")
        released = block(holder, "released")
    blocked.release(
        blocked_id=released.pk, license_number="L1", actor=US, reason="x", on=date(2025, 6, 1)
    )
    with clock.held_at(datetime(2025, 7, 2, tzinfo=UTC)):
        block(holder, "after")
        report = blocked.annual(year=2025, actor=US)
        again = blocked.annual(year=2025, actor=US)

    assert [each["reference"] for each in report.payload["items"]] == ["before"]
    assert report.due_on == date(2025, 9, 30)
    assert again.pk == report.pk


@pytest.mark.parametrize(("source", "reports"), [("OFAC", 1), ("UN", 0)])
def test_what_a_confirmed_person_of_ofacs_list_holds_is_written_down_and_reported(source, reports):
    holder = factories.customer()
    factories.asset("USDT")
    factories.fund(holder, "USDT", "2500")
    version = ListVersion.objects.create(
        source=source, number=1, layout="x", origin="x", sha256="x", imported_at=NOW,
        imported_by="x",
    )  # fmt: skip
    entry = ListEntry.objects.create(
        source=source, uid="1", kind="person", name="Acme Shipping", digest="x",
        contents={"programmes": ["SDGT"]}, added_in=version, changed_in=version,
    )  # fmt: skip
    hit = Hit.objects.create(
        customer=holder, subject="customer", subject_name="Acme", customer_version=1,
        entry=entry, score=1000, state="true", raised_at=NOW, decided_at=NOW,
    )  # fmt: skip

    for _twice in range(2):
        consume.property_is_blocked({"hit_id": hit.pk})

    found = Report.objects.filter(kind="ofac_blocked")
    assert found.count() == reports
    assert [
        (each["amount"], each["worth_usd"], each["program"], each["listed_name"])
        for report in found
        for each in report.payload["items"]
    ] == [("2500", "2500", "SDGT", "Acme Shipping")] * reports


@pytest.mark.parametrize(("country", "kind"), [("CA", "str"), ("DE", "sar")])
def test_a_case_that_ends_in_a_report_has_its_draft_with_the_legal_clock(country, kind):
    holder = factories.customer(country=country)
    known = datetime(2026, 3, 2, 12, tzinfo=UTC)
    case = Case.objects.create(
        subject=f"customer:{holder.pk}", customer=holder, raised_at=NOW, facts_known_at=known,
        opened_at=NOW, queued_at=NOW, due_at=NOW,
    )  # fmt: skip
    alert = Alert.objects.create(
        subject=case.subject, customer=holder, scenario="structuring", title="Structuring",
        origin="live", window_start=known - timedelta(days=1), at=known, facts_known_at=known,
        window_end=known + timedelta(hours=9), severity=3,
        explanation="3 deposits of 8,000 to 9,500 USD",
    )  # fmt: skip
    CaseAlert.objects.create(case=case, alert=alert, at=NOW)
    deposit(holder, "2026-03-02T15:00", "9000")

    for disposition in ("explained", "report", "report"):
        consume.case_is_reported({"case_id": case.pk, "decision_id": 1, "disposition": disposition})

    report = Report.objects.get()
    assert (report.kind, report.known_at, report.case_id) == (kind, known, case.pk)
    assert "3 deposits of 8,000 to 9,500 USD." in report.payload["narrative"]
    said = report.payload["narrative"]
    assert "1 deposit of virtual currency (BTC), worth USD 9,000.00." in said
    if kind == "sar":
        assert report.payload["activity"]["subtypes"] == ["114"]
        assert report.payload["activity"]["amount"] == "9000"
        assert report.payload["virtual_addresses"][0]["address"] == "bc1qsender"
    else:
        assert report.payload["transactions"][0]["value_cad"] == "12600"


def test_a_wish_to_be_forgotten_is_answered_record_by_record_and_betrays_nothing():
    holder = factories.customer()
    deposit(holder, "2026-03-02T15:00", "9000")
    plain = erasure.review(customer_id=holder.pk, actor=US)
    Report.objects.create(
        kind="sar", jurisdiction="us", title="x", customer=holder, known_at=NOW,
        due_on=NOW.date(), created_at=NOW, created_by="x", changed_at=NOW,
    )  # fmt: skip

    reported = erasure.review(customer_id=holder.pk, actor=US)

    kept = {each["what"] for each in reported.findings if not each["may_go"]}
    assert kept == {"Transactions", "Reports to regulators", "Ledger and audit log"}
    assert reported.answer == plain.answer
    assert "report" not in reported.answer.lower()


def test_under_a_legal_hold_nothing_may_go():
    holder = factories.customer()
    deposit(holder, "2026-03-02T15:00", "9000")
    holds.place(customer_id=holder.pk, authority="Court", reason="subpoena", actor=US)

    found = erasure.review(customer_id=holder.pk, actor=US).findings

    assert {each["may_go"] for each in found if each["count"]} == {False}


def test_what_is_reviewed_needs_the_permission_and_is_written_down():
    holder = factories.customer()
    with pytest.raises(PermissionRefused):
        erasure.review(customer_id=holder.pk, actor=staff())

    erasure.review(customer_id=holder.pk, actor=staff("compliance.review_erasure"))

    assert AuditEvent.objects.filter(verb="reporting.review_erasure").count() == 1


def test_the_window_moves_with_the_business_line():
    row = filers.filer_of("ca")
    row.window_starts = time(17, 0)
    row.save()
    holder = canadian()
    deposit(holder, "2026-03-02T21:00", "4000")  # 16:00 in Toronto: the window before
    deposit(holder, "2026-03-02T23:00", "4000")

    assert search().reports == []


def test_the_demo_can_finish_its_reports_and_says_that_its_rates_are_invented():
    new = filing.file_as_invented()

    assert new == filing.DAYS - 2  # two are loaded already, and stay
    assert filing.file_as_invented() == 0
    assert rates.cad_for("USD", date(2026, 3, 2)) == Decimal("1.4")
    assert filers.filer_of("us").transmitter_code == "PHLD0001"
    assert "invented" in filing.SOURCE
