"""XML of strangers: read without what XML can do to its reader, and without its namespaces."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree import ElementTree

from compliance.screening.lists.entry import tidy
from exchange.core.errors import Invalid

Element = ElementTree.Element


def elements(content: bytes, *tags: str) -> Iterator[Element]:
    """Elements with one of these local names, each complete, forgotten after it was used.

    Raises Invalid for what is no XML, and for documents with a type declaration: lists have none,
    and entities are defined nowhere else.
    """
    if b"<!DOCTYPE" in content[:10_000] or b"<!ENTITY" in content[:10_000]:
        raise Invalid("A list must not declare entities.", field="origin")
    wanted = set(tags)
    try:
        for _event, element in ElementTree.iterparse(io.BytesIO(content)):  # noqa: S314
            element.tag = local(element.tag)
            if element.tag in wanted:
                yield element
                element.clear()
    except ElementTree.ParseError as error:
        raise Invalid(f"This is not well-formed XML: {error}", field="origin") from error


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def texts(element: Element, path: str) -> list[str]:
    return [text for found in element.findall(path) if (text := tidy(found.text))]


def text(element: Element, path: str) -> str:
    return tidy(element.findtext(path))
