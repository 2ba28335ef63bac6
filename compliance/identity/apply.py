"""Fill in an application: over days, from any device, everything kept as it is given.

Nothing here needs the whole: a draft may lack anything, and `requirements` says what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity import jurisdictions, mrz, standing
from compliance.identity.models import (
    PARTICULARS,
    Application,
    Declaration,
    Identity,
    Owner,
)
from compliance.identity.words import PHOTO_IDS, Connection, Funds, Kind, Level, Office, Purpose
from exchange.accounts.actors import require_holder
from exchange.accounts.models import Customer
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

PERMISSION = "compliance.review_application"
MOST_OWNERS = 25
OLDEST = date(1900, 1, 1)
MOST_YEARLY = Decimal(10) ** 12
State = Application.State

ABOUT = (
    "given_names", "family_name", "native_name", "aliases", "birth_date", "nationality", "country",
    "street", "city", "region", "postal_code", "occupation", "registration_number", "contact_name",
    "contact_role",
)  # fmt: skip
MONEY = ("purpose", "source_of_funds", "source_of_wealth", "declared_yearly")
PAPERS = ("id_kind", "id_country", "id_issuer", "id_expires_on")
SEALED = ("id_number", "mrz")
FIELDS = (*ABOUT, *MONEY, *PAPERS, *SEALED)
OF_OWNER = (
    "kind", "given_names", "family_name", "native_name", "birth_date", "nationality", "country",
    "registration_number", "role", "percent",
)  # fmt: skip
_CHOICES = {
    "purpose": Purpose.values,
    "source_of_funds": Funds.values,
    "id_kind": [str(p) for p in PHOTO_IDS],
    "role": Owner.Role.values,
    "kind": Kind.values,
}


def start(*, customer_id: int, kind: str, tier: int, actor: Actor) -> Application:
    """Begin an application, or return the one in work (its kind and tier changed while it is a
    draft). What was approved before is filled in already.

    Raises PermissionRefused, NotFound, Invalid, Conflict while somebody reviews it.
    """
    require_holder(actor=actor, customer_id=customer_id, permission=PERMISSION)
    if kind not in Kind.values:
        raise Invalid(_("A person or a company?"), field="kind", limit=Kind.values)
    if tier not in (Level.BASIC, Level.FULL, Level.ENHANCED):
        raise Invalid(_("There is no such level."), field="tier", limit="1-3")
    if kind == Kind.COMPANY:
        tier = max(tier, Level.FULL)  # a company is looked at whole or not at all
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
        if customer is None or customer.parent_id is not None:
            raise NotFound(_("Only a main account has an identity."), field="customer_id")
        standing_one = Application.objects.filter(
            customer_id=customer_id, state__in=Application.OPEN
        ).first()
        if standing_one is not None:
            return _changed(standing_one, kind, tier)
        made = Application(
            customer=customer,
            kind=kind,
            tier=tier,
            started_at=clock.now(),
            country=customer.country,
        )
        _fill_from_before(made)
        made.save()
        record(actor=actor, verb="identity.start", target=made, after={"kind": kind, "tier": tier})
    return made


def save(*, application_id: int, values: Mapping[str, Any], actor: Actor) -> Application:
    """Keep what was filled in; blank clears it. Raises NotFound, PermissionRefused, Conflict once
    it was submitted, Invalid for a value that can't be."""
    strange = set(values) - set(FIELDS)
    if strange:
        raise Invalid(f"There is no field {min(strange)}.", field=min(strange))
    checked = {name: _checked(name, value) for name, value in values.items()}
    with transaction.atomic():
        row = locked(application_id, actor)
        refuse_unless_editable(row)
        before = row.country, row.region, row.city, row.postal_code
        for name, value in checked.items():
            if name in SEALED:
                sealed = vault.seal(value.encode(), context=_context(row, name)) if value else b""
                setattr(row, f"sealed_{name}", sealed)
            else:
                setattr(row, name, value)
        row.save()
        record(actor=actor, verb="identity.save", target=row, after={"fields": sorted(checked)})
        if (row.country, row.region, row.city, row.postal_code) != before:
            standing.apply(customer_id=row.customer_id)
    return row


