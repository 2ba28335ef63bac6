"""Who our own customer is, as a party to a message. Identity knows; here it is only put in form."""

from __future__ import annotations

from compliance.identity import queries
from compliance.identity.models import Identity
from compliance.travel_rule.ivms101.parts import Party


def main_account(customer_id: int) -> int:
    """The main account behind a sub-account: the person whom the rule is about."""
    return queries.main_account(customer_id)


def country_of(customer_id: int) -> str:
    """Where a main account's holder lives; empty when identity does not know yet."""
    known = queries.identity_of(customer_id)
    return known.country if known is not None else ""


def party_of(customer_id: int, *, accounts: tuple[str, ...] = ()) -> Party | None:
    """A main account's holder as a party; None while nobody was approved.

    The standard wants given and family name, street and town apart: those stand in the row.
    """
    known = Identity.objects.filter(customer_id=customer_id, approved_at__isnull=False).first()
    if known is None or not known.family_name:
        return None
    return Party(
        company=known.is_company,
        family_name=known.family_name,
        given_names=known.given_names,
        street=known.street,
        city=known.city,
        region=known.region,
        postal_code=known.postal_code,
        country=known.country,
        customer_number=str(customer_id),
        accounts=accounts,
    )


def names_of(customer_id: int) -> list[str]:
    """Every name a main account's holder is known by; none while nobody was approved."""
    known = queries.identity_of(customer_id)
    return [] if known is None else [name for name in (known.name, *known.aliases) if name]
