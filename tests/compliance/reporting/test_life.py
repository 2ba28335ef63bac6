"""A report's life: two people, one hash, one file, one answer; and what nobody can do to it."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from compliance.reporting import (
    acknowledge,
    approve,
    draft,
    export,
    filers,
    files,
    follow_up,
    holds,
    lock,
    retention,
)
from compliance.reporting.models import Acknowledgement, FiledIn, Filer, Report, ReportFile
from compliance.reporting.states import State, WrongState
from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from tests import factories
from tests.compliance.reporting.contents import CTR, LVCTR, SAR, STR
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db

ALL = ("compliance.file_report", "compliance.approve_report", "compliance.see_filings")
MOMENT = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)
REFUSED = (IntegrityError, InternalError)


@pytest.fixture(autouse=True)
def _in_march():
    with clock.held_at(MOMENT):
        yield


@pytest.fixture
def us() -> Filer:
    row = filers.filer_of("us")
    row.ein, row.transmitter_code = "123456789", "PHFX0001"
    row.save()
    return row


@pytest.fixture
def ca() -> Filer:
    row = filers.filer_of("ca")
    row.entity_number, row.contact_id = 1234567, 12
    row.save()
    return row


@pytest.fixture
def writer() -> Actor:
    return staff(*ALL)


@pytest.fixture
def second() -> Actor:
    return staff(*ALL)


def contents(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = {**deepcopy(base), **changes}
    made.pop("filer", None)
    return made


def begun(writer: Actor, kind: str = "sar", base: Any = None, **changes: Any) -> Report:
    source = {"sar": SAR, "str": STR, "ctr": CTR, "lvctr": LVCTR}[kind] if base is None else base
    return draft.start(kind=kind, actor=writer, contents=contents(source, **changes))


def approved(writer: Actor, second: Actor, kind: str = "sar", **changes: Any) -> Report:
    report = begun(writer, kind, **changes)
    approve.validate(report_id=report.pk, actor=writer)
    return approve.approve(report_id=report.pk, actor=second)


def exported(writer: Actor, second: Actor, kind: str = "sar", **changes: Any) -> Report:
    report = approved(writer, second, kind, **changes)
    export.export(report_ids=[report.pk], actor=writer)
    report.refresh_from_db()
    return report


def answer(*ids: str, status: str = "A", errors: str = "<EFilingActivityErrorXML/>") -> bytes:
    activities = "".join(
        f'<EFilingActivityXML SeqNum="{n}"><BSAID>{bsa}</BSAID>{errors}</EFilingActivityXML>'
        for n, bsa in enumerate(ids, start=1)
    )
    return (
        f'<?xml version="1.0"?><EFilingBatchXML StatusCode="{status}"><EFilingSubmissionXML '
        f'StatusCode="{status}">{activities}</EFilingSubmissionXML></EFilingBatchXML>'
    ).encode()


def test_a_report_walks_from_draft_to_locked(us, writer, second):
    report = begun(writer)
    assert (report.state, report.due_on.isoformat()) == ("draft", "2026-04-11")

    approve.validate(report_id=report.pk, actor=writer)
    approve.approve(report_id=report.pk, actor=second, reason="agreed")
    file = export.export(report_ids=[report.pk], actor=writer)
    acknowledge.import_answer(
        file_id=file.pk, content=answer("31000000000001"), file_name="a.xml", actor=writer
    )
    lock.lock(report_id=report.pk, actor=writer)

    report.refresh_from_db()
    assert report.state == State.LOCKED
    assert report.regulator_id == "31000000000001"
    assert report.retain_until.isoformat() == "2031-03-12"
    assert file.sha256 == hashlib.sha256(bytes(file.content)).hexdigest()
    assert file.name == "SARXST.20260312150000.HoldfastUSLLC.xml"
    assert files.problems_of(bytes(file.content)) == []
    verbs = AuditEvent.objects.filter(target_type="report", target_id=str(report.pk))
    assert list(verbs.order_by("id").values_list("verb", flat=True)) == [
        "reporting.start",
        "reporting.validate",
        "reporting.approve",
        "reporting.export",
        "reporting.acknowledge",
        "reporting.lock",
    ]


def test_faults_are_written_beside_their_fields_and_nobody_is_asked(us, writer):
    report = begun(writer, narrative="", subjects=[{**SAR["subjects"][0], "tax_id": "12"}])

    with pytest.raises(approve.NotValid) as refused:
        approve.validate(report_id=report.pk, actor=writer)

    report.refresh_from_db()
    assert refused.value.limit == 2
    assert [each["where"] for each in report.errors] == ["subjects.0.tax_id", "narrative"]
    assert report.state == State.DRAFT
    assert Proposal.objects.count() == 0


def test_a_narrative_that_still_asks_is_not_filed(us, writer):
    report = begun(writer, narrative="He came. [[Why is it suspicious?]]")

    with pytest.raises(approve.NotValid):
        approve.validate(report_id=report.pk, actor=writer)

    report.refresh_from_db()
    assert report.errors[0]["code"] == "question"


def test_nothing_is_filed_while_our_own_numbers_are_missing(writer):
    report = begun(writer)

    with pytest.raises(approve.NotValid):
        approve.validate(report_id=report.pk, actor=writer)

    report.refresh_from_db()
    wanted = {"filer.ein", "filer.transmitter_code"}
    assert {each["where"] for each in report.errors} == wanted


def test_whoever_checked_a_report_cannot_approve_it(us, writer):
    report = begun(writer)
    approve.validate(report_id=report.pk, actor=writer)

    with pytest.raises(proposals.OwnProposal):
        approve.approve(report_id=report.pk, actor=writer)

    report.refresh_from_db()
    assert report.state == State.VALIDATED


def test_the_database_too_refuses_that_one_person_is_both(us, writer):
    report = begun(writer)
    approve.validate(report_id=report.pk, actor=writer)

    with pytest.raises(REFUSED), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(
            state="approved", approved_by_id=writer.user_id, approved_at=MOMENT
        )


def test_an_edit_voids_the_approval(us, writer, second):
    report = approved(writer, second)

    changed = draft.change(
        report_id=report.pk, contents=contents(SAR, narrative="Something else."), actor=writer
    )

    assert (changed.state, changed.contents_hash, changed.approved_by_id) == ("draft", "", None)
    with pytest.raises(WrongState):
        export.export(report_ids=[report.pk], actor=writer)


def test_an_approval_of_older_contents_approves_nothing(us, writer, second):
    report = begun(writer)
    approve.validate(report_id=report.pk, actor=writer)
    old = Proposal.objects.get()
    draft.change(
        report_id=report.pk, contents=contents(SAR, narrative="Something else."), actor=writer
    )
    approve.validate(report_id=report.pk, actor=writer)

    done = proposals.approve(proposal_id=old.pk, actor=second)

    report.refresh_from_db()
    assert done.state == Proposal.State.FAILED
    assert report.state == State.VALIDATED


def test_who_files_is_part_of_what_was_approved(us, writer, second):
    report = approved(writer, second)
    us.name = "Another Company LLC"
    us.save()

    file = export.export(report_ids=[report.pk], actor=writer)

    assert b"Another Company" not in bytes(file.content)


def test_contents_of_an_approved_report_cannot_be_changed_behind_its_back(us, writer, second):
    report = approved(writer, second)

    with pytest.raises(REFUSED), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(payload={"narrative": "nothing"})


def test_sent_back_it_is_a_draft_and_its_proposal_is_refused(us, writer, second):
    report = begun(writer)
    approve.validate(report_id=report.pk, actor=writer)

    approve.send_back(report_id=report.pk, actor=second, reason="say more about the wallets")

    report.refresh_from_db()
    assert report.state == State.DRAFT
    assert Proposal.objects.get().state == Proposal.State.REJECTED


def test_a_locked_report_cannot_be_changed_by_anybody(us, writer, second):
    report = exported(writer, second)
    file = ReportFile.objects.get()
    acknowledge.import_answer(
        file_id=file.pk, content=answer("31000000000001"), file_name="a.xml", actor=writer
    )
    lock.lock(report_id=report.pk, actor=writer)

    for change in ({"title": "x"}, {"state": "draft"}, {"retain_until": "2020-01-01"}):
        with pytest.raises(REFUSED), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**change)
    with pytest.raises(REFUSED), transaction.atomic():
        ReportFile.objects.filter(pk=file.pk).update(name="x")
    with pytest.raises(REFUSED), transaction.atomic():
        Acknowledgement.objects.update(regulator_id="x")
    with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM compliance_filedin")
    with pytest.raises(WrongState):
        draft.change(report_id=report.pk, contents=contents(SAR), actor=writer)


def test_a_batch_is_answered_place_by_place(us, writer, second):
    reports = [approved(writer, second, narrative=f"Report {n}.") for n in range(3)]
    file = export.export(report_ids=[each.pk for each in reports], actor=writer)
    content = answer("31000000000001", "31000000000002", "31000000000003")

    acknowledge.import_answer(file_id=file.pk, content=content, file_name="a.xml", actor=writer)

    assert FiledIn.objects.filter(file=file).count() == 3
    found = Report.objects.order_by("pk").values_list("regulator_id", "state")
    assert list(found) == [(f"3100000000000{n}", "acknowledged") for n in (1, 2, 3)]
    with pytest.raises(Conflict):
        acknowledge.import_answer(file_id=file.pk, content=content, file_name="a", actor=writer)


def test_an_answer_with_errors_keeps_code_level_and_context(us, writer, second):
    report = exported(writer, second)
    error = (
        "<EFilingActivityErrorXML><ErrorContextText>Party[25]</ErrorContextText>"
        "<ErrorElementNameText>RawZIPCode</ErrorElementNameText><ErrorLevelText>WARN"
        "</ErrorLevelText><ErrorText>Odd.</ErrorText><ErrorTypeCode>C21</ErrorTypeCode>"
        "</EFilingActivityErrorXML>"
    )

    (row,) = acknowledge.import_answer(
        file_id=ReportFile.objects.get().pk,
        content=answer("31000000000001", errors=error),
        file_name="a.xml",
        actor=writer,
    )

    report.refresh_from_db()
    assert (row.outcome, report.state) == ("warned", State.ACKNOWLEDGED)
    assert row.errors == [
        {
            "code": "C21",
            "level": "WARN",
            "context": "Party[25]",
            "element": "RawZIPCode",
            "text": "Odd.",
        }
    ]


def test_a_refused_batch_gives_its_reports_back_as_drafts(us, writer, second):
    report = exported(writer, second)
    file = ReportFile.objects.get()

    acknowledge.import_answer(
        file_id=file.pk, content=answer(status="R"), file_name="a.xml", actor=writer
    )

    report.refresh_from_db()
    assert (report.state, report.regulator_id, report.approved_by_id) == ("draft", "", None)
    assert ReportFile.objects.filter(pk=file.pk).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>",
        b"not xml",
        answer(),
        answer("123"),
        answer("31000000000001", "31000000000002"),
        answer("31000000000001", status="X"),
    ],
)
def test_what_is_no_answer_to_this_file_changes_nothing(us, writer, second, content):
    report = exported(writer, second)

    with pytest.raises(Invalid):
        acknowledge.import_answer(
            file_id=ReportFile.objects.get().pk, content=content, file_name="a", actor=writer
        )

    report.refresh_from_db()
    assert report.state == State.EXPORTED
    assert Acknowledgement.objects.count() == 0


def test_fintracs_answer_is_taken_down_by_hand(ca, writer, second):
    report = exported(writer, second, "str")

    acknowledge.acknowledge_by_hand(
        report_id=report.pk, regulator_id="FT-900", actor=writer, reason="from the portal"
    )

    report.refresh_from_db()
    assert (report.state, report.regulator_id) == (State.ACKNOWLEDGED, "FT-900")


def test_two_reports_of_fintrac_do_not_go_into_one_file(ca, writer, second):
    ids = [approved(writer, second, "str").pk for _n in range(2)]

    with pytest.raises(Invalid):
        export.export(report_ids=ids, actor=writer)

    assert ReportFile.objects.count() == 0


def test_a_correction_names_the_document_before(us, writer, second):
    first = exported(writer, second)
    acknowledge.import_answer(
        file_id=ReportFile.objects.get().pk,
        content=answer("31000000000001"),
        file_name="a.xml",
        actor=writer,
    )

    again = follow_up.correct(report_id=first.pk, actor=writer, reason="the amount was wrong")
    approve.validate(report_id=again.pk, actor=writer)
    approve.approve(report_id=again.pk, actor=second)
    file = export.export(report_ids=[again.pk], actor=writer)

    assert b"EFilingPriorDocumentNumber>31000000000001<" in bytes(file.content)
    assert files.problems_of(bytes(file.content)) == []
    assert again.corrects_id == first.pk


def test_a_correction_at_fintrac_carries_the_first_reports_reference(ca, writer, second):
    first = exported(writer, second, "str")
    acknowledge.acknowledge_by_hand(
        report_id=first.pk, regulator_id="FT-1", actor=writer, reason="portal"
    )

    again = follow_up.correct(report_id=first.pk, actor=writer, reason="a name")

    assert again.payload["prior_id"] == first.reference
    assert b'"submitTypeCode": 2' in export.preview(again)


def test_activity_that_goes_on_is_due_120_days_after_the_report_before(us, writer, second):
    first = exported(writer, second)

    later = follow_up.continue_activity(report_id=first.pk, actor=writer, reason="goes on")

    assert later.due_on.isoformat() == "2026-07-10"
    assert later.payload["filing_type"] == "continuing"
    assert later.payload["activity"]["cumulative"] == "48600"
    with pytest.raises(Conflict):
        follow_up.continue_activity(report_id=first.pk, actor=writer, reason="again")


def test_activity_detected_anew_is_due_after_30_days(us, writer, second):
    first = exported(writer, second)

    later = follow_up.continue_activity(
        report_id=first.pk,
        actor=writer,
        reason="new alert",
        detected_at=datetime(2026, 3, 20, 12, tzinfo=UTC),
    )

    assert later.due_on.isoformat() == "2026-04-19"


def test_without_the_permission_nothing_is_begun_checked_or_exported(us, writer):
    report = begun(writer)
    stranger = staff("exchange.freeze_customer")

    for act in (
        lambda: draft.start(kind="sar", actor=stranger, contents={}),
        lambda: draft.change(report_id=report.pk, contents={}, actor=stranger),
        lambda: draft.discard(report_id=report.pk, actor=stranger, reason="x"),
        lambda: approve.validate(report_id=report.pk, actor=stranger),
        lambda: approve.send_back(report_id=report.pk, actor=stranger, reason="x"),
        lambda: export.export(report_ids=[report.pk], actor=stranger),
        lambda: lock.lock(report_id=report.pk, actor=stranger),
    ):
        with pytest.raises(PermissionRefused):
            act()

    report.refresh_from_db()
    assert report.state == State.DRAFT


def test_a_report_given_up_stays_with_its_reason(us, writer):
    report = begun(writer)

    draft.discard(report_id=report.pk, actor=writer, reason="explained by a house sale")

    report.refresh_from_db()
    assert (report.state, report.closed_because) == ("discarded", "explained by a house sale")
    with pytest.raises(WrongState):
        draft.change(report_id=report.pk, contents={}, actor=writer)


def test_old_reports_go_and_held_ones_stay(us, writer, second):
    held, free = factories.customer(), factories.customer()
    for owner in (held, free):
        report = draft.start(kind="sar", actor=writer, contents=contents(SAR), customer_id=owner.pk)
        draft.discard(report_id=report.pk, actor=writer, reason="explained")
    holds.place(
        customer_id=held.pk, authority="District Court", reason="subpoena 12", actor=system("t")
    )

    assert retention.purge() == 0
    with clock.held_at(MOMENT + timedelta(days=365 * 6)):
        # PostgreSQL goes by its own clock: in its eyes the time is not over.
        with pytest.raises(REFUSED), transaction.atomic():
            retention.purge()


def test_a_report_whose_time_is_over_goes_with_its_papers(us, writer, second):
    owner = factories.customer()
    past = datetime(2020, 3, 12, 15, tzinfo=UTC)
    with clock.held_at(past):
        made = contents(SAR)
        made["activity"] = {**SAR["activity"], "from": "2020-02-01", "to": "2020-02-09"}
        made["ip_addresses"], made["virtual_addresses"] = [], []
        report = draft.start(kind="sar", actor=writer, contents=made, customer_id=owner.pk)
        approve.validate(report_id=report.pk, actor=writer)
        approve.approve(report_id=report.pk, actor=second)
        file = export.export(report_ids=[report.pk], actor=writer)
        acknowledge.import_answer(
            file_id=file.pk, content=answer("31000000000009"), file_name="a", actor=writer
        )
        lock.lock(report_id=report.pk, actor=writer)
    hold = holds.place(customer_id=owner.pk, authority="Court", reason="s", actor=system("t"))

    kept = retention.purge()
    holder = staff("compliance.change_legalhold")
    asked = holds.propose_lift(hold_id=hold.pk, actor=holder, reason="case closed")
    proposals.approve(proposal_id=asked.pk, actor=staff("compliance.change_legalhold"))
    gone = retention.purge()

    assert (kept, gone) == (0, 1)
    assert not Report.objects.exists()
    assert not ReportFile.objects.exists()
    assert AuditEvent.objects.filter(verb="reporting.purge").count() == 1
