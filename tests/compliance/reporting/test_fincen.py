"""Files for FinCEN: what we write is accepted, what was spoiled is refused for its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.reporting.fincen import read, rules, sar
from tests.compliance.reporting.contents import FILED, JON, SAR, ctr_file, sar_file

PRIOR = "fc2:EFilingPriorDocumentNumber"


def codes(content: bytes) -> set[str]:
    return {problem.code for problem in rules.problems_of(content)}


def swap(old: str, new: str, times: int = 1) -> Callable[[bytes], bytes]:
    """Change a piece of text that has to be there."""

    def spoil(content: bytes) -> bytes:
        said = content.decode()
        assert old in said, old
        return said.replace(old, new, times).encode()

    return spoil


def cut(pattern: str) -> Callable[[bytes], bytes]:
    """Take the first match out."""

    def spoil(content: bytes) -> bytes:
        said, times = re.subn(pattern, "", content.decode(), count=1, flags=re.DOTALL)
        assert times, pattern
        return said.encode()

    return spoil


def party(code: str) -> str:
    return (
        rf'<fc2:Party SeqNum="\d+"><fc2:ActivityPartyTypeCode>{code}</fc2:ActivityPartyTypeCode>'
        r"(?:(?!</fc2:PartyAccountAssociation>|<fc2:Party ).)*</fc2:Party>"
    )


def unknown(name: str, before: str) -> Callable[[bytes], bytes]:
    """A box ticked before an element."""
    return swap(f"<fc2:{before}>", f"<fc2:{name}>Y</fc2:{name}><fc2:{before}>")


def repeat(element: str) -> Callable[[bytes], bytes]:
    """The element once more, with numbers that nobody else has."""

    def spoil(content: bytes) -> bytes:
        said = content.decode()
        found = re.search(rf"<fc2:{element} .*?</fc2:{element}>", said, re.DOTALL)
        assert found
        again = re.sub(r'SeqNum="(\d+)"', r'SeqNum="9\g<1>0"', found.group())
        return said.replace(found.group(), found.group() + again, 1).encode()

    return spoil


MUTANTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "too few activities counted": (swap('ActivityCount="1"', 'ActivityCount="2"'), "count"),
    "parties counted wrong": (swap('PartyCount="6"', 'PartyCount="7"'), "count"),
    "the sum is wrong": (swap('TotalAmount="48600"', 'TotalAmount="48601"'), "count"),
    "an attachment that is not there": (
        swap('AttachmentCount="0"', 'AttachmentCount="1"'),
        "count",
    ),
    "no transmitter": (cut(party("35")), "parties"),
    "no transmitter contact": (cut(party("37")), "parties"),
    "no filer": (cut(party("30")), "parties"),
    "no contact": (cut(party("8")), "parties"),
    "no place": (cut(party("34")), "parties"),
    "a subject that is a place": (
        swap("TypeCode>33</fc2:ActivityPartyTypeCode", "TypeCode>34</fc2:ActivityPartyTypeCode"),
        "parties",
    ),
    "a party code that is none": (
        swap("TypeCode>33</fc2:ActivityPartyTypeCode", "TypeCode>99</fc2:ActivityPartyTypeCode"),
        "schema",
    ),
    "a leading space": (swap("FullName>Holdfast US", "FullName> Holdfast US"), "schema"),
    "a trailing space": (swap("Name>Doe<", "Name>Doe <"), "schema"),
    "a leading space in a number": (swap("SubtypeID>114", "SubtypeID> 114"), "spaces"),
    "a tab in the narrative": (swap("Text>Between 2 and", "Text>Between 2\tand"), "spaces"),
    "a narrative that begins with a space": (swap("Text>Between", "Text> Between"), "spaces"),
    "a narrative that ends with a line": (swap("nine deposits.<", "nine deposits.\n<"), "spaces"),
    "a kind twice": (swap("SubtypeID>812", "SubtypeID>114"), "subtype"),
    "a kind that is none": (swap("SubtypeID>812", "SubtypeID>813"), "schema"),
    "a kind of another type": (swap("ActivityTypeID>8<", "ActivityTypeID>7<"), "subtype"),
    "other without words": (cut(r"<fc2:OtherSuspicious.*?</fc2:[^>]*>"), "subtype"),
    "no control code": (swap("TypeCode>28<", "TypeCode>29<"), "control_code"),
    "no taxpayer number": (swap("TypeCode>4<", "TypeCode>2<"), "tin"),
    "not a money services business": (swap("TypeID>4<", "TypeID>2<"), "institution"),
    "another regulator": (swap("RegulatorTypeCode>7<", "RegulatorTypeCode>4<"), "regulator"),
    "a number twice": (swap('SeqNum="7"', 'SeqNum="6"'), "sequence"),
    "a day that is none": (swap("FromDateText>20260201", "FromDateText>20260230"), "date"),
    "an end before the beginning": (swap("ToDateText>20260209", "ToDateText>20260109"), "dates"),
    "activity after filing": (swap("ToDateText>20260209", "ToDateText>20260409"), "date"),
    "filed in the future": (swap("FilingDateText>20260312", "FilingDateText>20990312"), "date"),
    "an amount with cents": (
        swap("TotalSuspiciousAmountText>48600", "TotalSuspiciousAmountText>486.5"),
        "amount",
    ),
    "an amount, and unknown": (
        unknown("AmountUnknownIndicator", "SuspiciousActivityFromDateText"),
        "amount",
    ),
    "neither first nor later": (
        cut(r"<fc2:InitialReportIndicator>Y</fc2:InitialReportIndicator>"),
        "filing_type",
    ),
    "first, and with a prior number": (
        swap("<fc2:FilingDateText>", f"<{PRIOR}>31000000000001</{PRIOR}><fc2:FilingDateText>"),
        "prior",
    ),
    "no narrative": (
        cut(r"<fc2:ActivityNarrativeInf.*</fc2:ActivityNarrativeInformation>"),
        "schema",
    ),
    "a narrative that begins with block two": (
        swap("SequenceNumber>1<", "SequenceNumber>2<"),
        "narrative",
    ),
    "the narrative's block twice": (repeat("ActivityNarrativeInformation"), "narrative"),
    "an event that says not what it is": (
        cut(r"<fc2:CyberEventTypeOtherText>.*?</fc2:CyberEventTypeOtherText>"),
        "cyber",
    ),
    "an asset without words": (cut(r"<fc2:OtherAsset.*?</fc2:[^>]*>"), "asset"),
    "an address of no network": (swap("203.0.113.9", "203.0.113.999"), "ip"),
    "a state that is none": (swap("StateCodeText>ON", "StateCodeText>XX"), "state"),
    "a birth in the future": (swap("BirthDateText>1981", "BirthDateText>2031"), "birth"),
    "born and unknown": (
        unknown("BirthDateUnknownIndicator", "IndividualBirthDateText"),
        "contradiction",
    ),
    "no name": (
        cut(r"<fc2:RawEntityIndividualLastName>.*?</fc2:RawEntityIndividualLastName>"),
        "name",
    ),
    "another prefix": (
        lambda content: content.replace(b"fc2:", b"f:").replace(b"xmlns:fc2", b"xmlns:f"),
        "prefix",
    ),
    "another namespace": (swap("www.fincen.gov/base", "www.example.org/base"), "root"),
    "another form": (swap("FormTypeCode>SARX", "FormTypeCode>SAR"), "form"),
    "no form": (swap("<fc2:FormTypeCode>SARX</fc2:FormTypeCode>", ""), "form"),
}


def test_what_we_write_is_accepted():
    assert rules.problems_of(sar_file()) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_spoiled_report_is_refused_for_its_reason(name):
    spoil, code = MUTANTS[name]

    assert code in codes(spoil(sar_file()))


def test_a_report_about_nobody_known_is_accepted():
    assert rules.problems_of(sar_file(subjects=[{"unknown": True}])) == []


def test_a_company_of_which_little_is_known_is_accepted():
    company = {"kind": "company", "last_name": "Blue Shell Holdings Ltd", "country": "MT"}

    assert rules.problems_of(sar_file(subjects=[company])) == []


def test_nine_hundred_ninety_nine_subjects_are_accepted_and_one_more_is_not():
    most = [{**JON, "last_name": f"Doe {number}"} for number in range(999)]

    assert rules.problems_of(sar_file(subjects=most)) == []
    assert "parties" in codes(sar_file(subjects=[*most, JON]))


def test_a_batch_of_three_counts_all_of_it():
    content = sar.file_of(
        [(f"SAR-2026-{number}", deepcopy(SAR)) for number in range(3)], filing_date=FILED
    )
    root = read.read(content)

    assert rules.problems_of(content) == []
    assert root.attrib["ActivityCount"] == "3"
    assert root.attrib["PartyCount"] == "18"
    assert root.attrib["TotalAmount"] == "145800"
    numbers = [element.get("SeqNum") for element in root.iter() if element.get("SeqNum")]
    assert numbers == [str(number + 1) for number in range(len(numbers))]


def test_a_correction_and_a_continuation_name_what_came_before():
    correction = sar_file(filing_type="correction", prior_id="31000000000001")
    activity = {**SAR["activity"], "cumulative": "90000"}
    continuing = sar_file(filing_type="continuing", prior_id="", activity=activity)

    assert rules.problems_of(correction) == []
    assert b"<fc2:EFilingPriorDocumentNumber>31000000000001<" in correction
    assert rules.problems_of(continuing) == []
    assert b"<fc2:EFilingPriorDocumentNumber>00000000000000<" in continuing
    assert b"<fc2:CumulativeTotalViolationAmountText>90000<" in continuing


def test_a_narrative_of_17000_characters_goes_into_five_blocks_that_say_it_all():
    words = " ".join(f"word{number:05d}" for number in range(1700))
    content = sar_file(narrative=words)
    root = read.read(content)

    texts = [each.text or "" for each in root.iter() if read.name(each) == "ActivityNarrativeText"]

    assert rules.problems_of(content) == []
    assert len(texts) == 5
    assert max(map(len, texts)) <= 4000
    assert " ".join(texts) == words


def test_a_document_type_is_never_read():
    content = sar_file().replace(b"<fc2:EFiling", b'<!DOCTYPE x [<!ENTITY a "b">]><fc2:EFiling', 1)

    with pytest.raises(read.Unreadable):
        rules.problems_of(content)


def test_what_we_write_of_cash_is_accepted():
    assert rules.problems_of(ctr_file()) == []


CASH_MUTANTS = {
    "at the threshold": (
        {"cash_in": "10000", "details": [{"code": "55", "amount": "10000"}]},
        "threshold",
    ),
    "parts that do not make the total": (
        {"details": [{"code": "55", "amount": "12000"}]},
        "amount",
    ),
    "a code that is none": ({"details": [{"code": "57", "amount": "12500"}]}, "schema"),
    "cash in that was paid out": ({"details": [{"code": "56", "amount": "12500"}]}, "amount"),
    "other without words": ({"details": [{"code": "997", "amount": "12500"}]}, "detail"),
    "foreign money without a country": ({"details": [{"code": "53", "amount": "12500"}]}, "detail"),
    "nobody": ({"persons": []}, "parties"),
    "in the future": ({"transaction_date": "2026-03-13"}, "date"),
}


@pytest.mark.parametrize("name", CASH_MUTANTS)
def test_a_spoiled_cash_report_is_refused_for_its_reason(name):
    changes, code = CASH_MUTANTS[name]

    assert code in codes(ctr_file(**changes))


LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=9000
)


@settings(max_examples=60, deadline=None)
@given(LETTERS)
def test_no_text_of_a_narrative_makes_a_file_that_is_refused(narrative: str):
    if not narrative.split():
        return
    content = sar_file(narrative=narrative)

    assert rules.problems_of(content) == []
    texts = [
        each.text or ""
        for each in ElementTree.fromstring(content).iter()
        if read.name(each) == "ActivityNarrativeText"
    ]
    assert "".join("".join(texts).split()) == "".join(narrative.split())


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_file_with_any_value_blanked_or_padded_is_never_taken_for_right(data: Any):
    """Padding a value is always seen; so is a count that says something else."""
    root = ElementTree.fromstring(sar_file())
    leaves = [each for each in root.iter() if not len(each) and each.text]
    leaf = data.draw(st.sampled_from(leaves))
    pad = data.draw(st.sampled_from([" ", "\t", "\n"]))
    before = data.draw(st.booleans())
    leaf.text = pad + (leaf.text or "") if before else (leaf.text or "") + pad
    content = b'<?xml version="1.0"?>' + ElementTree.tostring(root)

    assert rules.problems_of(content) != []
