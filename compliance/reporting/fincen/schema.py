"""FinCEN's own schemas (XSD 1.1), and the code tables that stand in them.

An XSD 1.0 validator is not enough: the patterns that forbid spaces at the ends of values are
enforced by a 1.1 processor only.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from compliance.reporting.problems import Found

DATA = Path(__file__).parent.parent / "data"
FILES = {"SARX": "EFL_SARXBatchSchema.xsd", "CTRX": "EFL_CTRXBatchSchema.xsd"}
XSD = "{http://www.w3.org/2001/XMLSchema}"
MOST_ERRORS = 50


@lru_cache(maxsize=len(FILES))
def schema(form: str) -> Any:
    """The compiled schema of a form. Compiling takes a second; the process keeps it."""
    import xmlschema

    return xmlschema.XMLSchema11(DATA / FILES[form])


def against_schema(root: Element, form: str, found: Found) -> None:
    """Add what the schema refuses, at most fifty errors."""
    for count, error in enumerate(schema(form).iter_errors(root)):
        if count >= MOST_ERRORS:
            found.add("/", "more", "There are more errors; these come first.")
            return
        where = (error.path or "/").replace("fc2:", "").replace("{www.fincen.gov/base}", "")
        found.add(where, "schema", _plain_reason(error.reason or error.message or ""))


def _plain_reason(reason: str) -> str:
    """The validator's words without namespaces, short."""
    words = reason.replace("{www.fincen.gov/base}", "").replace("fc2:", "")
    if "doesn't match any pattern" in words or "pattern" in words:
        words += " (spaces at an end, a line break, or characters that may not stand here)"
    return words[:300]


@lru_cache(maxsize=64)
def codes(form: str, type_name: str) -> dict[str, str]:
    """The values that a type of the schema allows, each with FinCEN's own words for it."""
    tree = _document(form)
    for simple in tree.iter(f"{XSD}simpleType"):
        if simple.get("name") == type_name:
            return {
                each.get("value", ""): _words(each) for each in simple.iter(f"{XSD}enumeration")
            }
    raise LookupError(f"the schema of {form} has no type {type_name}")


def _words(enumeration: Element) -> str:
    return " ".join("".join(enumeration.itertext()).split())


@lru_cache(maxsize=len(FILES))
def _document(form: str) -> Element:
    return ElementTree.parse(DATA / FILES[form]).getroot()  # noqa: S314  a file of ours
