"""Onboarding as a beginner meets it: page after page, nothing lost, and always what is missing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.identity import decide
from compliance.identity.models import Application, Document, ProviderCheck, ProviderEvent
from compliance.identity.providers import asking, hosted
from exchange.core import clock
from tests import factories
from tests.factories import identity as make

pytestmark = pytest.mark.django_db
ABOUT = {
    "given_names": "Anna Maria", "family_name": "Eriksson", "birth_date": "1974-08-12",
    "nationality": "SE", "country": "DE", "street": "Lindenweg 7", "city": "Kiel",
    "postal_code": "24103", "occupation": "teacher",
}  # fmt: skip
PAPER = {"id_kind": "passport", "id_country": "SE", "id_number": "L898902C3"}


@pytest.fixture
def who():
    return factories.customer()


@pytest.fixture
def browser(who):
    client = Client(enforce_csrf_checks=False)
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def picture(number=1, content=None):
    return SimpleUploadedFile("../../etc/passwd.exe", content or make.photo(seed=number))


def send_picture(browser, kind, number=1, content=None):
    return browser.post(
        "/identity/documents/upload",
        {"kind": kind, "side": "", "person": "", "file": picture(number, content)},
        follow=True,
    )


def test_a_beginner_gets_from_nothing_to_a_tier(browser, who):
    assert "Not verified" in browser.get("/identity").content.decode()
    step = browser.post("/identity/start", {"kind": "person", "tier": "1"})
    assert step.url == "/identity/step/about"
    assert browser.post(step.url, ABOUT).url == "/identity/step/offices"
    assert browser.post("/identity/step/offices", {"office": "none"}).url == "/identity/step/money"
    money = {"purpose": "invest", "source_of_funds": "salary", "declared_yearly": "20000"}
    assert browser.post("/identity/step/money", money).url == "/identity/documents"
    until = (clock.now().date() + timedelta(days=900)).isoformat()
    browser.post("/identity/documents", {**PAPER, "id_expires_on": until})
    send_picture(browser, "passport", 1)
    page = browser.get("/identity").content.decode()
    assert "3 of 4 steps done" in page
    assert "a photo of your face" in page
    send_picture(browser, "selfie", 2)
    assert "4 of 4 steps done" in browser.get("/identity/send").content.decode()
    assert browser.post("/identity/send", {"confirmed": "on"}).url == "/identity"
    assert "Being looked at" in browser.get("/identity").content.decode()

    decide.approve(application_id=Application.objects.get().pk, actor=make.reviewer())
    page = browser.get("/identity").content.decode()
    assert "Level: basic" in page
    assert "10,000 USD" in page


def test_what_was_typed_is_there_when_one_goes_on_later_and_nothing_else_is_needed(browser):
    browser.post("/identity/start", {"kind": "person", "tier": "1"})
    later = browser.post("/identity/step/about", {"family_name": "Eriksson", "later": "1"})
    assert later.url == "/identity"
    assert 'value="Eriksson"' in browser.get("/identity/step/about").content.decode()
    assert "your birth date" in browser.get("/identity").content.decode()


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(browser):
    browser.post("/identity/start", {"kind": "person", "tier": "1"})
    answer = browser.post("/identity/step/about", {**ABOUT, "birth_date": "2090-01-01"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This day can&#x27;t be." in page
    assert 'value="Lindenweg 7"' in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a" + bytes(900), "This is no JPEG, PNG or PDF."),
        (make.photo(size=(100, 100)), "too small to read"),
    ],
)
def test_a_file_that_can_t_be_used_is_explained(browser, content, words):
    browser.post("/identity/start", {"kind": "person", "tier": "1"})
    page = send_picture(browser, "passport", content=content).content.decode()
    assert words in page
    assert not Document.objects.exists()


def test_too_large_a_body_is_refused_before_it_is_read(browser):
    browser.post("/identity/start", {"kind": "person", "tier": "1"})
    answer = browser.generic(
        "POST", "/identity/documents/upload", b"x" * 11_000_000, content_type="multipart/form-data"
    )
    assert answer.url == "/identity/documents"
    assert "larger than 10 MB" in browser.get(answer.url).content.decode()


def test_an_upload_without_the_form_s_token_is_refused(who):
    client = Client(enforce_csrf_checks=True)
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/identity/documents/upload", {"kind": "passport"}).status_code == 403


def test_nobody_sees_a_stranger_s_picture(browser):
    row = make.filled()
    document = row.documents.first()
    assert browser.get(f"/identity/documents/{document.pk}/1").status_code == 404
    theirs = Client()
    theirs.force_login(row.customer.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = theirs.get(f"/identity/documents/{document.pk}/1")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_a_company_names_who_is_behind_it(browser):
    browser.post("/identity/start", {"kind": "company", "tier": "1"})
    assert Application.objects.get().tier == 2
    browser.post("/identity/people/add", {
        "kind": "person", "given_names": "Ann", "family_name": "Lee", "birth_date": "1980-01-01",
        "nationality": "IE", "country": "IE", "role": "both", "percent": "60",
    })  # fmt: skip
    too_much = browser.post("/identity/people/add", {
        "kind": "person", "family_name": "Lou", "role": "owner", "percent": "60", "country": "IE",
    })  # fmt: skip
    assert "more than 100" in too_much.content.decode()
    page = browser.get("/identity/step/people").content.decode()
    assert "Ann Lee" in page
    assert "Ann Lee" in browser.get("/identity/documents").content.decode()
    assert "Ann Lee" in browser.get("/identity/step/offices").content.decode()


def test_every_page_sends_staff_and_strangers_away(who):
    for path in ("", "/start", "/send", "/documents", "/step/about", "/people/add"):
        assert Client().get(f"/identity{path}").status_code == 302


SECRET = "whsec_test"


@pytest.fixture
def session(settings):
    """A check that waits for the provider's answer."""
    settings.IDENTITY_PROVIDERS = ["manual", "stripe"]
    settings.IDENTITY_STRIPE_SECRETS = ["whsec_old", SECRET]
    row = make.submitted()
    check = row.checks.get(provider="stripe")
    ProviderCheck.objects.filter(pk=check.pk).update(reference="vs_1", unsent=False)
    check.refresh_from_db()
    return check


