"""The consolidated list of the United Nations Security Council, in its own XML."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.screening.lists.entry import (
    ALIAS,
    FORMER,
    PRIMARY,
    WEAK,
    Entry,
    date_of,
    tidy,
    unique,
    unique_names,
)
from compliance.screening.lists.markup import Element, elements, text, texts

_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_ROLES = {"Low": WEAK, "f.k.a.": FORMER}


def entries(content: bytes) -> Iterator[Entry]:
    """Every person and entity of the list, in its order."""
    for element in elements(content, "INDIVIDUAL", "ENTITY"):
        yield _entry(element)


def _entry(element: Element) -> Entry:
    person = element.tag == "INDIVIDUAL"
    prefix = "INDIVIDUAL" if person else "ENTITY"
    names = [(" ".join(filter(None, (text(element, part) for part in _PARTS))), PRIMARY)]
    names += [(text(element, "NAME_ORIGINAL_SCRIPT"), ALIAS)]
    for alias in element.findall(f"{prefix}_ALIAS"):
        role = _ROLES.get(text(alias, "QUALITY"), ALIAS)
        names += [(each, role) for each in text(alias, "ALIAS_NAME").split(";")]
    remarks = text(element, "COMMENTS1")
    return Entry(
        uid=text(element, "REFERENCE_NUMBER") or text(element, "DATAID"),
        kind="person" if person else "entity",
        names=unique_names(names),
        births=unique(*(_born(each) for each in element.findall("INDIVIDUAL_DATE_OF_BIRTH"))),
        countries=unique(
            *texts(element, "NATIONALITY/VALUE"), *texts(element, f"{prefix}_ADDRESS/COUNTRY")
        ),
        programmes=unique(text(element, "UN_LIST_TYPE")),
        documents=unique(
            *(
                f"{text(each, 'TYPE_OF_DOCUMENT')} {text(each, 'NUMBER')}"
                for each in element.findall("INDIVIDUAL_DOCUMENT")
                if text(each, "NUMBER")
            )
        )[:50],
        places=unique(*(_place(each) for each in element.findall(f"{prefix}_ADDRESS")))[:50],
        remarks=remarks[:4000],
    )


def _born(element: Element) -> str:
    since, until = text(element, "FROM_YEAR"), text(element, "TO_YEAR")
    if since and until:
        return f"{since}/{until}"
    return date_of(text(element, "DATE") or text(element, "YEAR"))


def _place(element: Element) -> str:
    parts = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
    return ", ".join(filter(None, (tidy(element.findtext(part)) for part in parts)))
