"""A project applies: begin, save as often as wanted, name the team, hand in, take back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from compliance.identity.jurisdictions import is_known as is_country
from exchange.accounts import throttle
from exchange.accounts.actors import require_holder
from exchange.accounts.models import Customer
from exchange.assets.models import Asset, AssetNetwork, Network
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.listings import insiders, missing, road
from launchpad.listings.models import Listing, TeamMember
from launchpad.listings.states import EDITABLE, SECRET, STANDING, AssetClass, Reason, Stage
from launchpad.listings.words import APPLIED_FOR, WORK

MOST_OPEN = 5  # applications of one customer at a time
A_DAY = 10  # begun by one customer
SAVES_AN_HOUR = 300
MOST_TEAM = 30
LARGEST_SUPPLY = Decimal(10) ** 30
CODE = re.compile(r"[A-Z0-9]{2,12}")
EVM_CONTRACT = re.compile(r"0x[0-9a-f]{40}")
ALIKE = str.maketrans("01528", "OISZB")  # read in a hurry: USDT and U5DT
LONG = ("about", "risks")
TEXTS = {
    "name": 100,
    "about": 2000,
    "risks": 2000,
    "company": 160,
    "company_number": 60,
    "contact_name": 160,
    "contact_role": 80,
}
FIELDS = (
    *TEXTS, "code", "asset_class", "network", "contract", "supply", "company_country", "website",
    "paper",
)  # fmt: skip


class CodeTaken(Conflict):
    code = "code_taken"


def start(*, customer_id: int, asset_class: str, actor: Actor) -> Listing:
    """A new draft. Raises PermissionRefused, Invalid, Conflict with too many open, TooManyTries."""
    require_holder(actor=actor, customer_id=customer_id, permission=WORK)
    if asset_class not in APPLIED_FOR:
        raise Invalid(_("Choose what it is."), field="asset_class", limit=list(APPLIED_FOR))
    throttle.spend("listing-start", customer_id, limit=A_DAY, within=timedelta(days=1))
    with transaction.atomic():
        # Two tabs that begin at once take turns here.
        Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
        if Listing.objects.filter(customer_id=customer_id, stage__in=STANDING).count() >= MOST_OPEN:
            raise Conflict(
                _("You have %(n)s applications open: withdraw one first.") % {"n": MOST_OPEN},
                limit=MOST_OPEN,
            )
        now = clock.now()
        listing = Listing.objects.create(
            customer_id=customer_id, asset_class=asset_class, since=now, created_at=now
        )
        record(actor=actor, verb="listings.start", target=listing)
    return listing


def save(*, listing_id: int, values: Mapping[str, Any], actor: Actor) -> Listing:
    """Keep what was filled in, whole or not. Raises Invalid for what can't be, NotFound, Conflict.

    `values` holds some of FIELDS; `network` is a network's code.
    """
    clean = {name: _clean(name, value) for name, value in values.items()}
    with transaction.atomic():
        listing = _editable(listing_id, actor)
        _spend(listing)
        where = (listing.network_id, listing.contract)
        for name, value in clean.items():
            setattr(listing, "network_id" if name == "network" else name, value)
        _refuse_strange_contract(listing)
        if where != (listing.network_id, listing.contract):
            listing.decimals = None  # those were the other contract's
        if listing.asset_class not in APPLIED_FOR and listing.customer_id is not None:
            raise Invalid(_("Choose what it is."), field="asset_class")
        if listing.asset_class == AssetClass.COIN:
            listing.contract = ""
        listing.save()
        record(actor=actor, verb="listings.save", target=listing, after={"fields": sorted(clean)})
    return listing


def add_member(
    *,
    listing_id: int,
    name: str,
    role: str,
    country: str,
    actor: Actor,
    born: Any = None,
    owns_percent: Decimal = Decimal(0),
) -> TeamMember:
    """Name somebody. Naming the same person with the same role twice is once. Raises Invalid."""
    name, role, country = " ".join(name.split()), " ".join(role.split()), country.strip().upper()
    for field, text, longest in (("name", name, 160), ("role", role, 80)):
        if not 0 < len(text) <= longest:
            raise Invalid(_("Between one and %(n)s letters.") % {"n": longest}, field=field)
        refuse_unprintable(field, text)
    if not is_country(country):
        raise Invalid(_("Choose a country."), field="country")
    if not 0 <= owns_percent <= 100:
        raise Invalid(_("Between 0 and 100."), field="owns_percent", limit=100)
    with transaction.atomic():
        listing = _editable(listing_id, actor)
        _spend(listing)
        standing = listing.team.filter(name__iexact=name, role__iexact=role).first()
        if standing is not None:
            return standing
        if listing.team.count() >= MOST_TEAM:
            raise Conflict(_("At most %(n)s people.") % {"n": MOST_TEAM}, limit=MOST_TEAM)
        member = listing.team.create(
            name=name, role=role, country=country, born=born, owns_percent=owns_percent
        )
        record(
            actor=actor,
            verb="listings.add_member",
            target=listing,
            after={"name": name, "role": role, "country": country},
        )
    return member


def remove_member(*, listing_id: int, member_id: int, actor: Actor) -> None:
    """Raises NotFound, Conflict once it is handed in."""
    with transaction.atomic():
        listing = _editable(listing_id, actor)
        member = listing.team.filter(pk=member_id).first()
        if member is None:
            raise NotFound(_("There is no such person here."), field="member_id")
        record(
            actor=actor, verb="listings.remove_member", target=listing, before={"name": member.name}
        )
        member.delete()


def submit(*, listing_id: int, confirmed: bool, actor: Actor) -> Listing:
    """Hand it in. Raises Invalid unless confirmed and whole, CodeTaken, Conflict."""
    if not confirmed:
        raise Invalid(_("Confirm that it is true and complete."), field="confirmed")
    with transaction.atomic():
        listing = _editable(listing_id, actor)
        lacks = missing.of(listing)
        if lacks:
            raise Invalid(
                _("Still missing: %(what)s.")
                % {"what": ", ".join(lack.says for lack in lacks[:5])},
                limit=len(lacks),
            )
        refuse_taken(listing)
        try:
            with transaction.atomic():
                road.move(
                    listing,
                    Stage.SUBMITTED,
                    actor=actor,
                    words="The application was handed in.",
                    submitted_at=clock.now(),
                    confirmed_true_at=clock.now(),
                    asked_words="",
                )
        except IntegrityError as error:
            raise CodeTaken(_("This contract is on its road already."), field="contract") from error
        if listing.customer_id is not None:
            insiders.note_customer(
                listing, customer_id=listing.customer_id, how="applied for it", by=actor.label
            )
    return listing


def withdraw(*, listing_id: int, actor: Actor) -> Listing:
    """The project takes it back, until the dates are public. Raises StageConflict, NotFound."""
    with transaction.atomic():
        listing = road.locked(listing_id)
        refuse_stranger(listing, actor)
        road.move(
            listing,
            Stage.WITHDRAWN,
            actor=actor,
            words="The project withdrew its application.",
            reason_code=Reason.APPLICANT,
        )
        insiders.release(listing)
    return listing


def refuse_taken(listing: Listing) -> None:
    """Raise CodeTaken when the code is an asset's already or another's on the road, looks like an
    asset's, or when the contract is one that is listed under another code."""
    others = Listing.objects.filter(code=listing.code, stage__in=(*SECRET, Stage.SCHEDULED))
    if Asset.objects.filter(code=listing.code).exists() or others.exclude(pk=listing.pk).exists():
        raise CodeTaken(
            _("The code %(code)s is taken here. Choose another.") % {"code": listing.code},
            field="code",
        )
    codes = Asset.objects.values_list("code", flat=True)
    alike = next((code for code in codes if _looks(code) == _looks(listing.code)), None)
    if alike is not None:
        raise CodeTaken(
            _("%(code)s looks like %(other)s, which is another asset. Choose another code.")
            % {"code": listing.code, "other": alike},
            field="code",
        )
    names = Asset.objects.filter(name__iexact=listing.name).values_list("code", flat=True)
    if listing.name and (other := names.first()) is not None:
        raise CodeTaken(
            _("%(name)s is the name of %(other)s here. Choose another.")
            % {"name": listing.name, "other": other},
            field="name",
        )
    listed = AssetNetwork.objects.filter(
        network_id=listing.network_id or 0, contract__iexact=listing.contract
    ).exclude(contract="")
    if (twin := listed.select_related("asset").first()) is not None:
        raise CodeTaken(
            _("This contract is here already, as %(code)s.") % {"code": twin.asset.code},
            field="contract",
        )


