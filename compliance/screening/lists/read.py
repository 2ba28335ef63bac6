"""Which list do these files hold, and what does it say?"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.screening.lists import eu, ofac, ofac_xml, plain, un
from compliance.screening.lists.entry import Entry
from exchange.core.errors import Invalid

OFAC_CSV, OFAC_XML, OFAC_ADVANCED = "OFAC CSV", "OFAC XML", "OFAC advanced XML"
UN_XML, EU_XML, EU_CSV, ADDRESSES = "UN XML", "EU XML", "EU CSV", "addresses"
SOURCES = {
    OFAC_CSV: "OFAC",
    OFAC_XML: "OFAC",
    OFAC_ADVANCED: "OFAC",
    UN_XML: "UN",
    EU_XML: "EU",
    EU_CSV: "EU",
    ADDRESSES: "OFAC addresses",
}


@dataclass(frozen=True, slots=True)
class Contents:
    layout: str
    entries: tuple[Entry, ...]
    addresses: tuple[tuple[str, str], ...] = ()


def read(files: dict[str, bytes]) -> Contents:
    """Read a list from its files by what stands in them. Raises Invalid for what is no list."""
    names = {name.lower(): content for name, content in files.items()}
    if any(name.startswith(plain.PREFIX) for name in files):
        return Contents(ADDRESSES, (), tuple(dict.fromkeys(plain.addresses(files))))
    if "sdn.csv" in names:
        text = {
            part: names.get(f"{part}.csv", b"").decode("utf-8", errors="replace")
            for part in ("sdn", "alt", "add", "sdn_comments")
        }
        found = ofac.entries(text["sdn"], text["alt"], text["add"], text["sdn_comments"])
        return Contents(OFAC_CSV, tuple(found))
    if len(files) != 1:
        raise Invalid("These files are no list that is known here.", field="origin")
    (content,) = files.values()
    return _one_file(content)


def _one_file(content: bytes) -> Contents:
    head = content[:4_000]
    if b"<CONSOLIDATED_LIST" in head:
        return Contents(UN_XML, tuple(un.entries(content)))
    if b"fsd/export" in head:
        return Contents(EU_XML, tuple(eu.entries_of_xml(content)))
    if b"<sdnList" in head:
        return Contents(OFAC_XML, tuple(ofac_xml.entries_of_standard(content)))
    if b"<Sanctions" in head:
        return Contents(OFAC_ADVANCED, tuple(ofac_xml.entries_of_advanced(content)))
    if b"Entity_LogicalId" in head:
        return Contents(EU_CSV, tuple(eu.entries_of_csv(content.decode("utf-8", errors="replace"))))
    raise Invalid("This file is no list that is known here.", field="origin")
