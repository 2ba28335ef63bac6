"""Take in what customers upload, keep it sealed, and write down whoever looks at it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import remake
from compliance.identity.models import Application, Document, DocumentPage, Owner
from compliance.identity.words import TWO_SIDED, Paper
from exchange.accounts import throttle
from exchange.accounts.actors import require_holder
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import CUSTOMER, Actor
from exchange.core.errors import Conflict, Invalid, NotFound

MOST_BYTES = remake.MOST_BYTES
MOST_DOCUMENTS = 60  # an application keeps, the replaced ones included
A_DAY = 60  # uploads of one customer
WAIT_SECONDS = 30
PERMISSION = "compliance.see_documents"
SIDES = ("", "front", "back")
PROGRAM = Path(remake.__file__)

WHY = {
    "kind": gettext_lazy("This is no JPEG, PNG or PDF. Take a photo, or save it as one of those."),
    "size": gettext_lazy("This file is larger than 10 MB. Take the photo anew with less detail."),
    "pixels": gettext_lazy("This picture has too many pixels. Take it anew with less detail."),
    "small": gettext_lazy("This picture is too small to read. Take it from closer, or larger."),
    "pages": gettext_lazy("This PDF has more than 10 pages. Send those that matter."),
    "password": gettext_lazy("This PDF asks for a password. Save it without one."),
    "broken": gettext_lazy("This file can't be read: it may be damaged. Take or save it anew."),
}


class Unreadable(Invalid):
    """What was sent can't be used. `limit` is the word for why."""

    code = "document"


class Picture(NamedTuple):
    """One page, opened."""

    width: int
    height: int
    jpeg: bytes


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
    digest = hashlib.sha256(content).hexdigest()
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
            mime=mime,
            size=sum(len(page.jpeg) for page in pages),
            pages=len(pages),
            sha256=digest,
            uploaded_at=clock.now(),
        )
        DocumentPage.objects.bulk_create(
            DocumentPage(
                document=made,
                number=number,
                width=page.width,
                height=page.height,
                sealed=vault.seal(page.jpeg, context=_context(made.pk, number)),
            )
            for number, page in enumerate(pages, start=1)
        )
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
    jpeg = vault.unseal(bytes(page.sealed), context=_context(document_id, number))
    return Picture(page.width, page.height, jpeg)


def remade(content: bytes) -> tuple[str, list[Picture]]:
    """What it was and pictures of its pages, made by a program that can do nothing else.

    Raises Unreadable.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise _unreadable("size" if content else "broken")
    try:
        remake.kind_of(content)
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM)],
            input=content,
            capture_output=True,
            timeout=WAIT_SECONDS,
            env={},
            check=False,
        )
    except remake.Unusable as unusable:
        raise _unreadable(str(unusable)) from unusable
    except subprocess.TimeoutExpired as late:
        raise _unreadable("broken") from late
    head, _newline, rest = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise _unreadable("broken")
    told = json.loads(head)
    if "unusable" in told:
        raise _unreadable(told["unusable"])
    pages = []
    for width, height, length in told["pages"]:
        pages.append(Picture(width, height, rest[:length]))
        rest = rest[length:]
    return told["mime"], pages


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


def _unreadable(why: str) -> Unreadable:
    return Unreadable(str(WHY.get(why, WHY["broken"])), field="file", limit=why)


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


def _context(document_id: int, number: int) -> str:
    return f"document:{document_id}:{number}"
