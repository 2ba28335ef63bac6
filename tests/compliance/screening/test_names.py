"""Which names are one, and which are two people's."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from django.conf import settings

from compliance.screening.alter import altered, stranger
from compliance.screening.compare import THRESHOLD, compare
from compliance.screening.folding import ANY, ENTITY, PERSON, VESSEL, name_of, names_of
from compliance.screening.index import Listed, NameIndex
from compliance.screening.lists.fetch import fetch
from compliance.screening.lists.read import read

THOUSANDTH = 1000


def score(mine: str, listed: str, kind: str) -> int:
    best = max(
        compare(one, other).value
        for one in names_of(mine, kind)
        for other in names_of(listed, kind)
    )
    return round(best * THOUSANDTH)


@pytest.mark.parametrize(
    ("mine", "listed"),
    [
        ("Korvalin, Dmitri", "Dmitri Korvalin"),  # order
        ("Dmitri Korvallin", "Dmitri Korvalin"),  # a typo
        ("Dmitri Kovralin", "Dmitri Korvalin"),  # letters swapped
        ("DmitriKorvalin", "Dmitri Korvalin"),  # glued
        ("Dmitri Kor valin", "Dmitri Korvalin"),  # split
        ("Дмитрий Корвалин", "Dmitri Korvalin"),  # another script
        ("D. Korvalin", "Dmitri Korvalin"),  # an initial
        ("Dima Korvalin", "Dmitri Korvalin"),  # a nickname
        ("Dr. Dmitri Korvalin", "Dmitri Korvalin"),  # a title
        ("Dmitri Arkadyevich Korvalin", "Dmitri Korvalin"),  # a patronymic more
        ("Hassan al-Tamari", "Hasan el Tamary"),  # how Arabic is written in Latin
        ("Abdulaziz al-Wadrani", "Abd al-Aziz al Wadrani"),
        ("إدريس الودراني", "Idris al-Wadrani"),  # Arabic writes no vowels
        ("Usama Binladen", "Osama bin Laden"),  # a particle glued on
        ("Pak Tae Ryong", "PAK TAE-RYONG"),
        ("D1mitri Korva1in", "Dmitri Korvalin"),  # digits for letters
    ],
)
def test_one_person_written_in_two_ways_is_found(mine, listed):
    assert score(mine, listed, PERSON) >= THRESHOLD * THOUSANDTH


@pytest.mark.parametrize(
    ("mine", "listed"),
    [
        ("Hassan al-Mosuli", "Hassan al-Tamari"),  # everything agrees but the family
        ("Ahmad Omar Hassan al-Tamari", "Ahmad Khalid Hassan al-Tamari"),  # another father
        ("Sergey Ivanovich Korvalin", "Sergey Petrovich Korvalin"),
        ("Roman Korvalin", "Boris Korvalin"),
        ("A. Korvalin", "Dmitri Korvalin"),  # another initial
        ("Hassan", "Hassan Yusuf al-Tamari"),  # a given name is nobody
        ("Abu Omar", "Omar Korvalin"),
        ("Mark Zuckermann", "Mark Zuckerberg"),
        ("김종은", "김정은"),  # one syllable is another name
    ],
)
def test_two_people_with_much_in_common_are_not_taken_for_one(mine, listed):
    assert score(mine, listed, PERSON) < THRESHOLD * THOUSANDTH


@pytest.mark.parametrize(
    ("mine", "listed", "kind"),
    [
        ("Bluemarlin Shipping Limited", "BLUEMARLIN SHIPPING CO., LTD.", ENTITY),
        ("Blue Marlin Shipping", "Bluemarlin Shipping GmbH", ENTITY),
        ("Bluimarlin Shipping Cu., Ltd.", "BLUEMARLIN SHIPPING CO., LTD.", ENTITY),
        ("ООО Завод Северный Алмаз", "Zavod Severny Almaz OOO", ENTITY),
        ("Obshchestvo s ogranichennoy otvetstvennostyu Severny", "Severny LLC", ENTITY),
        ("A.B.C. Holding", "ABC Holding", ENTITY),
        ("First Meridian Bank", "1st Meridian Bank", ENTITY),
        ("Brigade Forty-Four", "Brigade 44", ENTITY),
        ("MV Grey Petrel", "GREY PETREL", VESSEL),
        ("Al-Qaida", "Al-Qa'ida/Islamic Army", ENTITY),  # several names in one field
    ],
)
def test_forms_numbers_and_spaces_of_companies_do_not_hide_them(mine, listed, kind):
    assert score(mine, listed, kind) >= THRESHOLD * THOUSANDTH


@pytest.mark.parametrize(
    ("mine", "listed"),
    [
        ("Meridian Trading Corporation", "Pacific Trading Corporation"),
        ("Bank of Estonia", "Bank of Ethiopia"),
        ("Management Company", "Westminster Management Company"),
        ("BWI Industries Inc.", "BAE Industries Inc."),
    ],
)
def test_words_that_all_companies_share_make_no_match(mine, listed):
    assert score(mine, listed, ENTITY) < THRESHOLD * THOUSANDTH


def test_the_same_name_scores_a_thousand_and_a_letter_costs_a_hundred_and_ten():
    assert score("Dmitri Korvalin", "DMITRI KORVALIN", PERSON) == 1000
    assert score("Dmitri Korvalan", "Dmitri Korvalin", PERSON) == 890


def test_a_name_of_nothing_but_signs_matches_nobody():
    assert score("???", "Dmitri Korvalin", PERSON) == 0
    assert name_of("", ANY).words == ()


def test_a_name_of_thousands_of_words_is_cut_short_and_not_a_burden():
    assert len(name_of("x y z " * 10_000, PERSON).words) <= 24


def test_altered_names_of_a_list_are_found_and_strangers_are_not():
    """Every way of altering, three seeds, against the invented lists of the demo."""
    lists = Path(settings.ROOT) / "compliance" / "screening" / "data"
    entries = [
        entry
        for origin in ("ofac", "un.xml", "eu.xml")
        for entry in read(fetch(str(lists / origin))).entries
    ]
    index = NameIndex(
        Listed(n, each.kind, "list", each.uid, 1, each.names, each.births, each.countries)
        for n, each in enumerate(entries)
    )
    missed, alarms, asked = [], [], 0
    for seed in (1, 2, 3):
        rng = random.Random(seed)
        for _ in range(200):
            n = rng.randrange(len(entries))
            how, name = altered(entries[n].name, rng)
            asked += 1
            if all(found.listed.pk != n for found in index.find(name)):
                missed.append((how, name))
            if found := index.find(stranger(rng)):
                alarms.append(found)

    assert len(missed) <= asked * 0.005, missed
    assert alarms == []
