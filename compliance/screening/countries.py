"""Countries as lists write them. A name that is not here qualifies nothing, which is harmless."""

from __future__ import annotations

_NAMES = """
AF afghanistan|AL albania|DZ algeria|AO angola|AR argentina|AM armenia|AU australia|AT austria
AZ azerbaijan|BS bahamas|BS bahamas, the|BH bahrain|BD bangladesh|BB barbados|BY belarus|BE belgium
BZ belize|BJ benin|BM bermuda|BO bolivia|BA bosnia and herzegovina|BW botswana|BR brazil
BG bulgaria|BF burkina faso|MM burma|MM myanmar|BI burundi|KH cambodia|CM cameroon|CA canada
KY cayman islands|CF central african republic|TD chad|CL chile|CN china|CO colombia|CG congo
CD congo, democratic republic of the|CD democratic republic of the congo|CR costa rica
CI cote d'ivoire|HR croatia|CU cuba|CY cyprus|CZ czech republic|DK denmark|DJ djibouti
DO dominican republic|EC ecuador|EG egypt|SV el salvador|GQ equatorial guinea|ER eritrea
EE estonia|ET ethiopia|FI finland|FR france|GA gabon|GM gambia, the|GE georgia|DE germany|GH ghana
GI gibraltar|GR greece|GT guatemala|GN guinea|GW guinea-bissau|HT haiti|HN honduras|HK hong kong
HU hungary|IN india|ID indonesia|IR iran|IR iran (islamic republic of)|IR islamic republic of iran
IQ iraq|IE ireland|IL israel|IT italy|JM jamaica|JP japan|JO jordan|KZ kazakhstan|KE kenya
KP korea, north|KP north korea|KP democratic people's republic of korea|KR korea, south
KR south korea|KR republic of korea|XK kosovo|KW kuwait|KG kyrgyzstan|LA laos|LV latvia|LB lebanon
LR liberia|LY libya|LI liechtenstein|LT lithuania|LU luxembourg|MO macau|MK north macedonia
MG madagascar|MW malawi|MY malaysia|MV maldives|ML mali|MT malta|MH marshall islands|MR mauritania
MU mauritius|MX mexico|MD moldova|MC monaco|MN mongolia|ME montenegro|MA morocco|MZ mozambique
NA namibia|NP nepal|NL netherlands|NZ new zealand|NI nicaragua|NE niger|NG nigeria|NO norway
OM oman|PK pakistan|PS palestinian|PS palestinian territory|PA panama|PY paraguay|PE peru
PH philippines|PL poland|PT portugal|QA qatar|RO romania|RU russia|RU russian federation|RW rwanda
SM san marino|SA saudi arabia|SN senegal|RS serbia|SC seychelles|SL sierra leone|SG singapore
SK slovakia|SI slovenia|SO somalia|ZA south africa|SS south sudan|ES spain|LK sri lanka|SD sudan
SR suriname|SE sweden|CH switzerland|SY syria|SY syrian arab republic|TW taiwan|TJ tajikistan
TZ tanzania|TZ united republic of tanzania|TH thailand|TG togo|TT trinidad and tobago|TN tunisia
TR turkey|TR turkiye|TR türkiye|TM turkmenistan|UG uganda|UA ukraine|AE united arab emirates
GB united kingdom|GB united kingdom of great britain and northern ireland|US united states
US united states of america|UY uruguay|UZ uzbekistan|VU vanuatu|VE venezuela|VN vietnam
VG virgin islands, british|YE yemen|ZM zambia|ZW zimbabwe
"""
CODES = {
    name.strip(): code
    for line in _NAMES.strip().splitlines()
    for code, _, name in (each.partition(" ") for each in line.split("|"))
}
