"""The European Union's consolidated list (FSF), in its XML 1.1 and its CSV 1.1.

In the CSV an entity is as many rows as it has names, birth dates, addresses and papers; each row
carries the entity's numbers and one of these.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from compliance.screening.lists.entry import (
    ALIAS,
    PRIMARY,
    WEAK,
    Entry,
    date_of,
    tidy,
    unique,
    unique_names,
)
from compliance.screening.lists.markup import Element, elements
from exchange.core.errors import Invalid

_SUBJECT = "Entity_SubjectType"
_PLACE = ("street", "city", "zipCode", "countryDescription")


def entries_of_xml(content: bytes) -> Iterator[Entry]:
    for element in elements(content, "sanctionEntity"):
        for below in element.iter():
            below.tag = below.tag.rpartition("}")[2]
        yield _of_element(element)


def _of_element(element: Element) -> Entry:
    subject = element.find("subjectType")
    code = subject.get("classificationCode", "") if subject is not None else ""
    names = []
    for alias in element.findall("nameAlias"):
        whole = tidy(alias.get("wholeName")) or " ".join(
            filter(None, (tidy(alias.get(p)) for p in ("firstName", "middleName", "lastName")))
        )
        names.append((whole, ALIAS if alias.get("strong", "true") == "true" else WEAK))
    countries = [
        tidy(each.get("countryIso2Code")) or tidy(each.get("countryDescription"))
        for tag in ("citizenship", "address")
        for each in element.findall(tag)
    ]
    places = [
        ", ".join(filter(None, (tidy(each.get(part)) for part in _PLACE)))
        for each in element.findall("address")
    ]
    return Entry(
        uid=tidy(element.get("euReferenceNumber")) or tidy(element.get("logicalId")),
        kind="person" if code == "P" else "entity",
        names=unique_names(_first_is_primary(names)),
        births=unique(
            *(
                date_of(tidy(each.get("birthdate")) or tidy(each.get("year")))
                for each in element.findall("birthdate")
            )
        ),
        countries=tuple(each for each in unique(*countries) if each not in ("00", "UNKNOWN")),
        programmes=unique(*(each.get("programme", "") for each in element.findall("regulation"))),
        documents=unique(
            *(
                f"{each.get('identificationTypeCode', '')} {each.get('number', '')}"
                for each in element.findall("identification")
                if each.get("number")
            )
        )[:50],
        places=unique(*places)[:50],
        remarks=tidy(" ".join(each.text or "" for each in element.findall("remark")))[:4000],
    )


def _first_is_primary(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    strong = next((i for i, (_, role) in enumerate(names) if role == ALIAS), 0)
    return [
        *[(name, PRIMARY) for name, _ in names[strong : strong + 1]],
        *names[:strong],
        *names[strong + 1 :],
    ]


@dataclass
class _Gathered:
    kind: str
    names: list[tuple[str, str]] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def entries_of_csv(text: str) -> Iterator[Entry]:
    """Raises Invalid when the header is another one."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";")
    if "Entity_LogicalId" not in (reader.fieldnames or ()):
        raise Invalid("The first line does not name Entity_LogicalId.", field="origin")
    gathered: dict[str, _Gathered] = {}
    for row in reader:
        cell = {key: tidy(value) for key, value in row.items() if isinstance(value, str)}
        uid = cell.get("Entity_EU_ReferenceNumber") or cell.get("Entity_LogicalId", "")
        if not uid:
            continue
        code = cell.get("Entity_SubjectType_ClassificationCode", "") or cell.get(_SUBJECT, "")
        kind = "person" if code.upper()[:1] == "P" else "entity"
        _gather(gathered.setdefault(uid, _Gathered(kind)), cell)
    for uid, found in gathered.items():
        yield Entry(
            uid=uid,
            kind=found.kind,
            names=unique_names(_first_is_primary(found.names)),
            births=unique(*found.births),
            countries=unique(*found.countries),
            programmes=unique(*found.programmes),
            documents=unique(*found.documents)[:50],
            places=unique(*found.places)[:50],
            remarks=" ".join(unique(*found.remarks))[:4000],
        )


def _gather(found: _Gathered, cell: dict[str, str]) -> None:
    if name := cell.get("NameAlias_WholeName"):
        found.names.append((name, ALIAS))
    if born := cell.get("BirthDate_BirthDate") or cell.get("BirthDate_Year"):
        found.births.append(date_of(born))
    for column in ("Citizenship_CountryIso2Code", "Address_CountryIso2Code"):
        if (country := cell.get(column)) and country not in ("00", "UNKNOWN"):
            found.countries.append(country)
    found.programmes.append(cell.get("Entity_Regulation_Programme", ""))
    found.remarks.append(cell.get("Entity_Remark", ""))
    if number := cell.get("Identification_Number"):
        found.documents.append(f"{cell.get('Identification_TypeCode', '')} {number}")
    place = [cell.get(f"Address_{part}", "") for part in ("Street", "City", "CountryDescription")]
    found.places.append(", ".join(filter(None, place)))