def _looks(code: str) -> str:
    """As an eye that hurries reads it: digits that pass for letters are those letters."""
    return code.upper().translate(ALIKE)


def _refuse_strange_contract(listing: Listing) -> None:
    if listing.contract and listing.network is not None and listing.network.family == "evm":
        if not EVM_CONTRACT.fullmatch(listing.contract):
            raise Invalid(_("An address is 0x and 40 digits and letters a to f."), field="contract")


def refuse_stranger(listing: Listing, actor: Actor) -> None:
    """Only the project itself, or whoever works listings; to others it does not exist."""
    if actor.kind == "customer" and (
        listing.customer_id is None or actor.customer_id != listing.customer_id
    ):
        raise NotFound(_("There is no such application."), field="listing_id")
    if actor.kind != "customer":
        actor.require(WORK)


def _editable(listing_id: int, actor: Actor) -> Listing:
    listing = road.locked(listing_id)
    refuse_stranger(listing, actor)
    if listing.stage not in EDITABLE:
        raise Conflict(
            _("It is handed in: nothing can be changed now."), field="stage", limit=listing.stage
        )
    return listing


def _spend(listing: Listing) -> None:
    throttle.spend("listing-save", listing.pk, limit=SAVES_AN_HOUR, within=timedelta(hours=1))


