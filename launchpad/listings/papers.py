"""What projects upload: kept as identity documents are (`compliance.identity.sealing`)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity import sealing
from exchange.accounts import throttle
from exchange.audit.record import record
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from launchpad.listings import apply, road
from launchpad.listings.models import Listing, ListingDocument, ListingDocumentPage
from launchpad.listings.states import IN_WORK, Stage
from launchpad.listings.words import SEE_DOCUMENTS, Paper

MOST_DOCUMENTS = 60  # a listing keeps, the replaced ones included
A_DAY = 60
CONTEXT = "listing-document"
SEVERAL = (Paper.AUDIT, Paper.OTHER)  # one does not replace another
TAKES = (Stage.DRAFT, *IN_WORK)


def upload(*, listing_id: int, kind: str, content: bytes, actor: Actor) -> ListingDocument:
    """Keep what was sent, re-made and sealed, in the place of the last of its kind.

    Possible while the application is looked at too: what staff ask for is often a paper. Raises
    NotFound, Conflict once it is decided, Invalid, Unreadable, TooManyTries.
    """
    if kind not in Paper.values:
        raise Invalid(_("There is no such document."), field="kind", limit=Paper.values)
    listing = _open_to(listing_id, actor)
    digest = sealing.digest_of(content)
    standing = listing.documents.filter(
        kind=kind, sha256=digest, state=ListingDocument.State.KEPT
    ).first()
    if standing is not None:
        return standing
    throttle.spend("listing-upload", listing.pk, limit=A_DAY, within=timedelta(days=1))
    mime, pages = sealing.remade(content)
    with transaction.atomic():
        listing = road.locked(listing_id)
        _refuse_unless_open(listing)
        if listing.documents.count() >= MOST_DOCUMENTS:
            raise Conflict(_("There are too many documents here."), limit=MOST_DOCUMENTS)
        if kind not in SEVERAL:
            listing.documents.filter(kind=kind).update(state=ListingDocument.State.REPLACED)
        document = ListingDocument.objects.create(
            listing=listing, kind=kind, **sealing.facts_of(mime=mime, pages=pages, digest=digest)
        )
        sealing.keep_pages(
            document=document, pages=pages, as_rows=ListingDocumentPage, context=CONTEXT
        )
        record(
            actor=actor,
            verb="listings.upload",
            target=listing,
            after={"document": document.pk, "kind": kind, "pages": len(pages)},
        )
    return document


def open_page(*, document_id: int, number: int, actor: Actor) -> sealing.Picture:
    """One page, for its project or for staff who may. Every look is written down.

    Raises NotFound, PermissionRefused.
    """
    if actor.kind != CUSTOMER:
        actor.require(SEE_DOCUMENTS)
    page = (
        ListingDocumentPage.objects.select_related("document__listing")
        .filter(document_id=document_id, number=number)
        .first()
    )
    if page is None:
        raise NotFound(_("There is no such page."), field="document_id")
    listing = page.document.listing
    if actor.kind == CUSTOMER:
        apply.refuse_stranger(listing, actor)
    with transaction.atomic():
        record(
            actor=actor,
            verb="listings.view_document",
            target=listing,
            after={"document": document_id, "page": number, "kind": page.document.kind},
        )
    return sealing.opened(page, document_id=document_id, context=CONTEXT)


def _open_to(listing_id: int, actor: Actor) -> Listing:
    listing = road.found(listing_id)
    apply.refuse_stranger(listing, actor)
    _refuse_unless_open(listing)
    return listing


def _refuse_unless_open(listing: Listing) -> None:
    if listing.stage not in TAKES:
        raise Conflict(
            _("It is decided: nothing can be added now."), field="stage", limit=listing.stage
        )