def keep_owner(
    *, application_id: int, values: Mapping[str, Any], actor: Actor, owner_id: int | None = None
) -> Owner:
    """Add somebody who owns or steers the company, or change what is said of them."""
    checked = {name: _checked(name, value) for name, value in values.items() if name in OF_OWNER}
    with transaction.atomic():
        row = locked(application_id, actor)
        refuse_unless_editable(row)
        if row.kind != Kind.COMPANY:
            raise Invalid(_("Only a company has owners."), field="role")
        others = row.owners.exclude(pk=owner_id or 0)
        if owner_id is None and others.count() >= MOST_OWNERS:
            raise Invalid(_("Name at most %(n)s people.") % {"n": MOST_OWNERS}, limit=MOST_OWNERS)
        owner = Owner(application=row) if owner_id is None else _owner(row, owner_id)
        for name, value in checked.items():
            setattr(owner, name, value)
        together = sum((o.percent for o in others), Decimal(0)) + owner.percent
        if together > 100:
            raise Invalid(_("Together they would own more than 100 %."), field="percent", limit=100)
        owner.save()
        record(actor=actor, verb="identity.keep_owner", target=row, after={"owner": owner.pk})
    return owner


def remove_owner(*, application_id: int, owner_id: int, actor: Actor) -> None:
    """Take somebody out again."""
    with transaction.atomic():
        row = locked(application_id, actor)
        refuse_unless_editable(row)
        _owner(row, owner_id).delete()
        record(actor=actor, verb="identity.remove_owner", target=row, before={"owner": owner_id})


def declare(
    *,
    application_id: int,
    office: str,
    actor: Actor,
    owner_id: int | None = None,
    connection: str = "",
    holder: str = "",
    position: str = "",
    country: str = "",
) -> Declaration:
    """Say of the applicant, or of somebody behind the company, whether they or somebody close hold
    or held a public office. Saying it anew takes the place of what was said."""
    if office not in Office.values:
        raise Invalid(_("Choose one."), field="office", limit=Office.values)
    if office != Office.NONE:
        if connection not in Connection.values:
            raise Invalid(_("Whose office is it?"), field="connection", limit=Connection.values)
        if not position.strip():
            raise Invalid(_("Which office is it?"), field="position")
        _checked("country", country)
    with transaction.atomic():
        row = locked(application_id, actor)
        refuse_unless_editable(row)
        owner = _owner(row, owner_id) if owner_id is not None else None
        made, _created = Declaration.objects.update_or_create(
            application=row,
            owner=owner,
            defaults={
                "office": office,
                "connection": connection if office != Office.NONE else "",
                "holder": holder.strip()[:160],
                "position": position.strip()[:160],
                "country": country,
                "made_at": clock.now(),
            },
        )
        record(
            actor=actor,
            verb="identity.declare",
            target=row,
            after={"office": office, "connection": connection, "owner": owner_id},
        )
    return made


def withdraw(*, application_id: int, actor: Actor) -> Application:
    """Give it up. What was filled in stays with us for as long as the law wants records kept."""
    with transaction.atomic():
        row = locked(application_id, actor)
        if row.state not in (State.DRAFT, State.ASKED, State.SUBMITTED):
            raise Conflict(_("This is decided already."), limit=row.state)
        before, row.state, row.decided_at = row.state, State.WITHDRAWN, clock.now()
        row.save(update_fields=["state", "decided_at"])
        record(actor=actor, verb="identity.withdraw", target=row, before={"state": before})
    return row


def opened(row: Application, name: str) -> str:
    """The document's number or its machine-readable lines, unsealed."""
    sealed = bytes(getattr(row, f"sealed_{name}"))
    return vault.unseal(sealed, context=_context(row, name)).decode() if sealed else ""


def read_mrz(row: Application) -> mrz.Read | None:
    """What the document's lines say; None without any, or when they are no such lines."""
    lines = opened(row, "mrz")
    try:
        return mrz.read(lines) if lines else None
    except mrz.Misread:
        return None


