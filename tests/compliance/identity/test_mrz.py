"""What the lines at the foot of a passport say, and what their check digits prove.

The examples are those of ICAO 9303, parts 4, 5 and 6: they belong to nobody.
"""

from __future__ import annotations

from datetime import date

import pytest

from compliance.identity import mrz

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
TD1_LONG_NUMBER = (
    "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"
)


@pytest.mark.parametrize(
    ("lines", "format", "number"),
    [
        (TD3, "TD3", "L898902C3"),
        (TD2, "TD2", "D23145890"),
        (TD1, "TD1", "D23145890"),
    ],
)
def test_the_standard_s_own_examples_are_read_whole(lines, format, number):
    read = mrz.read(lines)
    assert (read.format, read.number, read.wrong) == (format, number, ())
    assert (read.family_name, read.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (read.birth_date, read.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert (read.sex, read.nationality, read.issuer) == ("F", "UTO", "UTO")


def test_a_card_s_number_may_go_on_in_the_optional_field():
    read = mrz.read(TD1_LONG_NUMBER)
    assert (read.number, read.wrong) == ("D23145890734", ())
    assert (read.birth_date, read.expires_on) == (date(1934, 7, 12), date(1995, 7, 12))


def test_typed_with_spaces_and_small_letters_it_is_the_same():
    typed = "\n".join(" ".join(line[i : i + 5] for i in range(0, 44, 5)) for line in TD3.split())
    assert mrz.read(typed.lower()) == mrz.read(TD3)


def test_pasted_as_one_line_it_is_the_same():
    assert mrz.read(TD3.replace("\n", "")) == mrz.read(TD3)
    assert mrz.read(TD1.replace("\n", " ")) == mrz.read(TD1)


def test_a_scanner_s_letters_among_digits_are_repaired_where_no_letter_may_stand():
    scanned = TD3.replace("7408122F1204159", "74O8I22F12O4I59").replace("<<<10", "«<<IO")
    assert mrz.read(scanned) == mrz.read(TD3)


@pytest.mark.parametrize(
    ("good", "bad", "wrong"),
    [
        ("L898902C3", "L898902C4", {"number", "composite"}),
        ("7408122F", "7408132F", {"birth_date", "composite"}),
        ("1204159", "1304159", {"expires_on", "composite"}),
        ("ZE184226B", "ZE184226C", {"optional", "composite"}),
        ("<10", "<11", {"composite"}),
    ],
)
def test_one_wrong_character_is_found_and_named(good, bad, wrong):
    read = mrz.read(TD3.replace(good, bad))
    assert set(read.wrong) == wrong
    assert not read.good


@pytest.mark.parametrize("lines", [TD1, TD2, TD3])
def test_no_single_digit_of_a_date_can_change_unnoticed(lines):
    start = lines.index("7408122")
    for place in range(start, start + 6):
        for digit in "0123456789":
            if digit != lines[place]:
                changed = lines[:place] + digit + lines[place + 1 :]
                assert "birth_date" in mrz.read(changed).wrong


@pytest.mark.parametrize(
    "text", ["", "hello", TD3[:-1], TD3 + "\n" + TD3, "A" * 300, TD3.replace("L", "É")]
)
def test_what_is_no_mrz_is_refused_with_a_sentence(text):
    with pytest.raises(mrz.Misread) as refused:
        mrz.read(text)
    assert refused.value.field == "mrz"


def test_a_name_that_fills_its_field_is_known_to_be_cut():
    first = "P<UTO" + "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<KRASUANG"[:39]
    second = TD3.split("\n")[1]
    assert mrz.read(f"{first}\n{second}").truncated
    assert not mrz.read(TD3).truncated
