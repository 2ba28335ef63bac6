"""What an application needs, step by step, and what of it is there. One table for the customer's
pages, the reviewer's desk and the verb that submits."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from compliance.identity.models import Application, Document, Owner
from compliance.identity.risk import years_between
from compliance.identity.words import PHOTO_IDS, TWO_SIDED, Kind, Level, Paper
from exchange.core import clock

ABOUT, PEOPLE, OFFICES, MONEY, DOCUMENTS, SUBMIT = (
    "about", "people", "offices", "money", "documents", "submit",
)  # fmt: skip
# From this share on somebody is a beneficial owner (PCMLTFR, 31 CFR 1010.230).
OWNER_PERCENT = 25


class Item(NamedTuple):
    """One thing that is needed. `field` is where it is filled in."""

    field: str
    says: str
    done: bool


class Step(NamedTuple):
    key: str
    title: str
    items: tuple[Item, ...]

    @property
    def done(self) -> bool:
        return all(item.done for item in self.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.done)


def steps_of(application: Application) -> list[Step]:
    """Every step in the order in which it is filled in. Three queries."""
    company = application.kind == Kind.COMPANY
    owners = list(application.owners.order_by("id")[:50]) if company else []
    steps = [Step(ABOUT, _("The company") if company else _("About you"), _about(application))]
    if company:
        steps.append(Step(PEOPLE, _("Who is behind it"), _people(owners)))
    steps += [
        Step(OFFICES, _("Public offices"), _offices(application, owners)),
        Step(MONEY, _("Your money"), _money(application)),
        Step(DOCUMENTS, _("Documents"), _documents(application, owners)),
    ]
    return steps


def missing(application: Application) -> list[Item]:
    """What still stands between it and a reviewer."""
    return [item for step in steps_of(application) for item in step.missing]


def refusal(application: Application) -> str:
    """Why nobody need go on: not served, or too young; "" when neither is so."""
    rules = jurisdictions.rules_of(application.country)
    blocked = jurisdictions.blocked_region(
        country=application.country,
        region=application.region,
        city=application.city,
        postal_code=application.postal_code,
    )
    if not rules.served or blocked:
        return _("We can't offer our services where you live. Nothing you do here changes that.")
    birth = application.birth_date
    if application.kind == Kind.PERSON and birth is not None:
        if years_between(birth, clock.now().date()) < rules.adult:
            return _("Where you live one has to be %(n)s years old for an account.") % {
                "n": rules.adult
            }
    return ""


def _about(application: Application) -> tuple[Item, ...]:
    wanted: tuple[tuple[str, str], ...]
    if application.kind == Kind.COMPANY:
        wanted = (
            ("family_name", _("its legal name")),
            ("registration_number", _("its number in the register")),
            ("birth_date", _("the day of its incorporation")),
            ("country", _("where it is incorporated")),
            ("street", _("its address")),
            ("city", _("its town")),
            ("occupation", _("what it does")),
            ("contact_name", _("your name")),
            ("contact_role", _("what you are in the company")),
        )
    else:
        wanted = (
            ("family_name", _("your family name")),
            ("birth_date", _("your birth date")),
            ("nationality", _("your citizenship")),
            ("country", _("where you live")),
            ("street", _("your street and number")),
            ("city", _("your town")),
            ("occupation", _("what you do for a living")),
        )
    return tuple(Item(name, says, bool(getattr(application, name))) for name, says in wanted)


def _people(owners: list[Owner]) -> tuple[Item, ...]:
    steers = any(owner.role in ("director", "both", "control") for owner in owners)
    whole = all(o.family_name and o.country and (o.is_company or o.birth_date) for o in owners)
    return (
        Item("role", _("at least one director, or whoever steers it"), steers),
        Item("people", _("name, country and birth date of everybody"), bool(owners) and whole),
    )


def _offices(application: Application, owners: list[Owner]) -> tuple[Item, ...]:
    declared = set(application.declarations.values_list("owner_id", flat=True))
    if application.kind == Kind.PERSON:
        says = _("whether you or somebody close holds a public office")
        return (Item("office", says, None in declared),)
    people = [owner for owner in owners if not owner.is_company]
    return tuple(
        Item(
            f"office-{owner.pk}",
            _("whether %(name)s holds a public office") % {"name": owner.full_name},
            owner.pk in declared,
        )
        for owner in people
    ) or (Item("people", _("the people behind the company"), False),)


def _money(application: Application) -> tuple[Item, ...]:
    return (
        Item("purpose", _("what the account is for"), bool(application.purpose)),
        Item("source_of_funds", _("where the money comes from"), bool(application.source_of_funds)),
        Item(
            "declared_yearly",
            _("how much you expect to bring a year"),
            application.declared_yearly is not None,
        ),
    )


def _documents(application: Application, owners: list[Owner]) -> tuple[Item, ...]:
    kept = application.documents.filter(state=Document.State.KEPT)
    there: set[tuple[str, str, int | None]] = set(kept.values_list("kind", "side", "owner_id"))
    kinds = {kind for kind, _side, _owner in there}
    if application.kind == Kind.COMPANY:
        return _of_company(there, kinds, owners)
    items = [
        Item("id_kind", _("which document you show"), bool(application.id_kind)),
        Item("id_number", _("its number"), bool(application.sealed_id_number)),
        Item("id_country", _("which country issued it"), bool(application.id_country)),
        Item(
            "id_expires_on",
            _("until when it is valid"),
            application.id_expires_on is not None or application.id_kind == Paper.ID_CARD,
        ),
        *_photo_id(there, application.id_kind, None, ""),
        Item("selfie", _("a photo of your face"), Paper.SELFIE in kinds),
    ]
    if application.tier >= Level.FULL:
        items.append(Item("address", _("a proof of your address"), Paper.ADDRESS in kinds))
    if application.tier >= Level.ENHANCED:
        says = _("a paper that shows where your money comes from")
        items.append(Item("funds", says, Paper.FUNDS in kinds))
    return tuple(items)


def _photo_id(
    there: set[tuple[str, str, int | None]], kind: str, owner_id: int | None, name: str
) -> list[Item]:
    """The picture, or both sides of a card. Until a kind is chosen any will do."""
    of_whom = f" ({name})" if name else ""
    kinds = (kind,) if kind else PHOTO_IDS
    front = any((k, s, owner_id) in there for k in kinds for s in ("", "front"))
    items = [Item("front", _("a picture of it") + of_whom, front)]
    if kind in TWO_SIDED:
        items.append(
            Item("back", _("a picture of its back") + of_whom, (kind, "back", owner_id) in there)
        )
    return items


def _of_company(
    there: set[tuple[str, str, int | None]], kinds: set[str], owners: list[Owner]
) -> tuple[Item, ...]:
    items = [
        Item("incorporation", _("the certificate of incorporation"), Paper.INCORPORATION in kinds),
        Item("register", _("an extract from the register"), Paper.REGISTER in kinds),
        Item("ownership", _("a paper on who owns it"), Paper.OWNERSHIP in kinds),
    ]
    for owner in owners:
        if not owner.is_company and (owner.percent >= OWNER_PERCENT or owner.role != "owner"):
            item = _photo_id(there, "", owner.pk, owner.full_name)[0]
            says = _("passport or card of %(name)s") % {"name": owner.full_name}
            items.append(item._replace(field=f"person-{owner.pk}", says=says))
    return tuple(items)