def locked(application_id: int, actor: Actor) -> Application:
    """The row, locked, of this customer's own; the customer is locked before it, as everywhere.

    Raises NotFound, PermissionRefused.
    """
    customer_id = (
        Application.objects.filter(pk=application_id).values_list("customer_id", flat=True).first()
    )
    if customer_id is None:
        raise NotFound(_("There is no such application."), field="application_id")
    require_holder(actor=actor, customer_id=customer_id, permission=PERMISSION)
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return Application.objects.select_for_update().get(pk=application_id)


def refuse_unless_editable(row: Application) -> None:
    if row.state not in (State.DRAFT, State.ASKED):
        raise Conflict(
            _("Your application is being looked at: nothing can be changed now."), limit=row.state
        )


def _changed(row: Application, kind: str, tier: int) -> Application:
    if (row.kind, row.tier) == (kind, tier):
        return row
    if row.state != State.DRAFT:
        return row
    row.kind, row.tier = kind, tier
    row.save(update_fields=["kind", "tier"])
    return row


def _fill_from_before(made: Application) -> None:
    """Nobody types twice what we know."""
    known = Identity.objects.filter(customer_id=made.customer_id, kind=made.kind).first()
    if known is None:
        return
    for name in PARTICULARS:
        setattr(made, name, getattr(known, name))
    made.declared_yearly = known.declared_yearly


def _owner(row: Application, owner_id: int) -> Owner:
    found = row.owners.filter(pk=owner_id).first()
    if found is None:
        raise NotFound(_("There is no such person here."), field="owner_id")
    return found


def _checked(name: str, value: Any) -> Any:
    """The value as the column keeps it. Raises Invalid with a sentence for the customer."""
    if name in ("birth_date", "id_expires_on"):
        return _day(name, value)
    if name == "declared_yearly":
        return _amount(value)
    if name == "percent":
        return _percent(value)
    if name == "aliases":
        return [_text(name, alias, 200) for alias in (value or [])[:10] if alias.strip()]
    text = _text(name, value or "", _most(name))
    if name in ("country", "nationality", "id_country") and text:
        if not jurisdictions.is_known(text):
            raise Invalid(_("Choose a country from the list."), field=name)
    if name in _CHOICES and text and text not in _CHOICES[name]:
        raise Invalid(_("Choose one of the list."), field=name, limit=_CHOICES[name])
    if name == "mrz" and text:
        mrz.read(text)
    return text


def _most(name: str) -> int:
    if name == "mrz":
        return mrz.MOST_CHARACTERS
    if name == "id_number":
        return 40
    for model in (Application, Owner):
        for column in model._meta.local_fields:
            if column.name == name:
                return column.max_length or 500
    return 200


def _text(name: str, value: Any, most: int) -> str:
    text = str(value).strip()
    if name != "mrz":
        text = " ".join(text.split())
    if len(text) > most:
        raise Invalid(_("At most %(n)s characters.") % {"n": most}, field=name, limit=most)
    if any(ord(c) < 32 and c not in "\r\n" for c in text):
        raise Invalid(_("There are characters in it that can't be shown."), field=name)
    return text


def _day(name: str, value: Any) -> date | None:
    if not value:
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise Invalid(_("Give a day, like 1990-05-31."), field=name) from error
    today = clock.now().date()
    if name == "birth_date" and not OLDEST <= day <= today:
        raise Invalid(_("This day can't be."), field=name, limit=[OLDEST, today])
    if name == "id_expires_on" and day < today:
        raise Invalid(
            _("This document has expired: please use one that is valid."), field=name, limit=today
        )
    return day


def _amount(value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except ArithmeticError as error:
        raise Invalid(_("Give an amount in USD."), field="declared_yearly") from error
    if not 0 <= amount <= MOST_YEARLY:
        raise Invalid(_("Give an amount in USD."), field="declared_yearly", limit=MOST_YEARLY)
    return amount


def _percent(value: Any) -> Decimal:
    try:
        share = Decimal(str(value or 0)).quantize(Decimal("0.01"))
    except ArithmeticError as error:
        raise Invalid(_("Give a share in percent."), field="percent") from error
    if not 0 <= share <= 100:
        raise Invalid(_("A share is between 0 and 100 percent."), field="percent", limit=100)
    return share


def _context(row: Application, name: str) -> str:
    return f"application:{row.pk}:{name}"
