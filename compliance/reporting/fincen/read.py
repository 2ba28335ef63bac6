"""Read XML that somebody hands in: bounded, and without document types or entities."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from exchange.core.errors import Invalid

MOST_BYTES = 20_000_000
MOST_DEPTH = 12
NAMESPACE = "www.fincen.gov/base"
PREFIX = "fc2"


class Unreadable(Invalid):
    """The file is no XML that we would read."""

    code = "unreadable_file"


def read(content: bytes) -> Element:
    """The root of a document. Raises Unreadable: too large, malformed, or with a document type."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is too large."), field="file", limit=MOST_BYTES)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:200]:
        raise Unreadable(_("The file has to be UTF-8."), field="file")
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        # Entities could blow a small file up, or read files of ours.
        raise Unreadable(_("A document type has no place in this file."), field="file")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  no document type, so no entities
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable(
            _("The file is no well-formed XML: %(error)s.") % {"error": error}, field="file"
        ) from error
    if _depth(root) > MOST_DEPTH:
        raise Unreadable(_("The file is nested too deeply."), field="file", limit=MOST_DEPTH)
    return root


def _depth(root: Element) -> int:
    level, deepest = [root], 0
    while level and deepest <= MOST_DEPTH:
        deepest += 1
        level = [child for element in level for child in element]
    return deepest


def name(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, wanted: str) -> list[Element]:
    """Direct children called so, in whatever namespace: acknowledgements come with and without."""
    return [child for child in element if name(child) == wanted]


def text(element: Element | None, wanted: str) -> str:
    """The text of the first direct child called so; empty when there is none."""
    if element is None:
        return ""
    found = next(iter(children(element, wanted)), None)
    return (found.text or "") if found is not None else ""
