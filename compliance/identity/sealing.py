"""Take in a document: look at what it is, make it anew, seal it page by page, open it again.

For every room that lets strangers upload: what a document belongs to, who may see it and how many
there may be are the room's business; that it can do no harm is this module's.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from compliance.identity import remake
from compliance.identity.models.sealed import SealedDocument, SealedPage
from exchange.core import clock, vault
from exchange.core.errors import Invalid

MOST_BYTES = remake.MOST_BYTES
WAIT_SECONDS = 30
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


def digest_of(content: bytes) -> str:
    """What tells one upload from another."""
    return hashlib.sha256(content).hexdigest()


def facts_of(*, mime: str, pages: Sequence[Picture], digest: str) -> dict[str, Any]:
    """What a SealedDocument says of itself."""
    return {
        "mime": mime,
        "size": sum(len(page.jpeg) for page in pages),
        "pages": len(pages),
        "sha256": digest,
        "uploaded_at": clock.now(),
    }


def keep_pages(
    *, document: SealedDocument, pages: Sequence[Picture], as_rows: type[SealedPage], context: str
) -> None:
    """Write the pages, each sealed for this document and its place in it."""
    as_rows._default_manager.bulk_create(
        as_rows(
            **{"document": document},
            number=number,
            width=page.width,
            height=page.height,
            sealed=vault.seal(page.jpeg, context=f"{context}:{document.pk}:{number}"),
        )
        for number, page in enumerate(pages, start=1)
    )


def opened(page: SealedPage, *, document_id: int, context: str) -> Picture:
    """A page as it was sealed. Raises ValueError when it belongs elsewhere."""
    jpeg = vault.unseal(bytes(page.sealed), context=f"{context}:{document_id}:{page.number}")
    return Picture(page.width, page.height, jpeg)


def _unreadable(why: str) -> Unreadable:
    return Unreadable(str(WHY.get(why, WHY["broken"])), field="file", limit=why)
