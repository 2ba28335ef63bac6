"""From a draft to a tier: what is missing, what is odd, who decides, and what follows from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from compliance.identity import apply, checks, decide, methods, queries, submit
from compliance.identity.models import Assessment, Decision, Identity, Verification
from compliance.identity.words import Method, Product
from exchange.accounts.models import Restriction
from exchange.audit import proposals
from exchange.audit.models import AuditEvent, Proposal
from exchange.core import clock
from exchange.core.errors import Conflict, Invalid, PermissionRefused
from exchange.core.models import OutboxEvent
from tests import factories
from tests.factories import identity as make
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch):
    """What rooms above check is their own tests' business."""
    own = {n: c for n, c in checks._checks.items() if c.check.__module__.endswith("own_checks")}
    monkeypatch.setattr(checks, "_checks", own)


@pytest.fixture
def watcher(nobody_else):
    """A room above that may have something to say."""
    said = [checks.PASS]
    checks.register("names", lambda application: said[0], order=checks.SCREENING)
    return said


def letters():
    return [
        (e.payload["letter"], e.payload["facts"])
        for e in OutboxEvent.objects.filter(topic="mail.send").order_by("id")
    ]


def test_a_draft_says_everything_that_is_missing_and_can_t_be_handed_in():
    row = make.draft()
    with pytest.raises(submit.Incomplete) as refused:
        submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))
    assert refused.value.field == "family_name"
    assert refused.value.limit == [
        "your family name", "your birth date", "your citizenship", "where you live",
        "your street and number", "your town", "what you do for a living",
        "whether you or somebody close holds a public office", "what the account is for",
        "where the money comes from", "how much you expect to bring a year",
        "which document you show", "its number", "which country issued it",
        "until when it is valid", "a picture of it", "a photo of your face",
    ]  # fmt: skip


def test_an_approval_makes_the_tier_records_the_method_and_tells_everybody():
    row = make.submitted()
    officer = make.reviewer()
    decide.approve(application_id=row.pk, actor=officer)

    who = queries.identity_of(row.customer_id)
    assert (who.name, who.version, who.tier, who.country) == ("Anna Maria Eriksson", 1, 1, "DE")
    assert queries.may(row.customer_id, Product.SPOT)
    method = Verification.objects.get()
    assert (method.method, method.document_type, method.jurisdiction, method.verified_by) == (
        "photo_id", "passport", "SE", officer.label,
    )  # fmt: skip
    assert methods.number_of(method) == "L898902C3"
    assert b"L898902C3" not in bytes(method.sealed_number)
    told = OutboxEvent.objects.get(topic="identity.changed").payload
    assert told == {"customer_id": row.customer_id, "version": 1}
    assert letters()[-1] == ("identity_approved", {"level": "basic"})
    row.customer.refresh_from_db()
    assert row.customer.country == "DE"


def test_what_a_check_of_another_room_holds_is_not_approved_and_it_says_why(watcher):
    row = make.submitted()
    watcher[0] = checks.Outcome(checks.Verdict.HOLD, "2 open hits")
    with pytest.raises(decide.NotReady) as refused:
        decide.approve(application_id=row.pk, actor=make.reviewer())
    assert refused.value.limit == ["names"]
    assert "2 open hits" in str(refused.value)
    assert not Identity.objects.exists()

    watcher[0] = checks.PASS
    decide.approve(application_id=row.pk, actor=make.reviewer())
    assert {"name": "names", "verdict": "pass", "says": ""} in Decision.objects.get().checks


def test_a_check_that_breaks_holds(monkeypatch):
    monkeypatch.setattr(checks, "_checks", dict(checks._checks))
    checks.register("broken", lambda application: 1 / 0)
    with pytest.raises(decide.NotReady, match="ZeroDivisionError"):
        decide.approve(application_id=make.submitted().pk, actor=make.reviewer())


def foreign_minister(**more):
    row = make.filled(**more)
    apply.declare(
        application_id=row.pk,
        office="foreign",
        connection="self",
        position="minister",
        country="SE",
        actor=acting(row.customer),
    )
    return submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))


