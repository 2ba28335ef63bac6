"""Evidence: files as they were handed in, looked at by content, sealed, and every look logged.

The SHA-256 is of the bytes as they came. They are kept as they are, since a changed file proves
nothing; therefore they are only ever handed out as downloads, never shown in a page.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.cases import hold
from compliance.cases.models import Case, CaseEvidence, CaseEvidenceContent, CaseQuestion
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

MOST_BYTES = 10_000_000
MOST_FILES = 200  # a case
VIEW = "compliance.view_caseevidence"
PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
ENDINGS = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), TEXT: (".txt", ".csv", ".json")}
Source = CaseEvidence.Source


class Opened(NamedTuple):
    """A file, unsealed, for one download."""

    name: str
    kind: str
    content: bytes


def hand_in(*, case_id: int, name: str, content: bytes, actor: Actor) -> CaseEvidence:
    """Add a file to a case. The same bytes again are the row that there is.

    Raises NotFound, PermissionRefused, CaseClosed, Invalid (empty, too large, no PDF, PNG, JPEG
    or text), Conflict when the case holds 200 files.
    """
    kind = kind_of(content)
    with transaction.atomic():
        case = hold.locked(case_id)
        by = hold.may_work(case, actor)
        return keep(case, name=name, kind=kind, content=content, by=by, actor=actor)


def open_evidence(*, evidence_id: int, actor: Actor) -> Opened:
    """The bytes. That somebody looked is written down before they get them.

    Raises NotFound, PermissionRefused.
    """
    actor.require(VIEW)
    with transaction.atomic():
        row = CaseEvidence.objects.select_related("content").filter(pk=evidence_id).first()
        if row is None:
            raise NotFound(field="evidence_id")
        content = vault.unseal(bytes(row.content.sealed), context=_context(row))
        record(
            actor=actor,
            verb="cases.view_evidence",
            target_type="case",
            target_id=str(row.case_id),
            after={"evidence": row.pk, "sha256": row.sha256},
        )
    return Opened(row.name, row.kind, content)


def keep(
    case: Case,
    *,
    name: str,
    kind: str,
    content: bytes,
    by: int,
    actor: Actor,
    question: CaseQuestion | None = None,
) -> CaseEvidence:
    """Seal a file that was looked at, and write it down. The case is locked by the caller."""
    digest = hashlib.sha256(content).hexdigest()
    standing = case.evidence.filter(sha256=digest).first()
    if standing is not None:
        return standing
    if case.evidence.count() >= MOST_FILES:
        raise Conflict(_("This case holds 200 files already."), limit=MOST_FILES)
    row = CaseEvidence.objects.create(
        case=case,
        name=_name(name, kind),
        kind=kind,
        size=len(content),
        sha256=digest,
        source=Source.CUSTOMER if question else Source.STAFF,
        question=question,
        by_id=by,
        at=clock.now(),
    )
    CaseEvidenceContent.objects.create(
        evidence=row, sealed=vault.seal(content, context=_context(row))
    )
    record(
        actor=actor,
        verb="cases.hand_in",
        target=case,
        after={"evidence": row.pk, "kind": kind, "size": row.size, "sha256": digest},
    )
    return row


def kind_of(content: bytes) -> str:
    """What the bytes are, whatever the file is called. Raises Invalid."""
    if not content:
        raise Invalid(_("This file is empty."), field="file")
    if len(content) > MOST_BYTES:
        raise Invalid(_("At most 10 MB a file."), field="file", limit=MOST_BYTES)
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]:
        return PNG
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-64:]:
        return JPEG
    if _is_text(content):
        return TEXT
    raise Invalid(
        _("Only PDF, PNG, JPEG and plain text; this is something else, or damaged."), field="file"
    )


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return re.search(r"[\x00-\x08\x0e-\x1f]", text) is None


def _name(name: str, kind: str) -> str:
    """The file's own name without a path or anything odd, ending as its content does."""
    base = re.sub(r"[^\w.\- ]", "_", PurePath(name.replace("\\", "/")).name).strip(" .") or "file"
    endings = ENDINGS[kind]
    stem, dot, ending = base.rpartition(".")
    if not dot or f".{ending.lower()}" not in endings:
        base = f"{base}{endings[0]}"
    return base if len(base) <= 140 else base[:120] + PurePath(base).suffix


def _context(row: CaseEvidence) -> str:
    return f"case-evidence:{row.pk}:{row.sha256}"
