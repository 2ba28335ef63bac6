"""Lists in their publishers' formats: what is read, what a new version changes, what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from compliance.screening.import_list import ShrunkList, import_list
from compliance.screening.lists.read import read
from compliance.screening.models import ListChange, ListedAddress, ListEntry, ListVersion, Rescreen
from exchange.core.actors import system
from exchange.core.errors import Invalid, PermissionRefused
from tests.factories.accounts import staff
from tests.factories.screening import KORVALIN, MARLIN, TAMARI, addresses, imported, sdn

INVENTED = Path(settings.ROOT) / "compliance" / "screening" / "data"


def contents(name: str):
    path = INVENTED / name
    files = path.iterdir() if path.is_dir() else [path]
    return read({each.name: each.read_bytes() for each in files})


def test_ofac_s_csv_gives_names_dates_addresses_and_weak_names():
    found = {entry.uid: entry for entry in contents("ofac").entries}
    korvalin = found["90001"]

    assert korvalin.kind == "person"
    assert korvalin.names == (
        ("KORVALIN, Dmitri Arkadyevich", "primary"),
        ("KORWALIN, Dimitri", "alias"),
        ("NIGHTFERRY", "weak"),
    )
    assert korvalin.births == ("1979-03-14",)
    assert korvalin.countries == ("Russia",)
    assert korvalin.addresses == (
        ("XBT", "1HoldfastDemoXBTsanctionedAddr1"),
        ("ETH", "0x00000000000000000000000000000000000bAd01"),
    )
    assert found["90002"].births == ("1968", "1970")
    assert found["90002"].programmes == ("SDGT", "NPWMD")
    assert found["90003"].names[1] == ("BLUE MARLIN MARITIME COMPANY LIMITED", "former")
    assert found["90005"].kind == "vessel"


def test_the_un_s_xml_gives_parts_scripts_qualities_and_spans_of_years():
    found = {entry.uid: entry for entry in contents("un.xml").entries}

    assert found["XXi.001"].names == (
        ("IDRIS BEN SAMIR AL-WADRANI", "primary"),
        ("إدريس بن سمير الودراني", "alias"),
        ("Idriss al-Wadrany", "alias"),
        ("Abu Samir", "weak"),
    )
    assert found["XXi.001"].births == ("1974/1976",)
    assert found["XXe.001"].kind == "entity"
    assert found["XXe.001"].countries == ("United Arab Emirates",)


def test_the_eu_s_xml_and_csv_say_the_same():
    of_xml = {entry.uid: entry for entry in contents("eu.xml").entries}
    rows = (
        "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_Remark;"
        "Entity_SubjectType;Entity_SubjectType_ClassificationCode;Entity_Regulation_Programme;"
        "NameAlias_WholeName;BirthDate_BirthDate;BirthDate_Year;Identification_Number;"
        "Identification_TypeCode;Citizenship_CountryIso2Code",
        "2026-01-01;1;EU.XX.1;;person;P;XXX;Yelena Marchukova;;;;;",
        "2026-01-01;1;EU.XX.1;;person;P;XXX;Елена Марчукова;;;;;",
        "2026-01-01;1;EU.XX.1;;person;P;XXX;;1983-07-21;1983;;;",
        "2026-01-01;1;EU.XX.1;;person;P;XXX;;;;XX0000001;passport;",
        "2026-01-01;1;EU.XX.1;;person;P;XXX;;;;;;BY",
    )
    (of_csv,) = read({"eu.csv": ("\ufeff" + "\n".join(rows)).encode()}).entries
    person = of_xml["EU.XX.1"]

    assert of_csv.names == person.names
    assert (of_csv.births, of_csv.countries) == (person.births, person.countries)
    assert of_csv.documents == person.documents == ("passport XX0000001",)
    assert of_csv.kind == "person"
    assert of_xml["EU.XX.2"].kind == "entity"


def test_ofac_s_standard_xml_is_read_as_its_csv_is():
    xml = b"""<?xml version="1.0"?><sdnList xmlns="http://tempuri.org/sdnList.xsd"><sdnEntry>
    <uid>7</uid><firstName>Dmitri</firstName><lastName>KORVALIN</lastName>
    <sdnType>Individual</sdnType><programList><program>CYBER2</program></programList>
    <idList><id><uid>1</uid><idType>Digital Currency Address - XBT</idType><idNumber>1Abc</idNumber>
    </id><id><uid>2</uid><idType>Passport</idType><idNumber>Z1</idNumber></id></idList>
    <akaList><aka><uid>3</uid><type>a.k.a.</type><category>weak</category><lastName>NIGHTFERRY
    </lastName></aka></akaList><nationalityList><nationality><country>Russia</country></nationality>
    </nationalityList><dateOfBirthList><dateOfBirthItem><dateOfBirth>circa 1979</dateOfBirth>
    </dateOfBirthItem></dateOfBirthList></sdnEntry></sdnList>"""
    (entry,) = read({"sdn.xml": xml}).entries

    assert entry.names == (("KORVALIN, Dmitri", "primary"), ("NIGHTFERRY", "weak"))
    assert (entry.births, entry.countries, entry.kind) == (("1979",), ("Russia",), "person")
    assert entry.addresses == (("XBT", "1Abc"),)
    assert entry.documents == ("Passport Z1",)


def test_ofac_s_advanced_xml_is_explained_by_its_own_reference_values():
    xml = b"""<?xml version="1.0"?><Sanctions xmlns="http://www.un.org/sanctions/1.0">
    <ReferenceValueSets>
     <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>
     </AliasTypeValues>
     <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>
      <FeatureType ID="344">Digital Currency Address - XBT</FeatureType></FeatureTypeValues>
     <PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
     </PartySubTypeValues>
     <PartyTypeValues><PartyType ID="1">Individual</PartyType></PartyTypeValues>
    </ReferenceValueSets>
    <DistinctParties><DistinctParty FixedRef="77"><Profile ID="77" PartySubTypeID="4">
     <Identity ID="1" Primary="true">
      <Alias AliasTypeID="1401" Primary="false" LowQuality="false"><DocumentedName>
       <DocumentedNamePart><NamePartValue>Old Name</NamePartValue></DocumentedNamePart>
      </DocumentedName></Alias>
      <Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName>
       <DocumentedNamePart><NamePartValue>KORVALIN</NamePartValue></DocumentedNamePart>
       <DocumentedNamePart><NamePartValue>Dmitri</NamePartValue></DocumentedNamePart>
      </DocumentedName></Alias></Identity>
     <Feature FeatureTypeID="8"><FeatureVersion><DatePeriod>
      <Start><From><Year>1979</Year><Month>3</Month><Day>14</Day></From></Start>
      <End><To><Year>1979</Year><Month>3</Month><Day>14</Day></To></End></DatePeriod>
     </FeatureVersion></Feature>
     <Feature FeatureTypeID="344"><FeatureVersion><VersionDetail>1Abc</VersionDetail>
     </FeatureVersion></Feature></Profile></DistinctParty></DistinctParties></Sanctions>"""
    (entry,) = read({"sdn_advanced.xml": xml}).entries

    assert entry.names == (("KORVALIN Dmitri", "primary"), ("Old Name", "former"))
    assert (entry.uid, entry.kind, entry.births) == ("77", "person", ("1979-03-14",))
    assert entry.addresses == (("XBT", "1Abc"),)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>Service unavailable</html>",
        b"<CONSOLIDATED_LIST><INDIVIDUAL></CONSOLIDATED_LIST>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><CONSOLIDATED_LIST/>',
    ],
)
def test_what_is_no_list_is_refused(content):
    with pytest.raises(Invalid):
        read({"list.xml": content})


@pytest.mark.django_db
def test_an_import_keeps_checksum_version_and_what_changed(tmp_path):
    first = imported(tmp_path, KORVALIN, TAMARI)
    changed = (1, "KORVALIN, Dmitri", "individual", "DOB 14 Mar 1980.")
    second = imported(tmp_path, changed, MARLIN, may_shrink=True)

    assert (first.number, first.entries, first.added) == (1, 2, 2)
    assert (second.number, second.added, second.changed, second.removed) == (2, 1, 1, 1)
    assert second.sha256 == hashlib.sha256(sdn(changed, MARLIN).encode()).hexdigest()
    korvalin = ListEntry.objects.get(uid="1")
    assert (korvalin.version, korvalin.changed_in, korvalin.added_in) == (2, second, first)
    assert ListEntry.objects.get(uid="2").removed_in == second
    change = ListChange.objects.get(version=second, entry=korvalin)
    assert (change.before["births"], change.after["births"]) == (["1979-03-14"], ["1980-03-14"])
    assert Rescreen.objects.filter(version=second, kind="delta").count() == 1


@pytest.mark.django_db
def test_the_same_list_again_changes_nothing(tmp_path):
    imported(tmp_path, KORVALIN)

    assert imported(tmp_path, KORVALIN) is None
    assert ListVersion.objects.count() == 1


@pytest.mark.django_db
def test_who_comes_back_to_a_list_is_new_to_it_and_keeps_counting(tmp_path):
    imported(tmp_path, KORVALIN, TAMARI)
    imported(tmp_path, TAMARI, may_shrink=True)
    back = imported(tmp_path, KORVALIN, TAMARI)

    korvalin = ListEntry.objects.get(uid="1")
    assert (korvalin.removed_in, korvalin.version, korvalin.changed_in) == (None, 2, back)


@pytest.mark.django_db
def test_a_list_that_lost_a_fifth_is_taken_for_cut_off(tmp_path):
    many = [(n, f"INVENTED{n}, Person", "individual", "") for n in range(1, 41)]
    imported(tmp_path, *many)

    with pytest.raises(ShrunkList):
        imported(tmp_path, *many[:30])
    assert ListVersion.objects.count() == 1
    assert ListEntry.objects.filter(removed_in=None).count() == 40


@pytest.mark.django_db
def test_an_empty_list_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "sdn.csv").write_text("\x1a")
    with pytest.raises(Invalid):
        import_list(origin=str(tmp_path), actor=system("tests"))
    with pytest.raises(Invalid):
        import_list(origin=str(tmp_path / "nowhere.xml"), actor=system("tests"))
    with pytest.raises(Invalid):
        import_list(origin="http://lists.example/sdn.csv", actor=system("tests"))
    assert ListVersion.objects.count() == 0


@pytest.mark.django_db
def test_importing_needs_the_permission(tmp_path):
    (tmp_path / "sdn.csv").write_text(sdn(KORVALIN))

    with pytest.raises(PermissionRefused):
        import_list(origin=str(tmp_path), actor=staff("compliance.decide_hit"))


@pytest.mark.django_db
def test_addresses_come_from_remarks_and_from_plain_files(tmp_path):
    row = (
        9,
        "MIXER",
        "",
        "Digital Currency Address - ETH 0xABCDEF; alt. Digital Currency "
        "Address - XBT 1Abc; Website x.example.",
    )
    imported(tmp_path, row)
    plain = tmp_path / "plain"
    plain.mkdir()
    addresses(plain, ETH="0xABCDEF\n0xFEED\n", XBT="1Abc\n")

    found = set(ListedAddress.objects.values_list("source", "ticker", "key"))
    assert found == {
        ("OFAC", "ETH", "0xabcdef"),
        ("OFAC", "XBT", "1Abc"),
        ("OFAC addresses", "ETH", "0xabcdef"),
        ("OFAC addresses", "ETH", "0xfeed"),
        ("OFAC addresses", "XBT", "1Abc"),
    }
    assert ListedAddress.objects.get(source="OFAC", ticker="XBT").entry.uid == "9"


@pytest.mark.django_db
def test_what_a_version_changed_is_written_once(tmp_path):
    imported(tmp_path, KORVALIN)

    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        ListChange.objects.update(kind="removed")
