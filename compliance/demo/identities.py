"""Who the demo's people are: its traders and market makers are verified, its beginner is not yet.

The beginner stays without an identity on purpose: logged in as that customer one sees what somebody
new sees, and may still bring in, trade and take out a little.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from compliance.identity import methods, risk, standing
from compliance.identity.approved import keep_identity
from compliance.identity.models import Application, Identity
from compliance.identity.words import Kind, Level, Method, Paper
from exchange.accounts.models import Customer
from exchange.core import clock
from exchange.core.actors import system

SEED = system("demo seed")
PEOPLE = {
    "alice": ("Alice", "Moreau", "CL", "Valdivia", date(1984, 3, 9), Level.ENHANCED),
    "bob": ("Bob", "Tanaka", "BR", "Recife", date(1979, 11, 30), Level.ENHANCED),
    "carol": ("Carol", "Nkemelu", "ZA", "Durban", date(1990, 6, 17), Level.ENHANCED),
    "dave": ("Dave", "Lindqvist", "UY", "Salto", date(1988, 1, 22), Level.ENHANCED),
}
COMPANIES = {
    "maker-bot": ("Harbour Making Ltd", "IE", "Cork", date(2019, 4, 2)),
    "taker-bot": ("Harbour Taking Ltd", "IE", "Cork", date(2019, 4, 3)),
}


def verify_known() -> int:
    """Give the demo's traders and market makers an approved identity, once. Returns how many."""
    names = [f"{name}@holdfast.example" for name in (*PEOPLE, *COMPANIES)]
    customers = Customer.objects.filter(user__email__in=names, identity=None).select_related("user")
    done = 0
    for customer in customers.order_by("id"):
        assert customer.user is not None
        with transaction.atomic():
            _verify(customer, customer.user.email.partition("@")[0])
        done += 1
    return done


def _verify(customer: Customer, name: str) -> None:
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if Identity.objects.filter(customer=customer).exists():
        return
    row = _person(customer, name) if name in PEOPLE else _company(customer, name)
    row.save()
    rated = risk.rate(row)
    row.risk = rated.risk
    row.save(update_fields=["risk"])
    risk.keep(row, rated)
    keep_identity(row, risk=rated.risk)
    standing.apply(customer_id=customer.pk)
    methods.verify(
        application_id=row.pk,
        actor=SEED,
        method=Method.EXISTENCE if row.is_company else Method.PHOTO_ID,
        document_type=Paper.REGISTER if row.is_company else Paper.PASSPORT,
        number=row.registration_number or f"DEMO{customer.pk:05d}",
        issuer="Demo",
        jurisdiction=row.country,
        expires_on=row.id_expires_on,
    )


def _person(customer: Customer, name: str) -> Application:
    given, family, country, city, birth, tier = PEOPLE[name]
    today = clock.now().date()
    return Application(
        **_approved(customer, tier),
        given_names=given,
        family_name=family,
        birth_date=birth,
        nationality=country,
        country=country,
        street="1 Example Street",
        city=city,
        occupation="trader",
        id_kind=Paper.PASSPORT,
        id_country=country,
        id_expires_on=today.replace(year=today.year + 5, day=1),
    )


def _company(customer: Customer, name: str) -> Application:
    legal, country, city, incorporated = COMPANIES[name]
    row = Application(
        **_approved(customer, Level.ENHANCED),
        kind=Kind.COMPANY,
        family_name=legal,
        birth_date=incorporated,
        country=country,
        street="2 Example Quay",
        city=city,
        occupation="market making",
        registration_number=f"DEMO-{customer.pk}",
    )
    row.save()
    row.owners.create(
        role="both", percent=100, given_names="Orla", family_name="Byrne", country="IE",
        nationality="IE", birth_date=date(1975, 2, 14),
    )  # fmt: skip
    return row


def _approved(customer: Customer, tier: int) -> dict[str, object]:
    now = clock.now()
    return {
        "customer": customer,
        "tier": tier,
        "state": Application.State.APPROVED,
        "purpose": "trade",
        "source_of_funds": "business",
        "declared_yearly": 50_000,
        "started_at": now,
        "submitted_at": now,
        "decided_at": now,
    }
