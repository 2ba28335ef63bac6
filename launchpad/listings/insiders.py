"""Who knows of a listing before everybody does, and since when.

Staff come onto the list by opening the listing's page, projects by applying, others by name.
Whoever has an account here is written down for the venue too (`exchange.markets.insiders`): trading
keeps them out of the new market for its first hours, and monitoring looks at what they bought.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer, User
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import STAFF, Actor
from exchange.core.errors import Invalid, NotFound
from exchange.markets import insiders as venue
from launchpad.listings import road
from launchpad.listings.models import Insider, Listing
from launchpad.listings.states import COMING, SECRET
from launchpad.listings.words import WORK

MOST = 500  # lines of one listing
KNOWN_TO_FEW = (*SECRET,)


def saw(listing: Listing, *, actor: Actor) -> None:
    """Somebody on the staff opened the page of a listing that is not public. Once a person."""
    if listing.stage not in KNOWN_TO_FEW or actor.kind != STAFF or actor.user_id is None:
        return
    if Insider.objects.filter(listing=listing, user_id=actor.user_id).exists():
        return
    with transaction.atomic():
        _write(listing, user_id=actor.user_id, name=actor.label, how="opened its page", by=actor)


def add(
    *,
    listing_id: int,
    name: str,
    how: str,
    actor: Actor,
    email: str = "",
    since: datetime | None = None,
) -> Insider:
    """Name somebody who knows: an auditor, a market maker, a colleague's wife. With an e-mail of an
    account here the account is bound too. Raises Invalid, NotFound, PermissionRefused."""
    actor.require(WORK)
    name, how = name.strip(), how.strip()
    if not name or not how:
        raise Invalid(_("Say who, and how they know."), field="name" if not name else "how")
    with transaction.atomic():
        listing = road.locked(listing_id)
        if listing.insiders.count() >= MOST:
            raise Invalid(_("The list is full."), field="name", limit=MOST)
        customer_id = None
        if email.strip():
            customer_id = _customer_of(email)
        return _write(listing, name=name, how=how, by=actor, customer_id=customer_id, since=since)


def note_customer(listing: Listing, *, customer_id: int, how: str, by: str) -> None:
    """A customer knows: the applicant, or an account that somebody on the staff declared."""
    customer = Customer.objects.select_related("user").get(pk=customer_id)
    Insider.objects.get_or_create(
        listing=listing,
        user=None,
        customer=customer,
        name=str(customer)[:160],
        defaults={"how": how[:200], "since": clock.now(), "by": by},
    )
    _tell_venue(listing, customer_id, clock.now())


def accounts_of_staff(listing: Listing, *, user_id: int, emails: str, actor: Actor) -> int:
    """The accounts that somebody declared as theirs or of those close to them. Raises NotFound."""
    found = 0
    for email in emails.replace(",", " ").split()[:20]:
        customer_id = _customer_of(email)
        note_customer(
            listing,
            customer_id=customer_id,
            how=f"declared by user {user_id} as close to them",
            by=actor.label,
        )
        found += 1
    return found


def keep_out_until(listing: Listing, until: datetime | None) -> int:
    """When those who knew may trade it. Returns how many accounts that binds."""
    for customer_id, since in _accounts(listing):
        _tell_venue(listing, customer_id, since)
    return venue.bar_until(asset=listing.code, until=until)


def release(listing: Listing) -> None:
    """It came to nothing: what they knew is worth nothing any more."""
    if listing.code:
        venue.bar_until(asset=listing.code, until=clock.now())


def _accounts(listing: Listing) -> list[tuple[int, datetime]]:
    """The accounts of everybody on the list, staff's own among them, and since when they knew."""
    rows = listing.insiders.filter(~Q(customer=None) | ~Q(user=None))
    own = Customer.objects.filter(user_id=OuterRef("user_id"), parent=None).values("pk")[:1]
    found = rows.annotate(account=Coalesce("customer_id", Subquery(own)))
    return list(found.exclude(account=None).values_list("account", "since"))


def hours_after(opening: datetime, hours: int) -> datetime:
    return opening + timedelta(hours=hours)


def _write(
    listing: Listing,
    *,
    name: str,
    how: str,
    by: Actor,
    user_id: int | None = None,
    customer_id: int | None = None,
    since: datetime | None = None,
) -> Insider:
    now = clock.now()
    row, made = Insider.objects.get_or_create(
        listing=listing,
        user=User.objects.get(pk=user_id) if user_id else None,
        customer=Customer.objects.get(pk=customer_id) if customer_id else None,
        name=name[:160],
        defaults={"how": how[:200], "since": min(since or now, now), "by": by.label},
    )
    if made:
        record(
            actor=by,
            verb="listings.insider",
            target=listing,
            after={"name": row.name, "how": row.how, "since": row.since},
        )
        own = (
            customer_id
            or Customer.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
            if user_id
            else customer_id
        )
        if own is not None:
            _tell_venue(listing, own, row.since)
    return row


def _tell_venue(listing: Listing, customer_id: int, since: datetime) -> None:
    if listing.code and listing.stage in (*KNOWN_TO_FEW, *COMING, "draft"):
        venue.note(
            customer_id=customer_id,
            asset=listing.code,
            since=since,
            why=f"insider of listing {listing.pk}",
        )


def _customer_of(email: str) -> int:
    user = User.objects.filter(email__iexact=email.strip()).first()
    found = (
        Customer.objects.filter(user=user).values_list("pk", flat=True).first() if user else None
    )
    if found is None:
        raise NotFound(
            _("There is no account of %(email)s here.") % {"email": email.strip()}, field="email"
        )
    return found
