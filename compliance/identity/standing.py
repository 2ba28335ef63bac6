"""Write down what the rules forbid a customer, where the venue below can read it.

Trading knows nothing of countries and tiers: it reads `accounts.Restriction`. This room imposes one
for each product that the rules refuse, in the same transaction as the change that made them, and
takes away again what it imposed itself, never what people did.
"""

from __future__ import annotations

from django.db import transaction

from compliance.identity import queries
from compliance.identity.models import Application, CountryRule, Identity
from compliance.identity.words import Product
from exchange.accounts import restrictions
from exchange.accounts.models import Customer, Restriction
from exchange.core import clock, dispatch
from exchange.core.actors import system

RULES = system("rules of countries and tiers")
GOVERNED = {
    Product.SPOT: Restriction.Kind.TRADING,
    Product.DEPOSIT: Restriction.Kind.DEPOSIT,
    Product.WITHDRAWAL: Restriction.Kind.WITHDRAWAL,
}
A_BATCH = 500


def apply(*, customer_id: int) -> int:
    """Make the restrictions what the rules say now. Returns how many were changed.

    Safe to run twice. The customer's row is locked while it works.
    """
    changed = 0
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        known = queries.standing_of(customer_id)
        ours = {
            row.kind: row
            for row in restrictions.standing_restrictions(customer_id=customer_id).filter(
                imposed_by=RULES.label
            )
        }
        for product, kind in GOVERNED.items():
            answer = queries.may_standing(known, product)
            standing = ours.get(kind)
            if standing is not None and (answer or standing.customer_message != answer.says):
                restrictions.lift_own(
                    restriction_id=standing.pk, actor=RULES, reason="the rules say otherwise now"
                )
                standing = None
                changed += 1
            if not answer and standing is None:
                restrictions.restrict(
                    customer_id=customer_id,
                    kind=kind,
                    actor=RULES,
                    reason=f"{product}: {answer.code} ({known.country or 'country unknown'},"
                    f" tier {known.tier})",
                    customer_message=answer.says,
                    own=True,
                )
                changed += 1
    return changed


def apply_changed_countries(*, limit: int = A_BATCH) -> int:
    """Go over everybody who lives where a rule was changed, a batch at a time, by customer.

    The row of the change keeps how far it got: killed anywhere, it goes on from there. Returns how
    many customers it went over.
    """
    with transaction.atomic():
        rule = (
            CountryRule.objects.select_for_update(skip_locked=True)
            .filter(applied_at=None)
            .order_by("changed_at")
            .first()
        )
        if rule is None:
            return 0
        people = people_of(rule.country, after=rule.applied_to, limit=limit)
        for customer_id in people:
            apply(customer_id=customer_id)
        if people:
            rule.applied_to = people[-1]
        if len(people) < limit:
            rule.applied_at = clock.now()
        rule.save(update_fields=["applied_to", "applied_at"])
        if rule.applied_at is None:
            dispatch.after_commit("identity.apply_rules")
    return len(people)


def people_of(country: str, *, after: int = 0, limit: int = A_BATCH) -> list[int]:
    """Main accounts whose identity, application or account names the country, by id."""
    found: set[int] = set()
    for rows, field in (
        (Identity.objects.filter(country=country), "customer_id"),
        (Application.objects.filter(country=country), "customer_id"),
        (Customer.objects.filter(country=country, parent=None), "pk"),
    ):
        ids = rows.filter(**{f"{field}__gt": after}).order_by(field)
        found.update(ids.values_list(field, flat=True)[:limit])
    return sorted(found)[:limit]
