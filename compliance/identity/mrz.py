"""Read the machine-readable lines of passports and cards (ICAO 9303, parts 3 to 6).

TD1 is three lines of 30 (cards), TD2 two of 36, TD3 two of 44 (passports). Lines may be typed, with
spaces and in small letters, or come from a scanner that takes O for 0: letters are repaired only
where the standard allows no letter, so that a check digit still proves what it proves. A check
digit that is wrong is said, never passed over.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from exchange.core import clock
from exchange.core.errors import Invalid

FILLER = "<"
WEIGHTS = (7, 3, 1)
FORMATS = {(3, 30): "TD1", (2, 36): "TD2", (2, 44): "TD3"}
# What scanners take for a digit, and for a letter.
TO_DIGIT = str.maketrans("OQDILZSBG", "000112586")
TO_LETTER = str.maketrans("012586", "OIZSBG")
SCANNED_AS_FILLER = str.maketrans({"«": "<", "‹": "<", "〈": "<", "≤": "<", "_": "<"})
MOST_CHARACTERS = 200


class Misread(Invalid):
    """The lines are no MRZ, or a check digit is wrong. `limit` names the fields that are."""

    code = "mrz"


class Read(NamedTuple):
    """What the lines say. `wrong` names what a check digit speaks against: empty is good."""

    format: str
    document: str  # P, I, A, C …
    issuer: str  # three letters, as printed
    number: str
    family_name: str
    given_names: str
    nationality: str
    birth_date: date | None
    sex: str
    expires_on: date | None
    optional: str
    wrong: tuple[str, ...]
    truncated: bool  # names that did not fit are cut: compare their beginnings

    @property
    def good(self) -> bool:
        return not self.wrong


def check_digit(text: str) -> str:
    """ICAO 9303-3, 4.9: weights 7, 3, 1; 0-9 as they are, A-Z are 10-35, a filler is 0."""
    return str(sum(_value(c) * WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)


def read(text: str) -> Read:
    """Read typed or scanned lines. Raises Misread when they are not lines of an MRZ."""
    lines = _lines(text)
    kind = FORMATS.get((len(lines), len(lines[0]) if lines else 0))
    if kind is None or len({len(line) for line in lines}) != 1:
        raise Misread(
            _(
                "These are not the lines at the foot of a passport or card: there are two of 44"
                " or 36 characters, or three of 30."
            ),
            field="mrz",
            limit="2 × 44, 2 × 36 or 3 × 30",
        )
    return _TD1(lines) if kind == "TD1" else _two_lines(kind, lines)


def _lines(text: str) -> list[str]:
    if len(text) > MOST_CHARACTERS:
        raise Misread(_("These are too many characters for an MRZ."), field="mrz", limit=90)
    found = []
    for line in text.upper().translate(SCANNED_AS_FILLER).splitlines():
        kept = "".join(line.split())
        if kept:
            found.append(kept)
    if len(found) == 1:  # pasted as one line
        whole = found[0]
        for (count, width), _name in FORMATS.items():
            if len(whole) == count * width:
                found = [whole[n * width : (n + 1) * width] for n in range(count)]
    strange = {c for line in found for c in line if not (c.isascii() and (c.isalnum() or c == "<"))}
    if strange:
        raise Misread(
            _("An MRZ has letters A to Z, digits and <, not %(strange)s.")
            % {"strange": " ".join(sorted(strange))[:20]},
            field="mrz",
            limit="A-Z 0-9 <",
        )
    return found


def _two_lines(kind: str, lines: list[str]) -> Read:
    first, second = lines
    tail = len(first) - 1
    end = 42 if kind == "TD3" else 35
    number, number_digit = second[0:9], _digits(second[9])
    birth, birth_digit = _digits(second[13:19]), _digits(second[19])
    expiry, expiry_digit = _digits(second[21:27]), _digits(second[27])
    optional = second[28:end]
    wrong = _wrong(
        ("number", number, number_digit),
        ("birth_date", birth, birth_digit),
        ("expires_on", expiry, expiry_digit),
    )
    optional_digit = ""
    if kind == "TD3":
        optional_digit = second[42]
        # The digit of an empty optional field may be a filler.
        if optional_digit != FILLER or optional.strip(FILLER):
            optional_digit = _digits(optional_digit)
            wrong += _wrong(("optional", optional, optional_digit))
    composite = (
        number + number_digit + birth + birth_digit + expiry + expiry_digit
        + optional + optional_digit
    )  # fmt: skip
    wrong += _wrong(("composite", composite, _digits(second[tail])))
    return _made(kind, first[0:2], first[2:5], number, first[5:], second[10:13], birth,
                 second[20], expiry, optional, wrong)  # fmt: skip


def _TD1(lines: list[str]) -> Read:  # noqa: N802  the standard's name
    first, second, third = lines
    number, digit, optional = first[5:14], first[14], first[15:30]
    longer = number
    if digit == FILLER:
        # A number of more than nine characters goes on in the optional field, then its digit.
        rest = optional.split(FILLER)[0]
        if len(rest) > 1:
            longer, digit = number + rest[:-1], rest[-1]
    birth, birth_digit = _digits(second[0:6]), _digits(second[6])
    expiry, expiry_digit = _digits(second[8:14]), _digits(second[14])
    wrong = _wrong(
        ("number", longer, _digits(digit)),
        ("birth_date", birth, birth_digit),
        ("expires_on", expiry, expiry_digit),
        (
            "composite",
            first[5:14] + (first[14] if first[14] == FILLER else _digits(first[14])) + optional
            + birth + birth_digit + expiry + expiry_digit + second[18:29],
            _digits(second[29]),
        ),
    )  # fmt: skip
    return _made("TD1", first[0:2], first[2:5], longer, third, second[15:18], birth, second[7],
                 expiry, optional + second[18:29], wrong)  # fmt: skip


def _made(
    kind: str,
    document: str,
    issuer: str,
    number: str,
    names: str,
    nationality: str,
    birth: str,
    sex: str,
    expiry: str,
    optional: str,
    wrong: tuple[str, ...],
) -> Read:
    family, _, given = names.translate(TO_LETTER).partition("<<")
    today = clock.now().date()
    return Read(
        format=kind,
        document=document.strip(FILLER),
        issuer=issuer.translate(TO_LETTER).strip(FILLER),
        number=number.replace(FILLER, ""),
        family_name=_words(family),
        given_names=_words(given),
        nationality=nationality.translate(TO_LETTER).strip(FILLER),
        birth_date=_date(birth, latest=today),
        sex={"M": "M", "F": "F"}.get(sex, ""),
        expires_on=_date(expiry, latest=today.replace(year=today.year + 50, day=1)),
        optional=optional.strip(FILLER).replace(FILLER, " "),
        wrong=wrong,
        truncated=names[-1] != FILLER,
    )


def _wrong(*fields: tuple[str, str, str]) -> tuple[str, ...]:
    return tuple(name for name, text, digit in fields if check_digit(text) != digit)


def _digits(text: str) -> str:
    """Where only digits may stand, what a scanner took for letters."""
    return text.translate(TO_DIGIT)


def _words(text: str) -> str:
    return " ".join(filter(None, text.split(FILLER)))


def _date(text: str, *, latest: date) -> date | None:
    """YYMMDD, in the century that makes it no later than `latest`. Unknown parts are fillers."""
    if not text.isdigit():
        return None
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
    for century in (latest.year // 100 * 100, latest.year // 100 * 100 - 100):
        try:
            made = date(century + year, month, day)
        except ValueError:
            return None
        if made <= latest:
            return made
    return None


def _value(character: str) -> int:
    if character == FILLER:
        return 0
    return int(character) if character.isdigit() else ord(character) - 55
