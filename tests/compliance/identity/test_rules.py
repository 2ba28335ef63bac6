"""Countries, tiers, limits, methods, risk, clocks: what tables say, and who may change them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from compliance.identity import (
    approved,
    countries,
    jurisdictions,
    limits,
    methods,
    pep,
    queries,
    risk,
    standing,
)
from compliance.identity.models import CountryRule, Identity, PepReview
from compliance.identity.words import Method, Product, Risk
from exchange.accounts import restrictions
from exchange.accounts.models import Restriction
from exchange.audit import proposals
from exchange.core import clock, networks
from exchange.core.errors import Invalid, PermissionRefused, Restricted
from tests import factories
from tests.factories import SYSTEM
from tests.factories import identity as make
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db
D = Decimal


def test_every_country_of_the_iso_list_has_rules():
    every = jurisdictions.every()
    assert len(every) == 250  # 249 of ISO 3166-1, and Kosovo
    assert {c.code for c in every if not c.served and c.risk == Risk.PROHIBITED} == {
        "CU", "IR", "KP",
    }  # fmt: skip
    assert all(18 <= c.adult <= 21 for c in every)
    for tier in range(4):
        for country in every:
            limits.limits_for(tier=tier, country=country.code, risk=country.risk)


def test_a_higher_tier_never_allows_less():
    def unlimited(amount):
        return D("Infinity") if amount is None else amount

    for country in jurisdictions.every():
        rows = [
            limits.limits_for(tier=t, country=country.code, risk=country.risk) for t in range(4)
        ]
        for lower, higher in zip(rows, rows[1:], strict=False):
            for a, b in zip(lower[1:], higher[1:], strict=True):
                assert unlimited(a) <= unlimited(b), country.code


def test_somebody_without_an_identity_may_bring_in_trade_and_take_out_a_little():
    who = factories.customer()
    assert [bool(queries.may(who.pk, p)) for p in Product.values] == [
        True, True, True, False, False, False, False, False,
    ]  # fmt: skip
    assert queries.limits_of(who.pk) == (0, 5000, 10000, 700, 2000)
    assert pep.cad(D(700)) < 1100  # about the CAD 1,000 from which FINTRAC has us verify


@pytest.mark.parametrize(
    ("country", "tier", "product", "code"),
    [
        ("DE", 1, "spot", ""),
        ("DE", 1, "perpetuals", "tier"),
        ("DE", 3, "perpetuals", ""),
        ("US", 3, "perpetuals", "not_offered"),
        ("US", 1, "spot", ""),
        ("GB", 3, "margin", "not_offered"),
        ("KP", 3, "deposit", "not_served"),
        ("CN", 3, "spot", "not_served"),
        ("RU", 1, "spot", "tier"),
        ("RU", 2, "spot", ""),
    ],
)
def test_what_a_tier_may_use_where(country, tier, product, code):
    who = factories.customer()
    make.identified(who, country=country, tier=tier)
    answer = queries.may(who.pk, product)
    assert (bool(answer), answer.code) == (code == "", code)


def test_a_sub_account_is_its_main_account():
    who = factories.customer()
    make.identified(who, tier=2)
    sub = factories.customer(parent=who)
    assert queries.tier_of(sub.pk) == 2
    assert queries.identity_of(sub.pk).customer_id == who.pk


def test_a_country_is_changed_by_two_people_and_everybody_there_feels_it():
    who, elsewhere = factories.customer(), factories.customer()
    make.identified(who, country="PT")
    make.identified(elsewhere, country="ES")
    first, second = staff(countries.PERMISSION), staff(countries.PERMISSION)
    proposal = countries.propose_change(
        country="PT", changes={"spot": "-"}, reason="a new law", actor=first
    )
    assert queries.may(who.pk, Product.SPOT)
    with pytest.raises(PermissionRefused):
        proposals.approve(proposal_id=proposal.pk, actor=first)
    proposals.approve(proposal_id=proposal.pk, actor=second)
    assert not queries.may(who.pk, Product.SPOT)

    assert standing.apply_changed_countries() == 1
    assert standing.apply_changed_countries() == 0
    with pytest.raises(Restricted, match="We don't offer spot trading in Portugal."):
        restrictions.refuse_if_restricted(who.pk, "trading")
    restrictions.refuse_if_restricted(elsewhere.pk, "trading")


def test_a_change_that_was_cut_off_goes_on_where_it_stopped():
    people = [factories.customer() for _ in range(5)]
    for who in people:
        make.identified(who, country="PT")
    CountryRule.objects.create(
        country="PT", changes={"spot": "-"}, reason="law", changed_at=clock.now(), changed_by="x"
    )
    assert [standing.apply_changed_countries(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert Restriction.objects.filter(kind="trading", lifted_at=None).count() == 5


@pytest.mark.parametrize(
    "changes", [{"spot": "9"}, {"adult": "12"}, {"risk": "funny"}, {"name": "Lusitania"}]
)
def test_a_rule_that_can_t_be_is_not_even_proposed(changes):
    with pytest.raises(Invalid):
        countries.propose_change(
            country="PT", changes=changes, reason="why not", actor=staff(countries.PERMISSION)
        )


def test_a_rule_lifts_what_it_imposed_and_never_what_people_did():
    who = factories.customer(country="KP")
    restrictions.restrict(customer_id=who.pk, kind="trading", actor=SYSTEM, reason="by hand")
    standing.apply(customer_id=who.pk)
    who.country = "DE"
    who.save()
    make.identified(who)
    standing.apply(customer_id=who.pk)
    left = Restriction.objects.get(lifted_at=None)
    assert (left.kind, left.reason) == ("trading", "by hand")
    with pytest.raises(PermissionRefused):
        restrictions.lift_own(restriction_id=left.pk, actor=standing.RULES, reason="mine")


PHOTO = {
    "document_type": "passport",
    "number": "L898902C3",
    "issuer": "Sweden",
    "jurisdiction": "SE",
    "expires_on": date(2032, 4, 15),
}
BANK = {"name": "Bank", "kind": "statement", "number": "1", "confirms": "name_account"}
TOWN = {"name": "Town", "kind": "tax bill", "number": "2", "confirms": "name_address"}


@pytest.mark.parametrize(
    ("method", "record", "field"),
    [
        *((Method.PHOTO_ID, {**PHOTO, name: ""}, name) for name in PHOTO if name != "expires_on"),
        (Method.PHOTO_ID, {**PHOTO, "expires_on": None}, "expires_on"),
        (Method.PHOTO_ID, {**PHOTO, "expires_on": date(2020, 1, 1)}, "expires_on"),
        (Method.PHOTO_ID, {**PHOTO, "document_type": "address"}, "document_type"),
        (Method.DUAL_PROCESS, {"sources": [BANK]}, "sources"),
        (Method.DUAL_PROCESS, {"sources": [BANK, {**TOWN, "name": " bank "}]}, "sources"),
        (Method.DUAL_PROCESS, {"sources": [BANK, {**TOWN, "name": "Holdfast"}]}, "sources"),
        (
            Method.DUAL_PROCESS,
            {"sources": [BANK, {**TOWN, "confirms": "name_account"}]},
            "confirms",
        ),
        (Method.DUAL_PROCESS, {"sources": [BANK, {**TOWN, "number": ""}]}, "number"),
        (Method.CREDIT_FILE, {"sources": [{"name": "E", "number": "1"}]}, "since"),
        (
            Method.CREDIT_FILE,
            {"sources": [{"name": "E", "number": "1", "since": "2025-01-01"}]},
            "since",
        ),
        (Method.RELIANCE, {"sources": [{"name": "Bank", "method": "photo_id"}]}, "agreement"),
        (Method.EXISTENCE, PHOTO, "method"),
        (Method.PHOTO_ID, {**PHOTO, "verified_on": date(2090, 1, 1)}, "verified_on"),
        (Method.PHOTO_ID, {**PHOTO, "jurisdiction": "ZZ"}, "jurisdiction"),
    ],
)
def test_a_record_without_what_fintrac_wants_is_refused(method, record, field):
    row = make.draft()
    with pytest.raises(Invalid) as refused:
        methods.verify(application_id=row.pk, method=method, actor=make.reviewer(), **record)
    assert refused.value.field == field
    assert not row.verifications.exists()


def test_the_numbers_of_sources_are_sealed():
    row = make.draft()
    made = methods.verify(
        application_id=row.pk,
        method=Method.DUAL_PROCESS,
        sources=[BANK, TOWN],
        actor=make.reviewer(),
    )
    assert [methods.source_number(made, s) for s in made.sources] == ["1", "2"]
    assert all("number" not in source for source in made.sources)


@pytest.mark.parametrize(
    ("changes", "score", "rated"),
    [
        ({}, 0, "low"),
        ({"country": "BR", "declared_yearly": "100000"}, 25, "medium"),
        ({"country": "MM"}, 75, "high"),
        ({"country": "IR"}, 1040, "prohibited"),
        (
            {"purpose": "others", "source_of_funds": "gambling", "occupation": "pawn shop"},
            70,
            "high",
        ),
    ],
)
def test_the_table_rates_and_says_why(changes, score, rated):
    row = make.filled(**changes)
    made = risk.rate(row)
    assert (made.score, made.risk) == (score, rated)
    assert sum(rule.points for rule in made.reasons) == score
    kept = risk.keep(row, made)
    assert (kept.rules_version, queries.risk_of(row.customer_id).risk) == (risk.VERSION, rated)


def test_an_identity_is_refreshed_by_risk_and_no_later_than_its_document():
    today = clock.now().date()
    for rated, days in (("low", 3 * 365), ("medium", 2 * 365), ("high", 365)):
        row = make.identified(factories.customer(), risk=rated)
        assert abs((row.refresh_due - today).days - days) <= 4
    early = today + timedelta(days=40)
    row = make.identified(factories.customer(), id_expires_on=early)
    assert row.refresh_due == early


def test_who_does_not_refresh_in_time_loses_the_tier_and_gets_it_back():
    who = factories.customer()
    make.identified(who, tier=2, country="DE")
    due = clock.now() + timedelta(days=3 * 366)
    with clock.held_at(due):
        assert [approved.ask_to_refresh(), approved.ask_to_refresh()] == [1, 0]
        assert approved.lapse_stale() == 0
        assert queries.tier_of(who.pk) == 2
    with clock.held_at(due + timedelta(days=31)):
        assert [approved.lapse_stale(), approved.lapse_stale()] == [1, 0]
        assert queries.tier_of(who.pk) == 0
        assert queries.identity_of(who.pk) is not None
        assert Restriction.objects.filter(customer=who, kind="trading", lifted_at=None).exists()
        make.identified(who, tier=2, country="DE")
        standing.apply(customer_id=who.pk)
        assert queries.tier_of(who.pk) == 2
        assert Identity.objects.get().version == 2


def test_a_hundred_thousand_canadian_dollars_start_thirty_days_once(settings):
    settings.CAD_PER_USD = "1.40"
    who = factories.customer()
    at = clock.now()

    def note(usd, reference):
        return pep.note_transfer(
            customer_id=who.pk, usd=D(usd), reference=reference, at=at, actor=SYSTEM
        )

    assert note("71428.56", "deposit:1:1") is None  # CAD 99,999.99
    row = note("71428.58", "deposit:2:1")
    assert (row.amount_cad, row.due) == (D("100000.02"), at.date() + timedelta(days=30))
    assert note("71428.58", "deposit:2:1") == row
    assert note("500000", "deposit:3:1") == row  # the open one covers it
    assert PepReview.objects.count() == 1


def test_a_public_office_found_needs_sources_and_somebody_senior():
    row = PepReview.objects.create(
        customer=factories.customer(),
        reference="deposit:1:1",
        amount_cad=D(100_000),
        happened_at=clock.now(),
        due=clock.now().date(),
    )
    found = {"review_id": row.pk, "office": "foreign", "findings": "asked and searched"}
    with pytest.raises(PermissionRefused):
        pep.conclude(**found, actor=make.reviewer())
    with pytest.raises(Invalid) as refused:
        pep.conclude(**found, actor=make.senior())
    assert refused.value.field == "source_of_funds"
    done = pep.conclude(
        **found, source_of_funds="salary", source_of_wealth="a house sold", actor=make.senior()
    )
    assert (done.state, done.office) == ("done", "foreign")


@pytest.mark.parametrize(
    ("ip", "country", "hides"),
    [
        ("203.0.113.9", "DE", False),
        ("203.0.113.200", "NL", True),
        ("::ffff:203.0.113.200", "NL", True),
        ("2001:db8:8000::1", "IR", False),
        ("8.8.8.8", "", False),
        ("nonsense", "", False),
        (None, "", False),
    ],
)
def test_an_address_is_somewhere_or_nowhere(ip, country, hides):
    place = networks.place_of(ip)
    assert (place.country, place.hides) == (country, hides)
