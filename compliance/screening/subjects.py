"""Whom to screen: customers and whoever stands behind them, as identity knows them.

`version` is the customer's in identity. Somebody who has only applied is screened as the version
that an approval will make of them, so that what was decided before it is remembered after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.identity.models import Application, Identity, Owner, Particulars
from compliance.screening.folding import ENTITY, PERSON
from exchange.accounts.models import Customer

CUSTOMER = "customer"
MOST_OWNERS = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """`who` is "customer" or "owner 17"."""

    customer_id: int
    who: str
    version: int
    name: str
    kind: str
    texts: tuple[str, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What a hit keeps of it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "names": list(self.texts),
            "births": list(self.births),
            "countries": list(self.countries),
        }


def of_customers(customer_ids: Sequence[int]) -> list[Subject]:
    """Everybody to screen for these main accounts. Four queries, however many they are."""
    found: list[Subject] = []
    identities = {
        row.customer_id: row for row in Identity.objects.filter(customer_id__in=customer_ids)
    }
    owners = _owners_of(customer_ids)
    for customer_id, row in identities.items():
        found.append(_subject(row, customer_id, CUSTOMER, row.version))
        found += [_owner(owner, customer_id, row.version) for owner in owners[customer_id]]
    others = [pk for pk in customer_ids if pk not in identities]
    for customer in Customer.objects.filter(pk__in=others).select_related("user"):
        name = (customer.user.name if customer.user else "") or customer.name
        if name.strip():
            found.append(
                Subject(
                    customer.pk,
                    CUSTOMER,
                    0,
                    name,
                    PERSON,
                    (name,),
                    countries=tuple(filter(None, (customer.country,))),
                )
            )
    return [subject for subject in found if subject.texts]


def of_application(application: Application) -> list[Subject]:
    """The applicant, and a company's owners and directors."""
    version = version_of(application.customer_id) + 1
    owners = Owner.objects.filter(application=application).order_by("id")[:MOST_OWNERS]
    found = [
        _subject(application, application.customer_id, CUSTOMER, version),
        *(_owner(owner, application.customer_id, version) for owner in owners),
    ]
    return [subject for subject in found if subject.texts]


def version_of(customer_id: int) -> int:
    """Of what identity knows; 0 while it knows nothing."""
    rows = Identity.objects.filter(customer_id=customer_id).values_list("version", flat=True)
    return rows.first() or 0


def _owners_of(customer_ids: Sequence[int]) -> dict[int, list[Owner]]:
    """Of each customer's last approved application."""
    last: dict[int, int] = {}
    approved = Application.objects.filter(
        customer_id__in=customer_ids, state=Application.State.APPROVED
    )
    for pk, customer_id in approved.order_by("id").values_list("pk", "customer_id"):
        last[customer_id] = pk
    whose = {pk: customer_id for customer_id, pk in last.items()}
    found: dict[int, list[Owner]] = defaultdict(list)
    for owner in Owner.objects.filter(application_id__in=whose).order_by("id"):
        if len(found[whose[owner.application_id]]) < MOST_OWNERS:
            found[whose[owner.application_id]].append(owner)
    return found


def _owner(owner: Owner, customer_id: int, version: int) -> Subject:
    return _subject(owner, customer_id, f"owner {owner.pk}", version)


def _subject(row: Particulars, customer_id: int, who: str, version: int) -> Subject:
    texts = _texts(row.full_name, row.native_name, *row.aliases)
    return Subject(
        customer_id=customer_id,
        who=who,
        version=version,
        name=row.full_name or (texts[0] if texts else ""),
        kind=ENTITY if row.is_company else PERSON,
        texts=texts,
        births=(row.birth_date.isoformat(),) if row.birth_date and not row.is_company else (),
        countries=tuple(dict.fromkeys(filter(None, (row.nationality, row.country)))),
    )


def _texts(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def main_accounts(*, above: int, limit: int) -> list[int]:
    """The next main accounts by their number. Sub-accounts are the same people."""
    rows: Iterable[int] = (
        Customer.objects.filter(pk__gt=above, parent=None)
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )
    return list(rows)
