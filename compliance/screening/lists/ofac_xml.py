"""OFAC's lists in XML: the standard one (sdn.xml) and the advanced one (sdn_advanced.xml).

The advanced list names everything by numbers that its first part, the reference values, explains;
it is read in one pass, since these come first.
"""

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
from compliance.screening.lists.ofac import crypto_in

KINDS = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
_CRYPTO = "Digital Currency Address - "


def entries_of_standard(content: bytes) -> Iterator[Entry]:
    for element in elements(content, "sdnEntry"):
        for below in element.iter():
            below.tag = below.tag.rpartition("}")[2]
        yield _of_standard(element)


def _of_standard(element: Element) -> Entry:
    names = [(_whole(element), PRIMARY)]
    for aka in element.findall("akaList/aka"):
        weak = text(aka, "category") == "weak"
        role = FORMER if text(aka, "type").startswith("f.k.a") else ALIAS
        names.append((_whole(aka), WEAK if weak else role))
    papers = [(text(e, "idType"), text(e, "idNumber")) for e in element.findall("idList/id")]
    remarks = text(element, "remarks")
    crypto = [(k.removeprefix(_CRYPTO), v) for k, v in papers if k.startswith(_CRYPTO)]
    return Entry(
        uid=text(element, "uid"),
        kind=KINDS.get(text(element, "sdnType").lower(), "entity"),
        names=unique_names(names),
        births=unique(*map(date_of, texts(element, "dateOfBirthList/dateOfBirthItem/dateOfBirth"))),
        countries=unique(
            *texts(element, "nationalityList/nationality/country"),
            *texts(element, "citizenshipList/citizenship/country"),
            *texts(element, "addressList/address/country"),
        ),
        programmes=unique(*texts(element, "programList/program")),
        documents=unique(*(f"{k} {v}" for k, v in papers if v and not k.startswith(_CRYPTO)))[:50],
        places=unique(
            *(
                ", ".join(filter(None, (text(e, part) for part in ("address1", "city", "country"))))
                for e in element.findall("addressList/address")
            )
        )[:50],
        remarks=remarks[:4000],
        addresses=tuple(dict.fromkeys([*crypto, *crypto_in(remarks)])),
    )


def _whole(element: Element) -> str:
    """As the CSV has it: "LAST, First"."""
    last, first = text(element, "lastName"), text(element, "firstName")
    return f"{last}, {first}" if last and first else last or first


_REFERENCE = ("FeatureType", "PartySubType", "AliasType", "PartyType")


def entries_of_advanced(content: bytes) -> Iterator[Entry]:
    words: dict[tuple[str, str], str] = {}
    kinds: dict[str, str] = {}
    for element in elements(content, *_REFERENCE, "DistinctParty"):
        if element.tag == "DistinctParty":
            for below in element.iter():
                below.tag = below.tag.rpartition("}")[2]
            yield _of_advanced(element, words, kinds)
            continue
        words[element.tag, element.get("ID", "")] = tidy(element.text)
        if element.tag == "PartySubType":
            kinds[element.get("ID", "")] = element.get("PartyTypeID", "")


def _of_advanced(
    element: Element, words: dict[tuple[str, str], str], kinds: dict[str, str]
) -> Entry:
    profile = element.find("Profile")
    assert profile is not None
    subtype = profile.get("PartySubTypeID", "")
    kind = words.get(("PartySubType", subtype), "")
    if kind.lower() not in KINDS:
        kind = words.get(("PartyType", kinds.get(subtype, "")), "")
    births, addresses, documents, countries = [], [], [], []
    for feature in profile.findall("Feature"):
        what = words.get(("FeatureType", feature.get("FeatureTypeID", "")), "")
        value = " ".join(texts(feature, "FeatureVersion/VersionDetail"))
        if what.startswith(_CRYPTO):
            addresses.append((what.removeprefix(_CRYPTO), value))
        elif what == "Birthdate":
            births += [_period(each) for each in feature.findall("FeatureVersion/DatePeriod")]
        elif what in ("Nationality Country", "Citizenship Country"):
            countries.append(value)
        elif value:
            documents.append(f"{what}: {value}")
    return Entry(
        uid=profile.get("ID", "") or element.get("FixedRef", ""),
        kind=KINDS.get(kind.lower(), "entity"),
        names=unique_names(_names(profile, words)),
        births=unique(*births),
        countries=unique(*countries),
        documents=unique(*documents)[:50],
        remarks=text(element, "Comment")[:4000],
        addresses=tuple(dict.fromkeys(addresses)),
    )


def _names(profile: Element, words: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for alias in profile.findall("Identity/Alias"):
        role = PRIMARY if alias.get("Primary") == "true" else ALIAS
        if words.get(("AliasType", alias.get("AliasTypeID", "")), "").startswith("F.K.A"):
            role = FORMER
        if alias.get("LowQuality") == "true":
            role = WEAK
        for name in alias.findall("DocumentedName"):
            parts = texts(name, "DocumentedNamePart/NamePartValue")
            found.append((" ".join(parts), role))
    return sorted(found, key=lambda each: each[1] != PRIMARY)


def _period(period: Element) -> str:
    """A span of days; the same year at both ends, or the same day, is one date."""
    ends = []
    for path in ("Start/From", "End/To"):
        end = period.find(path)
        if end is not None:
            parts = [text(end, part) for part in ("Year", "Month", "Day")]
            ends.append((parts[0], "-".join(p.zfill(2) for p in parts if p) if parts[0] else ""))
    if not ends:
        return ""
    (year, first), (last_year, last) = ends[0], ends[-1]
    if first == last:
        return first
    return year if year == last_year else f"{year}/{last_year}"
