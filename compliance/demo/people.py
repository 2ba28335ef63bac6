"""Invented customers: names, countries, when they came, and what they said to expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import connection

from compliance.identity.models import Identity
from exchange.accounts.models import Customer, User

GIVEN = (
    "Ada Amir Ana Ben Bao Carla Chidi Dana Diego Elif Emre Farah Felix Gita Goran Hana Hugo Ines "
    "Ivan Jana Jonas Kaya Kofi Lea Liam Mara Mateo Mei Nadia Noah Olga Omar Petra Priya Quinn Rosa "
    "Rui Sana Sven Tara Tomas Uma Viktor Wanda Xenia Yara Yusuf Zoe Zoran"
).split()
FAMILY = (
    "Abara Adeyemi Almeida Baker Bauer Bianchi Castillo Chen Costa Dubois Eriksen Farouk Ferrari "
    "Fischer Garcia Haddad Hansen Ito Ivanov Jansen Kaur Kim Kovac Kowalski Laine Lopez Martin "
    "Mensah Meyer Moreau Nair Novak Okafor Olsen Park Patel Pereira Popescu Rahman Rossi Sato "
    "Schmidt Silva Singh Smith Tanaka Torres Vargas Weber Yilmaz"
).split()
COUNTRIES = ("CA", "US", "DE", "FR", "GB", "ES", "NL", "BR", "JP", "PL", "IN", "MX", "SE", "AU")
DOMAIN = "people.holdfast.example"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the demo, as the histories need them."""

    pk: int
    country: str
    tier: int
    since: datetime
    monthly: int  # what they move in a month, in USD


def settle(count: int, *, random: Random, now: datetime) -> list[Person]:
    """Customers with a user, a country, a tier and an identity. They can't log in."""
    nobody = make_password(None)
    names = [f"{random.choice(GIVEN)} {random.choice(FAMILY)}" for _ in range(count)]
    User.objects.bulk_create(
        [
            User(email=f"person{n}@{DOMAIN}", name=name, password=nobody)
            for n, name in enumerate(names)
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )
    users = list(
        User.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk").values_list("pk", "name")
    )[:count]
    countries = [random.choice(COUNTRIES) for _ in users]
    Customer.objects.bulk_create(
        [
            Customer(user_id=pk, name=name, country=country)
            for (pk, name), country in zip(users, countries, strict=True)
        ],
        batch_size=1_000,
    )
    ids = list(
        Customer.objects.filter(user__email__endswith=f"@{DOMAIN}")
        .order_by("user_id")
        .values_list("pk", flat=True)
    )
    people = [
        Person(
            pk=pk,
            country=country,
            tier=random.choices((1, 2, 3), (5, 4, 1))[0],
            since=now - timedelta(days=random.randrange(130, 175)),
            monthly=random.choice((400, 800, 1_500, 3_000, 6_000, 12_000)),
        )
        for pk, country in zip(ids, countries, strict=True)
    ]
    _date(people)
    _identify(people, dict(zip(ids, (name for _pk, name in users), strict=True)))
    return people


def _date(people: Sequence[Person]) -> None:
    """They came when they came, not when the demo was seeded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_customer c SET created_at = u.since"
            "  FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(id, since) WHERE c.id = u.id",
            [[each.pk for each in people], [each.since for each in people]],
        )


def _identify(people: Sequence[Person], names: dict[int, str]) -> None:
    rows = []
    for each in people:
        given, _space, family = names[each.pk].partition(" ")
        rows.append(
            Identity(
                customer_id=each.pk,
                given_names=given,
                family_name=family,
                country=each.country,
                nationality=each.country,
                tier=each.tier,
                approved_at=each.since,
                declared_yearly=each.monthly * 12,
            )
        )
    Identity.objects.bulk_create(rows, batch_size=1_000)
