"""What the engine is told of accounts."""

from __future__ import annotations

import pytest

from compliance.identity.models import Application, Owner
from compliance.monitoring import history
from tests import factories
from tests.factories.identity import ANNA, identified

pytestmark = pytest.mark.django_db


def owners_of(*customers):
    rows = history.accounts_of(each.pk for each in customers).to_pylist()
    told = {row["user"]: row["owner"] for row in rows}
    return [told[str(each.pk)] for each in customers]


def test_accounts_of_one_person_have_one_owner_and_nobody_is_named():
    first, second, other = (factories.customer() for _ in range(3))
    anna = {"family_name": "Eriksson", "birth_date": ANNA["birth_date"]}
    identified(first, **anna)
    identified(second, **anna, country="CA")
    identified(other, **{**anna, "family_name": "Lind"})

    one, two, three = owners_of(first, second, other)

    assert one == two != three
    assert "eriksson" not in one.lower()


def test_a_company_is_whoever_owns_most_of_it():
    person, company, unknown = (factories.customer() for _ in range(3))
    identified(person, family_name="Eriksson", birth_date=ANNA["birth_date"])
    identified(company, kind="company", family_name="Sprat Ltd")
    row = Application.objects.get(customer=company)
    for family, percent in (("Lind", 30), ("Eriksson", 60)):
        Owner.objects.create(
            application=row,
            given_names="Anna",
            family_name=family,
            birth_date=ANNA["birth_date"],
            percent=percent,
        )

    owners = owners_of(person, company, unknown)

    assert owners[0] == owners[1] is not None
    assert owners[2] is None