def test_high_risk_takes_two_people():
    row = foreign_minister()
    assert row.risk == "high"
    first, second = make.senior(), make.senior()
    decide.approve(application_id=row.pk, actor=first, words="read twice")
    row.refresh_from_db()
    assert (row.state, Identity.objects.count()) == ("proposed", 0)

    with pytest.raises(proposals.OwnProposal):
        decide.confirm(application_id=row.pk, actor=first)
    decide.confirm(application_id=row.pk, actor=second)
    row.refresh_from_db()
    assert row.state == "approved"
    assert queries.risk_of(row.customer_id).reasons == (
        "Foreign politically exposed person: high by law",
    )


def test_a_reviewer_without_the_permission_can_not_even_propose_high_risk():
    row = foreign_minister()
    with pytest.raises(PermissionRefused):
        decide.approve(application_id=row.pk, actor=make.reviewer())
    row.refresh_from_db()
    assert (row.state, Proposal.objects.count()) == ("submitted", 0)


def test_a_second_reviewer_who_does_not_agree_puts_it_back():
    row = foreign_minister()
    decide.approve(application_id=row.pk, actor=make.senior())
    decide.turn_down(application_id=row.pk, actor=make.senior(), reason="no source of wealth")
    row.refresh_from_db()
    assert row.state == "submitted"
    assert Decision.objects.last().words == "no source of wealth"


def test_a_proposal_that_ran_out_comes_back_by_itself():
    row = foreign_minister()
    decide.approve(application_id=row.pk, actor=make.senior())
    with clock.held_at(clock.now() + timedelta(days=4)):
        proposals.expire_stale()
        assert decide.return_undecided() == 1
        assert decide.return_undecided() == 0
    row.refresh_from_db()
    assert row.state == "submitted"


def test_asked_for_more_the_customer_reads_what_and_hands_it_in_again():
    row = make.submitted()
    decide.ask(application_id=row.pk, code="blurred", actor=make.reviewer(), words="Page two.")
    row.refresh_from_db()
    what = "The picture is blurred or dark: please take it again. Page two."
    assert (row.state, decide.told_customer(row)) == ("asked", what)
    assert letters()[-1] == ("identity_asked", {"what": what})

    submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))
    row.refresh_from_db()
    assert (row.state, row.asked_words) == ("submitted", "")


def test_a_refusal_needs_a_known_reason_and_moves_no_tier():
    row = make.submitted()
    with pytest.raises(Invalid):
        decide.refuse(application_id=row.pk, code="bad mood", actor=make.reviewer())
    decide.refuse(application_id=row.pk, code="policy", actor=make.reviewer(), words="a hit")
    assert queries.tier_of(row.customer_id) == 0
    assert letters()[-1] == ("identity_refused", {"why": "We can't open this account."})


def test_nobody_decides_twice_nor_their_own():
    row = make.submitted()
    own = staff(*make.REVIEWER, holder=row.customer.user)
    with pytest.raises(PermissionRefused):
        decide.approve(application_id=row.pk, actor=own)
    decide.approve(application_id=row.pk, actor=make.reviewer())
    with pytest.raises(Conflict):
        decide.refuse(application_id=row.pk, code="policy", actor=make.reviewer())


def test_two_reviewers_do_not_read_the_same_one():
    row = make.submitted()
    first = make.reviewer()
    decide.claim(application_id=row.pk, actor=first)
    decide.claim(application_id=row.pk, actor=first)
    with pytest.raises(Conflict):
        decide.claim(application_id=row.pk, actor=make.reviewer())
    with clock.held_at(clock.now() + timedelta(minutes=21)):
        decide.claim(application_id=row.pk, actor=make.reviewer())


