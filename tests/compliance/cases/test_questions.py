"""Customers are asked in words that tell them nothing, and what they send is kept as it came."""

from __future__ import annotations

import hashlib

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.cases import evidence, hold, questions
from compliance.cases.models import CaseEvidence, CaseEvidenceContent, CaseQuestion
from compliance.cases.neutral import QUESTIONS
from exchange.accounts import neutral
from exchange.audit.models import AuditEvent
from exchange.core import outbox
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from tests import factories
from tests.factories import cases as f
from tests.factories.accounts import acting, rows_of_every_table, staff

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20 + b"\xff\xd9"
QUESTION = "Please tell us where the money you deposited comes from."


@pytest.fixture
def officer():
    return f.officer()


@pytest.fixture
def mine(officer):
    return hold.claim(case_id=f.case().pk, actor=officer)


@pytest.fixture
def asked(mine, officer) -> CaseQuestion:
    return questions.ask(
        case_id=mine.pk, customer_id=mine.customer_id, text=QUESTION, actor=officer
    )


@pytest.fixture
def browser(mine) -> Client:
    client = Client()
    client.force_login(mine.customer.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We filed a SAR about you.", "SAR"),
        ("A suspicious transfer was seen.", "suspicious"),
        ("FINTRAC wants to know this.", "FINTRAC"),
        ("This is about your case 17.", "your case"),
        ("Our Compliance team asks.", "Compliance"),
        ("An alert was raised.", "alert"),
    ],
)
def test_a_question_that_would_tip_somebody_off_is_refused_and_names_the_word(
    mine, officer, text, word
):
    with pytest.raises(neutral.TipsOff) as refused:
        questions.ask(case_id=mine.pk, customer_id=mine.customer_id, text=text, actor=officer)

    assert refused.value.limit == word
    assert not CaseQuestion.objects.exists()


def test_the_questions_that_we_offer_tell_nothing():
    for text in QUESTIONS.values():
        neutral.refuse_tipping_off(str(text), field="text")


def test_ordinary_words_that_only_look_alike_are_let_through():
    neutral.refuse_tipping_off("Street, straight, caesar, sparkling, pepper.", field="text")


def test_the_letter_and_the_pages_say_nothing_of_a_case(asked, browser):
    outbox.deliver()
    letter = next(each for each in mail.outbox if "question" in each.subject)
    pages = [browser.get("/account/questions"), browser.get(f"/account/questions/{asked.pk}")]

    assert QUESTION in pages[1].content.decode()
    for text in [letter.subject + letter.body, *(page.content.decode() for page in pages)]:
        assert f"case {asked.case_id}" not in text.lower()
        for word in ("suspic", "complian", "investigat", "alert"):
            assert word not in text.lower().replace('role="alert"', ""), word


def test_the_customer_answers_with_files_once(asked, browser):
    answer = browser.post(
        f"/account/questions/{asked.pk}",
        {"text": "From my salary.", "documents": SimpleUploadedFile("pay/../slip.exe", PDF)},
        follow=True,
    )

    assert "Your answer has arrived" in answer.content.decode()
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("answered", "From my salary.")
    kept = CaseEvidence.objects.get()
    assert (kept.source, kept.kind, kept.question) == ("customer", "application/pdf", asked)
    assert kept.name == "slip.exe.pdf"
    again = browser.post(f"/account/questions/{asked.pk}", {"text": "And my bonus."})
    assert again.status_code == 422
    asked.refresh_from_db()
    assert asked.answer == "From my salary."


def test_another_customer_s_question_does_not_exist(asked):
    stranger = factories.customer()

    with pytest.raises(NotFound):
        questions.answer(question_id=asked.pk, text="hello", actor=acting(stranger))
    client = Client()
    client.force_login(stranger.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/account/questions/{asked.pk}").status_code == 404


def test_a_question_not_asked_any_more_is_gone_for_the_customer(asked, browser, officer):
    questions.withdraw(question_id=asked.pk, actor=officer)

    assert browser.get(f"/account/questions/{asked.pk}").status_code == 404
    assert QUESTION not in browser.get("/account/questions").content.decode()


def test_at_most_five_questions_wait_for_one_customer(mine, officer):
    for _ in range(5):
        questions.ask(case_id=mine.pk, customer_id=mine.customer_id, text=QUESTION, actor=officer)

    with pytest.raises(Conflict):
        questions.ask(case_id=mine.pk, customer_id=mine.customer_id, text=QUESTION, actor=officer)


def test_only_the_people_of_the_case_are_asked(mine, officer):
    with pytest.raises(Invalid):
        questions.ask(
            case_id=mine.pk, customer_id=factories.customer().pk, text=QUESTION, actor=officer
        )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (b"a,b\n1,2\n", "text/plain"),
    ],
)
def test_a_file_is_what_its_content_says(mine, officer, content, kind):
    kept = evidence.hand_in(case_id=mine.pk, name="x.exe", content=content, actor=officer)

    assert (kept.kind, kept.sha256) == (kind, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00\x03\x00",
        b"%PDF-1.7 cut short \x00",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xfe\x00\x01",
        b"a" * (evidence.MOST_BYTES + 1),
    ],
)
def test_what_is_no_document_is_refused_and_not_kept(mine, officer, content):
    with pytest.raises(Invalid):
        evidence.hand_in(case_id=mine.pk, name="fine.pdf", content=content, actor=officer)

    assert not CaseEvidence.objects.exists()


def test_the_same_file_twice_is_one(mine, officer):
    first = evidence.hand_in(case_id=mine.pk, name="a.pdf", content=PDF, actor=officer)

    assert evidence.hand_in(case_id=mine.pk, name="b.pdf", content=PDF, actor=officer) == first


def test_at_rest_nobody_reads_a_file(mine, officer):
    text = b"a sentence that nobody should find at rest"
    evidence.hand_in(case_id=mine.pk, name="a.txt", content=text, actor=officer)

    whole = str(rows_of_every_table())

    assert text.decode() not in whole
    assert text.hex() not in whole


def test_a_sealed_file_does_not_open_on_another_row(mine, officer):
    one = evidence.hand_in(case_id=mine.pk, name="a.txt", content=b"one", actor=officer)
    two = evidence.hand_in(case_id=mine.pk, name="b.txt", content=b"two", actor=officer)
    CaseEvidenceContent.objects.filter(evidence=two).update(
        sealed=CaseEvidenceContent.objects.get(evidence=one).sealed
    )

    with pytest.raises(ValueError, match="not sealed"):
        evidence.open_evidence(evidence_id=two.pk, actor=officer)


def test_every_look_is_written_down(mine, officer):
    kept = evidence.hand_in(case_id=mine.pk, name="a.pdf", content=PDF, actor=officer)

    assert evidence.open_evidence(evidence_id=kept.pk, actor=officer).content == PDF

    event = AuditEvent.objects.get(verb="cases.view_evidence")
    assert (event.user_id, event.target_id) == (officer.user_id, str(mine.pk))
    assert event.after == {"evidence": kept.pk, "sha256": kept.sha256}
    with pytest.raises(PermissionRefused):
        evidence.open_evidence(evidence_id=kept.pk, actor=staff())
