"""What everybody above may ask of who a customer is. A sub-account is its main account."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from compliance.identity.limits import Limits, limits_for
from compliance.identity.models import Application, Assessment, Identity, Owner
from compliance.identity.words import Level, Product, Risk
from exchange.accounts.models import Customer


class Party(NamedTuple):
    """Somebody to know the name of: a customer, or who owns or steers one."""

    name: str
    native_name: str
    aliases: tuple[str, ...]
    kind: str  # person, company
    birth_date: date | None
    country: str
    nationality: str
    role: str = ""
    percent: str = ""


class Who(NamedTuple):
    """Who a customer is, as last approved; `version` counts up with every change."""

    customer_id: int
    version: int
    tier: int
    party: Party
    owners: tuple[Party, ...]
    address: str
    occupation: str
    registration_number: str

    @property
    def name(self) -> str:
        return self.party.name

    @property
    def aliases(self) -> tuple[str, ...]:
        """Every other name: in their own letters, and those they gave."""
        return tuple(filter(None, (self.party.native_name, *self.party.aliases)))

    @property
    def kind(self) -> str:
        return self.party.kind

    @property
    def birth_date(self) -> date | None:
        return self.party.birth_date

    @property
    def country(self) -> str:
        return self.party.country

    @property
    def nationality(self) -> str:
        return self.party.nationality


class Answer(NamedTuple):
    """Whether somebody may use a product. True or false as it is; `says` is for the customer."""

    allowed: bool
    code: str = ""
    says: str = ""

    def __bool__(self) -> bool:
        return self.allowed


class RiskOf(NamedTuple):
    risk: str
    score: int | None
    reasons: tuple[str, ...]
    rules_version: str


class Standing(NamedTuple):
    """The facts behind every answer: whose, which tier counts now, where they live."""

    owner_id: int
    tier: int
    country: str
    region: tuple[str, str, str]
    risk: str


def identity_of(customer_id: int) -> Who | None:
    """Who this customer is; None until an application was approved. Three queries at most."""
    found = _identity(customer_id)
    if found is None:
        return None
    return Who(
        customer_id=found.customer_id,
        version=found.version,
        tier=found.tier,
        party=party_of(found),
        owners=tuple(
            party_of(owner, role=owner.role, percent=str(owner.percent))
            for owner in owners_of(found.customer_id)
        ),
        address=", ".join(
            filter(None, (found.street, found.postal_code, found.city, found.region))
        ),
        occupation=found.occupation,
        registration_number=found.registration_number,
    )


def owners_of(customer_id: int) -> QuerySet[Owner]:
    """Whoever stands behind a company, as of its last approved application."""
    latest = (
        Application.objects.filter(customer_id=customer_id, state=Application.State.APPROVED)
        .order_by("-decided_at")
        .values("pk")[:1]
    )
    return Owner.objects.filter(application__in=latest).order_by("-percent", "id")[:50]


def party_of(row: Identity | Application | Owner, *, role: str = "", percent: str = "") -> Party:
    """The names and dates of a row that has particulars."""
    return Party(
        name=row.full_name,
        native_name=row.native_name,
        aliases=tuple(row.aliases),
        kind=row.kind,
        birth_date=row.birth_date,
        country=row.country,
        nationality=row.nationality,
        role=role,
        percent=percent,
    )


def tier_of(customer_id: int) -> int:
    """The tier that counts now: a lapsed identity is none."""
    return standing_of(customer_id).tier


def limits_of(customer_id: int) -> Limits:
    """What they may deposit and withdraw, in USD; for a sub-account its main account's."""
    standing = standing_of(customer_id)
    rules = jurisdictions.rules_of(standing.country)
    return limits_for(tier=standing.tier, country=standing.country, risk=_class(rules, standing))


def risk_of(customer_id: int) -> RiskOf:
    """How risky they are and why. Medium until somebody looked."""
    owner_id = main_account(customer_id)
    latest = Assessment.objects.filter(customer_id=owner_id).order_by("-id").first()
    if latest is None:
        return RiskOf(Risk.MEDIUM, None, (), "")
    return RiskOf(
        latest.risk,
        latest.score,
        tuple(each["says"] for each in latest.reasons),
        latest.rules_version,
    )