def test_what_is_odd_is_noted_and_counts():
    row = make.filled(
        mrz=make.passport_lines(),
        id_expires_on=date(2032, 4, 15),
        birth_date=date(1974, 8, 13),
        country="FR",
    )
    vpn = acting(row.customer)
    vpn = type(vpn)(**{**{f: getattr(vpn, f) for f in vpn.__slots__}, "ip": "203.0.113.200"})
    row = submit.submit(application_id=row.pk, confirmed=True, actor=vpn)
    assert row.notes == ["ip_elsewhere", "vpn", "mrz_mismatch"]
    assert [field for field, _lines, _form in submit.disagreements(row)] == ["birth_date"]
    assert {r["code"] for r in Assessment.objects.get().reasons} == {
        "ip_elsewhere", "vpn", "mrz_mismatch",
    }  # fmt: skip
    assert row.risk == "medium"


def test_the_same_person_with_another_account_is_noticed_in_any_order_of_names():
    make.identified(
        factories.customer(),
        given_names="MARIA ANNA",
        family_name="Eriksson",
        birth_date=date(1974, 8, 12),
    )
    assert make.submitted().notes == ["same_person"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"country": "ZZ"}, "country"),
        ({"birth_date": "1974-02-30"}, "birth_date"),
        ({"birth_date": "2090-01-01"}, "birth_date"),
        ({"id_expires_on": "2020-01-01"}, "id_expires_on"),
        ({"declared_yearly": "lots"}, "declared_yearly"),
        ({"family_name": "x" * 161}, "family_name"),
        ({"mrz": "hello"}, "mrz"),
        ({"purpose": "fun"}, "purpose"),
        ({"tier": 3}, "tier"),
    ],
)
def test_what_can_t_be_is_refused_beside_its_field(values, field):
    row = make.draft()
    with pytest.raises(Invalid) as refused:
        apply.save(application_id=row.pk, values=values, actor=acting(row.customer))
    assert refused.value.field == field


def test_nobody_fills_in_for_a_stranger():
    row = make.draft()
    with pytest.raises(PermissionRefused):
        apply.save(
            application_id=row.pk, values={"city": "Kiel"}, actor=acting(factories.customer())
        )


def test_the_young_and_those_we_do_not_serve_can_not_hand_in():
    for values in (
        {"birth_date": clock.now().date() - timedelta(days=17 * 365)},
        {"country": "TH", "birth_date": clock.now().date() - timedelta(days=19 * 366)},
        {"country": "KP"},
        {"country": "UA", "region": "Автономна Республіка Крим"},
        {"country": "UA", "postal_code": "95000"},
    ):
        row = make.filled(**values)
        with pytest.raises(submit.NotServed):
            submit.submit(application_id=row.pk, confirmed=True, actor=acting(row.customer))


def test_who_says_that_they_live_where_we_do_not_serve_can_trade_and_move_nothing():
    row = make.draft()
    me = acting(row.customer)
    apply.save(application_id=row.pk, values={"country": "IR"}, actor=me)
    standing = Restriction.objects.filter(customer=row.customer, lifted_at=None)
    assert sorted(standing.values_list("kind", flat=True)) == ["deposit", "trading", "withdrawal"]

    apply.save(application_id=row.pk, values={"country": "DE"}, actor=me)
    left = Restriction.objects.filter(customer=row.customer, lifted_at=None)
    assert sorted(left.values_list("kind", flat=True)) == ["trading", "withdrawal"]
    assert left.first().customer_message == (
        "In Germany spot trading need a basic verification of your identity."
    )


def test_the_record_of_an_approval_names_who_and_why():
    row = make.submitted()
    officer = make.reviewer()
    decide.approve(application_id=row.pk, actor=officer, words="all fine")
    event = AuditEvent.objects.get(verb="identity.approve")
    assert (event.actor, event.reason) == (officer.label, "all fine")


def test_another_method_recorded_first_is_the_one_that_counts():
    row = make.submitted()
    officer = make.reviewer()
    methods.verify(
        application_id=row.pk,
        method=Method.DUAL_PROCESS,
        sources=[
            {
                "name": "Bank of Kiel",
                "kind": "statement",
                "number": "1",
                "confirms": "name_account",
            },
            {"name": "Town", "kind": "letter", "number": "2", "confirms": "name_address"},
        ],
        actor=officer,
    )
    decide.approve(application_id=row.pk, actor=officer)
    assert [v.method for v in Verification.objects.all()] == ["dual_process"]
