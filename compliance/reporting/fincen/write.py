"""Write FinCEN's XML: children in the schema's order, sequence numbers at the end, prefix fc2."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from compliance.reporting.fincen.read import NAMESPACE, PREFIX

ElementTree.register_namespace(PREFIX, NAMESPACE)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
YES = "Y"


def tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def node(parent: Element, name: str) -> Element:
    """An element that holds others."""
    return SubElement(parent, tag(name))


def put(parent: Element, name: str, value: object) -> None:
    """A value; nothing at all when it is empty, since a blank element is an answer too."""
    said = tidy(str(value)) if value not in (None, False) else ""
    if value is True:
        said = YES
    if said:
        SubElement(parent, tag(name)).text = said


def tidy(value: str) -> str:
    """As the regulator takes text: no tabs or line breaks, no spaces at the ends or doubled."""
    return " ".join(value.split())


def batch(form: str, activities: Iterable[Element], **counts: int) -> Element:
    """The root with its activities, numbered in the order of the document."""
    root = Element(tag("EFilingBatchXML"), {name: str(count) for name, count in counts.items()})
    put(root, "FormTypeCode", form)
    root.extend(activities)
    number = 0
    for element in root.iter():
        if element is not root and len(element):
            number += 1
            element.set("SeqNum", str(number))
    return root


def to_bytes(root: Element) -> bytes:
    """The file. Indented with nothing: white space between elements is no content, but no need."""
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()