def may(customer_id: int, product: str) -> Answer:
    """Whether the rules of their country let their tier use a product."""
    return may_standing(standing_of(customer_id), product)


def may_standing(standing: Standing, product: str) -> Answer:
    """The same, of a standing that was read already."""
    rules = jurisdictions.rules_of(standing.country)
    region, city, postal_code = standing.region
    if standing.risk == Risk.PROHIBITED or not rules.served:
        return Answer(False, "not_served", _("We can't offer our services where you live."))
    if jurisdictions.blocked_region(
        country=standing.country, region=region, city=city, postal_code=postal_code
    ):
        return Answer(False, "region", _("We can't offer our services where you live."))
    needed = rules.tiers.get(product)
    words = {"product": Product(product).label, "country": jurisdictions.name_of(rules.code)}
    if needed is None:
        return Answer(False, "not_offered", _("We don't offer %(product)s in %(country)s.") % words)
    if standing.tier < needed:
        words["level"] = Level(needed).label
        says = (
            _("In %(country)s %(product)s need a %(level)s verification of your identity.")
            if rules.code
            else _("For %(product)s we need a %(level)s verification of your identity.")
        )
        return Answer(False, "tier", says % words)
    return Answer(True)


def standing_of(customer_id: int) -> Standing:
    """Two indexed queries. The country is the approved one; before that, what an application in
    work says, then what the account says."""
    owner_id = main_account(customer_id)
    found = Identity.objects.filter(customer_id=owner_id).first()
    if found is not None and found.approved_at is not None:
        return Standing(
            owner_id,
            found.tier if found.lapsed_at is None else Level.NONE,
            found.country,
            (found.region, found.city, found.postal_code),
            found.risk,
        )
    said = (
        Application.objects.filter(customer_id=owner_id)
        .exclude(country="")
        .order_by("-id")
        .values_list("country", "region", "city", "postal_code")
        .first()
    )
    if said is not None:
        return Standing(owner_id, Level.NONE, said[0], said[1:], "")
    account = Customer.objects.values_list("country", flat=True).get(pk=owner_id)
    country = account if jurisdictions.is_known(account) else jurisdictions.ANYWHERE
    return Standing(owner_id, Level.NONE, country, ("", "", ""), "")


def standings_of(customer_ids: Collection[int]) -> dict[int, Standing]:
    """The same of many at once, who all have main accounts: one read for those whose identity was
    approved, two more for the others."""
    found = {
        row[0]: Standing(row[0], row[1] if row[2] is None else Level.NONE, row[3], row[4:7], row[7])
        for row in Identity.objects.filter(
            customer_id__in=customer_ids, approved_at__isnull=False
        ).values_list(
            "customer_id", "tier", "lapsed_at", "country", "region", "city", "postal_code", "risk"
        )
    }
    rest = set(customer_ids) - found.keys()
    if not rest:
        return found
    said = (
        Application.objects.filter(customer_id__in=rest)
        .exclude(country="")
        .order_by("customer_id", "-id")
        .distinct("customer_id")
    )
    for row in said.values_list("customer_id", "country", "region", "city", "postal_code"):
        found[row[0]] = Standing(row[0], Level.NONE, row[1], row[2:], "")
    accounts = Customer.objects.filter(pk__in=rest - found.keys())
    for customer_id, account in accounts.values_list("pk", "country"):
        country = account if jurisdictions.is_known(account) else jurisdictions.ANYWHERE
        found[customer_id] = Standing(customer_id, Level.NONE, country, ("", "", ""), "")
    return found


def main_account(customer_id: int) -> int:
    """The account behind a sub-account; itself for any other."""
    owner_id = (
        Customer.objects.filter(pk=customer_id)
        .values_list(Coalesce(F("parent_id"), F("pk")), flat=True)
        .first()
    )
    return customer_id if owner_id is None else int(owner_id)


def _identity(customer_id: int) -> Identity | None:
    return Identity.objects.filter(
        customer_id=main_account(customer_id), approved_at__isnull=False
    ).first()


def _class(rules: jurisdictions.Jurisdiction, standing: Standing) -> str:
    return Risk.HIGH if Risk.HIGH in (rules.risk, standing.risk) else rules.risk