def event(status="verified", *, id="evt_1", created=None, **error):
    session = {"id": "vs_1", "last_error": error or None}
    return json.dumps(
        {
            "id": id,
            "type": f"identity.verification_session.{status}",
            "created": created or int(clock.now().timestamp()),
            "data": {"object": session},
        }
    ).encode()


def tell(body, *, signature=None, at=None):
    header = signature or hosted.sign(body, secret=SECRET, at=at or clock.now())
    return Client().post(
        "/hooks/identity/stripe",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )


def test_a_provider_that_has_not_answered_or_says_no_holds_an_approval(session):
    with pytest.raises(decide.NotReady, match="stripe has not answered about document"):
        decide.approve(application_id=session.application_id, actor=make.reviewer())
    assert tell(event("canceled", code="consent_declined")).status_code == 200
    with pytest.raises(decide.NotReady, match="stripe says no: consent_declined"):
        decide.approve(application_id=session.application_id, actor=make.reviewer())
    later = int(clock.now().timestamp()) + 1
    assert tell(event(id="evt_2", created=later)).content == b"taken"
    decide.approve(application_id=session.application_id, actor=make.reviewer())


def test_the_same_message_again_changes_nothing_and_another_under_its_name_is_refused(session):
    body = event()
    assert [tell(body).content for _ in range(3)] == [b"taken", b"known", b"known"]
    assert tell(event("canceled")).status_code == 409
    session.refresh_from_db()
    assert (session.state, ProviderEvent.objects.count()) == ("passed", 1)


def test_an_older_message_that_comes_late_says_nothing_new(session):
    now = int(clock.now().timestamp())
    tell(event(created=now))
    assert tell(event("requires_input", id="evt_0", created=now - 60)).content == b"ignored"
    session.refresh_from_db()
    assert session.state == "passed"


@pytest.mark.parametrize(
    "signature",
    [
        "", "t=1,v1=00", "v1=00", "nonsense", "t=١,v1=00",
        "forged",
    ],
)  # fmt: skip
def test_who_can_not_sign_is_not_heard(session, signature):
    body = event()
    if signature == "forged":
        signature = hosted.sign(body, secret="guess", at=clock.now())
    assert tell(body, signature=signature or "x").status_code == 400
    session.refresh_from_db()
    assert (session.state, ProviderEvent.objects.count()) == ("asked", 0)


def test_a_recorded_message_is_worthless_after_five_minutes_and_so_is_a_changed_one(session):
    body = event()
    old = clock.now() - timedelta(minutes=6)
    assert tell(body, at=old).status_code == 400
    good = hosted.sign(body, secret=SECRET, at=clock.now())
    assert tell(body.replace(b"verified", b"canceled"), signature=good).status_code == 400
    assert tell(body, signature=good).status_code == 200


def test_what_is_signed_but_no_event_is_refused_politely(session):
    for body in (b"{}", b"[]", b"nonsense", b'{"id": 1}'):
        assert tell(body).status_code == 400
    assert Client().post("/hooks/identity/nobody", b"{}", content_type="x/y").status_code == 404


def test_a_provider_is_asked_once_and_again_when_it_was_away(settings, session, monkeypatch):
    import httpx

    settings.IDENTITY_STRIPE_KEY = "sk_test"
    ProviderCheck.objects.filter(pk=session.pk).update(unsent=True, reference="waits-1")
    asked = []

    def answer(url, **more):
        asked.append((url, more["headers"]["Idempotency-Key"]))
        if len(asked) == 1:
            raise httpx.ConnectError("away")
        request = httpx.Request("POST", url)
        return httpx.Response(
            200, json={"id": "vs_9", "url": "https://verify.example/9"}, request=request
        )

    monkeypatch.setattr(httpx, "post", answer)
    assert asking.ask_unsent() == 0
    assert asking.ask_unsent() == 0  # a minute has to pass
    with clock.held_at(clock.now() + timedelta(minutes=2)):
        assert asking.ask_unsent() == 1
    session.refresh_from_db()
    assert (session.reference, session.url, session.attempts) == (
        "vs_9", "https://verify.example/9", 1,
    )  # fmt: skip
    assert {key for _url, key in asked} == {f"check-{session.pk}"}
