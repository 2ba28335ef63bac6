"""Take in what customers upload, keep it sealed, and write down whoever looks at it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.identity.models import Application, Document, DocumentPage, Owner
from compliance.identity.sealing import (
    MOST_BYTES,
    PROGRAM,
    WHY,
    Picture,
    Unreadable,
    digest_of,
    facts_of,
    keep_pages,
    opened,
    remade,
)
from compliance.identity.words import TWO_SIDED, Paper
from exchange.accounts import throttle
from exchange.accounts.actors import require_holder
from exchange.audit.record import record
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import Conflict, Invalid, NotFound

__all__ = ["MOST_BYTES", "PROGRAM", "WHY", "Picture", "Unreadable", "open_page", "upload"]

CONTEXT = "document"  # what a page is sealed for
MOST_DOCUMENTS = 60  # an application keeps, the replaced ones included
A_DAY = 60  # uploads of one customer
PERMISSION = "compliance.see_documents"
SIDES = ("", "front", "back")


def upload(
    *,
    application_id: int,
    kind: str,
    content: bytes,
    actor: Actor,
    side: str = "",
    owner_id: int | None = None,
) -> Document:
    """Keep what the customer sent, re-made and sealed, in the place of the last of its kind.

    Looks at the contents and never at a name. The same file again returns the row that there is.
    Raises NotFound, PermissionRefused, Conflict once somebody is reviewing, Unreadable.
    """
    application = _application(application_id)
    require_holder(actor=actor, customer_id=application.customer_id, permission=PERMISSION)
    if kind not in Paper.values:
        raise Invalid(_("There is no such document."), field="kind", limit=Paper.values)
    if side not in SIDES or (side and kind not in TWO_SIDED):
        raise Invalid(_("There is no such side."), field="side", limit=SIDES)
    _refuse_unless_open(application)
    owner = _owner(application, owner_id)
    digest = digest_of(content)
    standing = _kept(application, kind, side, owner).filter(sha256=digest).first()
    if standing is not None:
        return standing
    throttle.spend(
        "identity-upload", application.customer_id, limit=A_DAY, within=timedelta(days=1)
    )
    mime, pages = remade(content)
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application_id)
        _refuse_unless_open(application)
        if application.documents.count() >= MOST_DOCUMENTS:
            raise Conflict(_("There are too many documents here. Write to support."))
        _kept(application, kind, side, owner).update(state=Document.State.REPLACED)
        made = Document.objects.create(
            application=application,
            owner=owner,
            kind=kind,
            side=side,
            **facts_of(mime=mime, pages=pages, digest=digest),
        )
        keep_pages(document=made, pages=pages, as_rows=DocumentPage, context=CONTEXT)
        record(
            actor=actor,
            verb="identity.upload",
            target=made,
            after={"kind": kind, "side": side, "application": application.pk, "pages": len(pages)},
        )
    return made


def open_page(*, document_id: int, number: int, actor: Actor) -> Picture:
    """One page of a document, for its customer or for staff who may. Every look is written down.

    Raises NotFound, PermissionRefused.
    """
    page = (
        DocumentPage.objects.select_related("document__application")
        .filter(document_id=document_id, number=number)
        .first()
    )
    if page is None:
        raise NotFound(_("There is no such page."), field="document_id")
    application = page.document.application
    if actor.kind == CUSTOMER and actor.customer_id != application.customer_id:
        raise NotFound(_("There is no such page."), field="document_id")
    require_holder(actor=actor, customer_id=application.customer_id, permission=PERMISSION)
    with transaction.atomic():
        record(
            actor=actor,
            verb="identity.view_document",
            target=page.document,
            after={"page": number, "kind": page.document.kind, "application": application.pk},
        )
    return opened(page, document_id=document_id, context=CONTEXT)


def sent_elsewhere(application: Application) -> int:
    """How many other customers sent one of this application's pictures. One indexed query."""
    ours = application.documents.values("sha256")
    return (
        Document.objects.filter(sha256__in=ours)
        .exclude(application__customer_id=application.customer_id)
        .values("application__customer_id")
        .distinct()
        .count()
    )


def _application(application_id: int) -> Application:
    found = Application.objects.filter(pk=application_id).first()
    if found is None:
        raise NotFound(f"There is no application {application_id}.", field="application_id")
    return found


def _owner(application: Application, owner_id: int | None) -> Owner | None:
    if owner_id is None:
        return None
    found = application.owners.filter(pk=owner_id).first()
    if found is None:
        raise NotFound(_("There is no such person here."), field="owner_id")
    return found


def _refuse_unless_open(application: Application) -> None:
    if application.state not in (Application.State.DRAFT, Application.State.ASKED):
        raise Conflict(
            _("Your application is being looked at: nothing can be added now."),
            limit=application.state,
        )


def _kept(application: Application, kind: str, side: str, owner: Owner | None):  # type: ignore[no-untyped-def]
    return application.documents.filter(
        kind=kind, side=side, owner=owner, state=Document.State.KEPT
    )