def _clean(name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise Invalid(_("There is no such field."), field=name)
    if name == "supply":
        return _supply(value)
    text = str(value or "").strip()
    if name in TEXTS:
        if len(text) > TEXTS[name]:
            raise Invalid(
                _("At most %(n)s letters.") % {"n": TEXTS[name]}, field=name, limit=TEXTS[name]
            )
        refuse_unprintable(name, text, lines=name in LONG)
        return text
    return _CLEANERS[name](text)


def refuse_unprintable(field: str, text: str, *, lines: bool = False) -> None:
    """Letters that nobody sees, or that turn the others round, make one name look like another."""
    shown = "".join(text.split()) if lines else text.replace(" ", "")
    if not shown.isprintable():
        raise Invalid(_("There are letters in it that can't be shown."), field=field)


def _supply(value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 < value < LARGEST_SUPPLY:
        raise Invalid(_("A number above zero."), field="supply", limit=LARGEST_SUPPLY)
    return value


def _code(text: str) -> str:
    text = text.upper()
    if text and not CODE.fullmatch(text):
        raise Invalid(_("Two to twelve letters and digits."), field="code")
    return text


def _class(text: str) -> str:
    if text not in AssetClass.values:
        raise Invalid(_("Choose what it is."), field="asset_class", limit=AssetClass.values)
    return text


def _network(text: str) -> int | None:
    if not text:
        return None
    row = Network.objects.filter(code=text).first()
    if row is None:
        raise Invalid(_("We do not know this network."), field="network")
    return row.pk


def contract(text: str) -> str:
    """As we keep it: an EVM address in lower case. Raises Invalid."""
    if text[:2].lower() == "0x":
        text = text.lower()
        if not EVM_CONTRACT.fullmatch(text):
            raise Invalid(_("An address is 0x and 40 digits and letters a to f."), field="contract")
        return text
    if text and not re.fullmatch(r"[A-Za-z0-9:._/-]{10,128}", text):
        raise Invalid(_("This is no contract's address."), field="contract")
    return text


def _country(text: str) -> str:
    text = text.upper()
    if text and not is_country(text):
        raise Invalid(_("Choose a country."), field="company_country")
    return text


def _url(field: str, longest: int) -> Any:
    def clean(text: str) -> str:
        try:
            parts = urlsplit(text)
            whole = parts.scheme == "https" and "." in (parts.hostname or "")
        except ValueError:  # brackets that don't close
            whole = False
        fits = text.isprintable() and not any(map(str.isspace, text)) and len(text) <= longest
        if text and not (whole and fits):
            raise Invalid(_("An address that begins with https://"), field=field)
        return text

    return clean


_CLEANERS = {
    "code": _code,
    "asset_class": _class,
    "network": _network,
    "contract": contract,
    "company_country": _country,
    "website": _url("website", 200),
    "paper": _url("paper", 300),
}


def save_names(listing: Listing, *, name: str, code: str, actor: Actor) -> None:
    """Of a listing that staff began, locked: what it is called here. Raises Invalid, CodeTaken."""
    for field, value in (("name", _clean("name", name)), ("code", _clean("code", code))):
        if not value:
            raise Invalid(_("It needs a name and a code."), field=field)
        setattr(listing, field, value)
    refuse_taken(listing)
    listing.save(update_fields=["name", "code"])
    record(actor=actor, verb="listings.name", target=listing, after={"name": name, "code": code})
