"""The officers' pages: the queue with both sides, one name, the lists; and the same by program."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from compliance.identity.models import Identity
from compliance.screening.models import Hit, ListEntry
from compliance.screening.raise_hits import screen_customer
from exchange.accounts import roles
from exchange.accounts.models import Customer
from exchange.audit.models import AuditEvent, Proposal
from tests import factories
from tests.exchange.portal.conftest import as_role, every_role  # noqa: F401
from tests.factories.integrators import integrator
from tests.factories.screening import KORVALIN, MARLIN, TAMARI, imported

pytestmark = pytest.mark.django_db
DESK = "/staff/compliance/screening/"
NAME = "/staff/compliance/screen-name/"
PATH = "/compliance/v1/screen_name"


@pytest.fixture
def lists(tmp_path):
    return imported(tmp_path, KORVALIN, TAMARI, MARLIN)


@pytest.fixture
def hit(lists) -> Hit:
    customer = factories.customer()
    Identity.objects.create(customer=customer, given_names="Dmitri", family_name="Korvalin")
    screen_customer(customer.pk)
    return Hit.objects.get()


@pytest.fixture
def officer(as_role):  # noqa: F811
    return as_role(roles.COMPLIANCE_OFFICER)


def test_the_desk_shows_both_sides_and_the_score_part_by_part(officer, hit):
    page = officer.get(DESK).content.decode()

    assert "Dmitri Korvalin" in page
    assert "KORVALIN, Dmitri" in page
    assert "are the same." in page
    assert "1979-03-14" in page
    assert 'data-hotkey="f"' in page


def test_clearing_at_the_desk_proposes_and_goes_on_to_the_next(officer, hit):
    answer = officer.post(f"{DESK}?id={hit.pk}", {"act": "false", "why": "birth", "words": ""})

    assert (answer.status_code, answer.url) == (302, f"{DESK}?after={hit.pk}")
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.reason) == ("screening.clear_hit", "Another date of birth")
    hit.refresh_from_db()
    assert hit.state == Hit.State.OPEN
    page = officer.get(DESK).content.decode()  # it waits for a colleague
    assert "No hit waits" in page
    assert "1 for a second person" in page


def test_the_second_person_compares_both_sides_and_agrees_with_one_key(as_role, hit):  # noqa: F811
    officer, second = as_role(roles.COMPLIANCE_OFFICER), as_role(roles.MLRO)
    officer.post(f"{DESK}?id={hit.pk}", {"act": "false", "why": "birth", "words": ""})
    own = officer.post(f"{DESK}?id={hit.pk}", {"act": "agree"}).content.decode()
    assert "Nothing was decided." not in second.get(DESK).content.decode()

    page = second.get(DESK).content.decode()
    assert "KORVALIN, Dmitri" in page
    assert "Another date of birth" in page
    assert 'data-hotkey="a"' in page
    answer = second.post(f"{DESK}?id={hit.pk}", {"act": "agree", "words": ""})

    assert "data-hotkey" not in own or 'value="agree"' not in own  # nobody agrees with themselves
    assert answer.status_code == 302
    hit.refresh_from_db()
    assert hit.state == Hit.State.FALSE
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.decision_reason) == ("executed", "Compared both sides.")


def test_the_second_person_sends_a_hit_back(as_role, hit):  # noqa: F811
    officer, second = as_role(roles.COMPLIANCE_OFFICER), as_role(roles.MLRO)
    officer.post(f"{DESK}?id={hit.pk}", {"act": "false", "why": "birth", "words": ""})

    second.post(f"{DESK}?id={hit.pk}", {"act": "disagree", "words": "The name is the same."})

    hit.refresh_from_db()
    assert hit.state == Hit.State.OPEN
    assert Proposal.objects.get().state == "rejected"


def test_confirming_at_the_desk_freezes(officer, hit):
    officer.post(f"{DESK}?id={hit.pk}", {"act": "true", "why": "identical", "words": "Seen."})

    hit.refresh_from_db()
    assert (hit.state, hit.reason) == ("true", "Name, birth and documents agree. Seen.")
    assert hit.blocking.known_at == hit.decided_at or hit.blocking.known_at <= hit.decided_at


def test_without_a_reason_nothing_is_decided(officer, hit):
    page = officer.post(f"{DESK}?id={hit.pk}", {"act": "true"}).content.decode()

    assert "Nothing was decided." in page
    hit.refresh_from_db()
    assert hit.state == Hit.State.OPEN


def test_who_may_look_may_not_decide(as_role, hit):  # noqa: F811
    auditor = as_role(roles.AUDITOR)

    assert "data-hotkey" not in auditor.get(DESK).content.decode()
    assert auditor.post(f"{DESK}?id={hit.pk}", {"act": "true", "why": "birth"}).status_code == 403


def test_one_name_is_screened_by_hand_and_on_the_record(officer, lists):
    page = officer.post(NAME, {"name": "Korvalin Dmitry", "born": "1979"}).content.decode()

    assert "KORVALIN, Dmitri" in page
    event = AuditEvent.objects.get(verb="screening.screen_name")
    assert event.after == {"name": "Korvalin Dmitry", "kind": "", "matches": 1}
    assert "No list names anybody" in officer.post(NAME, {"name": "Ann Other"}).content.decode()


def test_every_row_has_a_page(officer, hit):
    for name, row in (("hit", hit), ("listentry", ListEntry.objects.first())):
        answer = officer.get(f"/staff/compliance/{name}/{row.pk}/change/")
        assert answer.status_code == 200
    version = hit.entry.added_in
    page = officer.get(f"/staff/compliance/listversion/{version.pk}/change/").content.decode()
    assert version.sha256 in page
    assert "KORVALIN, Dmitri" in page


def test_the_customer_s_page_shows_their_hits(officer, hit):
    page = officer.get(f"/staff/exchange/customer/{hit.customer_id}/change/").content.decode()

    assert "Screening" in page


def program(role: str = "") -> Customer:
    customer = factories.customer()
    if role:
        roles.sync_roles()
        customer.user.is_staff = True
        customer.user.save()
        customer.user.groups.add(Group.objects.get(name=role))
    return customer


def test_a_program_of_staff_screens_a_name(lists):
    trusted = integrator(program(roles.COMPLIANCE_OFFICER))

    answer = trusted.post(PATH, {"name": "Dmitri Korvallin", "kind": "person", "born": "1979"})

    assert (answer.status, answer.code) == (200, 1000)
    (match,) = answer.data["matches"]
    assert (match["uid"], match["score"], match["matched"]) == ("1", 987, "KORVALIN, Dmitri")
    assert [part["how"] for part in match["parts"]] == ["same", "sound", "birth agrees"]
    assert AuditEvent.objects.filter(verb="screening.screen_name").count() == 1


def test_a_customer_s_program_may_not_screen_names(lists):
    answer = integrator(program()).post(PATH, {"name": "Dmitri Korvalin"})

    assert answer.code == 30019
    assert not AuditEvent.objects.filter(verb="screening.screen_name").exists()


def test_names_without_end_and_unknown_kinds_are_refused(lists):
    trusted = integrator(program(roles.MLRO))

    assert trusted.post(PATH, {"name": "x" * 5000}).code != 1000
    assert trusted.post(PATH, {"name": "Ann", "kind": "robot"}).code != 1000
    assert trusted.post(PATH, {"name": "Ann", "floor": 10}).code != 1000
    assert trusted.post(PATH, {}).code != 1000


def test_programs_are_held_to_a_rate(lists, settings):
    settings.API_RATE_LIMITS = {PATH: (2, 60)}
    trusted = integrator(program(roles.MLRO))

    codes = [trusted.post(PATH, {"name": "Ann Other"}).status for _ in range(3)]

    assert codes == [200, 200, 429]
