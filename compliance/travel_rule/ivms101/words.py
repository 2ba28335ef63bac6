"""The standard's code lists and lengths (interVASP Messaging Standard IVMS101.2023, section 5)."""

from __future__ import annotations

VERSION = "101.2023"
NATURAL_NAME_TYPES = {"ALIA", "BIRT", "MAID", "LEGL", "MISC"}
LEGAL_NAME_TYPES = {"LEGL", "SHRT", "TRAD"}
ADDRESS_TYPES = {"HOME", "BIZZ", "GEOG"}
# RAID and LEIX identify organisations; of people there are no such numbers.
NATURAL_ID_TYPES = {"ARNU", "CCPT", "DRLC", "FIIN", "IDCD", "MISC", "SOCS", "TXID"}
# C7 of the first edition names four; the edition of 2023 lets FIIN stand for companies too.
LEGAL_ID_TYPES = {"RAID", "MISC", "LEIX", "TXID", "FIIN"}
ID_TYPES = NATURAL_ID_TYPES | LEGAL_ID_TYPES
SCRIPTS = {
    "arab", "aran", "armn", "cyrl", "deva", "geor", "grek", "hani", "hebr", "kana", "kore", "thai",
    "othr",
}  # fmt: skip
# The most characters of each text, as the standard's data types say.
LENGTHS = {
    "primaryIdentifier": 100,
    "secondaryIdentifier": 100,
    "legalPersonName": 100,
    "department": 50,
    "subDepartment": 70,
    "streetName": 70,
    "buildingNumber": 16,
    "buildingName": 35,
    "floor": 70,
    "postBox": 16,
    "room": 70,
    "postCode": 16,
    "postcode": 16,  # as some write it
    "townName": 35,
    "townLocationName": 35,
    "districtName": 35,
    "countrySubDivision": 35,
    "addressLine": 70,
    "nationalIdentifier": 35,
    "customerIdentification": 50,
    "placeOfBirth": 70,
    "accountNumber": 100,
}
ADDRESS_TEXTS = (
    "department", "subDepartment", "streetName", "buildingNumber", "buildingName", "floor",
    "postBox", "room", "postCode", "postcode", "townLocationName", "districtName",
    "countrySubDivision",
)  # fmt: skip
# ISO 3166-1 alpha-2, and XX for a state that is in no list (C3).
COUNTRIES = set(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
        "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
        "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
        "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
        "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
        "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
        "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
        "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
        "VN VU WF WS YE YT ZA ZM ZW XX"
    ).split()
)
