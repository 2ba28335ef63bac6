"""Invented customers: names, countries, when they came, and what they said to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
# Where in each country somebody may live: city, region (where reports want one), postal code.
PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "CA": (("Hamilton", "ON", "L8P 1A1"), ("Nanaimo", "BC", "V9R 5H9"), ("Laval", "QC", "H7V 3Z4")),
    "US": (("Augusta", "ME", "04330"), ("Boise", "ID", "83702"), ("Tulsa", "OK", "74103")),
    "DE": (("Kassel", "", "34117"), ("Rostock", "", "18055")),
    "FR": (("Tours", "", "37000"), ("Nantes", "", "44000")),
    "GB": (("Derby", "", "DE1 2FS"), ("Dundee", "", "DD1 3JW")),
    "ES": (("Murcia", "", "30001"), ("Gijon", "", "33201")),
    "NL": (("Breda", "", "4811 AA"), ("Zwolle", "", "8011 PK")),
    "BR": (("Curitiba", "", "80010-000"), ("Natal", "", "59012-360")),
    "JP": (("Niigata", "", "951-8055"), ("Kochi", "", "780-0870")),
    "PL": (("Torun", "", "87-100"), ("Opole", "", "45-018")),
    "IN": (("Nashik", "", "422001"), ("Kochi", "", "682001")),
    "MX": (("Puebla", "PU", "72000"), ("Toluca", "EM", "50000")),
    "SE": (("Gavle", "", "803 20"), ("Lund", "", "222 22")),
    "AU": (("Hobart", "", "7000"), ("Cairns", "", "4870")),
}  # fmt: skip
STREETS = (
    "Mill Lane",
    "Station Road",
    "Harbour Street",
    "Linden Avenue",
    "Church Row",
    "Market Place",
)
WORK = (
    "nurse teacher electrician accountant driver engineer cook designer farmer mechanic pharmacist "
    "plumber programmer translator welder florist carpenter architect"
).split()
COUNTRIES = ("CA", "US", "DE", "FR", "GB", "ES", "NL", "BR", "JP", "PL", "IN", "MX", "SE", "AU")
DOMAIN = "people.holdfast.example"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the demo, as the histories need them."""

    pk: int
    name: str
    country: str
    tier: int
    since: datetime
    monthly: int  # what they move in a month, in USD

    @property
    def home(self) -> str:
        """The address on the Internet that they come from."""
        return f"10.{self.pk // 62_500 % 250}.{self.pk // 250 % 250}.{self.pk % 250 + 1}"


def settle(count: int, *, random: Random, now: datetime) -> list[Person]:
    """Customers with a user, a country and a tier. They can't log in. `introduce` says the rest."""
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
    return [
        Person(
            pk=pk,
            name=name,
            country=country,
            tier=random.choices((1, 2, 3), (5, 4, 1))[0],
            since=now - timedelta(days=random.randrange(130, 175)),
            monthly=random.choice((400, 800, 1_500, 3_000, 6_000, 12_000)),
        )
        for pk, (_user, name), country in zip(ids, users, countries, strict=True)
    ]


def introduce(people: Sequence[Person], *, opened: Mapping[int, datetime], random: Random) -> None:
    """Give them an identity, and the day they came: their own, or the one a pattern asks for."""
    since = {each.pk: opened.get(each.pk, each.since) for each in people}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_customer c SET created_at = u.since"
            "  FROM unnest(%s::bigint[], %s::timestamptz[]) AS u(id, since) WHERE c.id = u.id",
            [list(since), list(since.values())],
        )
    Identity.objects.bulk_create(
        (_identity(each, since[each.pk], random) for each in people), batch_size=1_000
    )


def _identity(who: Person, since: datetime, random: Random) -> Identity:
    given, _space, family = who.name.partition(" ")
    city, region, postal_code = random.choice(PLACES[who.country])
    return Identity(
        customer_id=who.pk,
        given_names=given,
        family_name=family,
        birth_date=date(1952, 1, 1) + timedelta(days=random.randrange(19_000)),
        country=who.country,
        nationality=who.country,
        street=f"{random.randrange(1, 120)} {random.choice(STREETS)}",
        city=city,
        region=region,
        postal_code=postal_code,
        occupation=random.choice(WORK),
        tier=who.tier,
        approved_at=since,
        declared_yearly=who.monthly * 12,
    )
