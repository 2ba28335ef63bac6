"""A name as it is compared: words in ASCII, each with how it sounds and what it weighs.

Spelling varies with the transliteration, so a word has three forms: as written, as it sounds to
somebody who does not hear the difference between Osama and Usama, and its bones, the consonants
alone, for scripts that write no vowels.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from anyascii import anyascii
from rapidfuzz.distance import OSA

from compliance.screening import words

PERSON, ENTITY, VESSEL, AIRCRAFT, ANY = "person", "entity", "vessel", "aircraft", ""
MOST_WORDS = 24
MOST_CHARACTERS = 400
LIGHT, GENERIC, PLACE, INITIAL = 0.35, 0.4, 0.55, 0.3

_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^x|^hs", "s"),
        (r"(?<=[vj])s$", ""),
        (r"shch|tsch|sch|sh", "s"),
        (r"tch|tz|ts", "c"),
        (r"kh|ck|q", "k"),
        (r"gh", "g"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"zh|dzh|dj", "j"),
        (r"x", "ks"),
        (r"w", "v"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h|$)", "k"),
        (r"z", "s"),
        (r"ou|oo|ow|uw|au", "u"),
        (r"ee|ie|ei|ey|iy|yi|ij", "i"),
        (r"ae|ai|ay", "i"),
        (r"(?<=[aeiou])j\b", "i"),
        (r"y", "i"),
        (r"o", "u"),
        (r"e", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=..[^aeiou])h\b", ""),
    )
)
_BONES = str.maketrans({"p": "b", "v": "b", "f": "b", "j": "g", "z": "s"})
_VOWELS = re.compile(r"[aeiouh']")
_VOWELLESS = re.compile(r"[\u0590-\u05ff\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_UNWRITTEN = re.compile(r"[\u02b0-\u02ff'`´’‘ʼʻ]")
_ARABIC_THE = re.compile(r"(?<![\u0600-\u06ff])\u0627\u0644(?=[\u0600-\u06ff]{2})")
# One character is a syllable with a meaning of its own: another character is another name.
_SYLLABIC = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]")
_BRACKETED = re.compile(r"^(.{4,}\S)\s*\([^)]{2,12}\)$")
_WORDS = re.compile(r"[a-z0-9]+")
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}(?:[A-Za-z]\b)?")
_SLAVE_OF = re.compile(r"^abd(?:ul|el|al|ur|ar|er|us|as|es|ush|ash|uz|az|e|o)?(.{5,})$")
_NOT_SPLIT = frozenset("lahi llah allah ullah ulla alla ullahi allahi".split())
_LEET = str.maketrans("013457@$", "oleast" + "as")


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    sound: str
    bones: str
    weight: float
    number: bool = False
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """`joined` is all of it without spaces, of `pieces` words; `run` what counts, sorted."""

    original: str
    kind: str
    words: tuple[Word, ...]
    joined: str
    run: str
    pieces: int
    vowelless: bool = False
    syllabic: bool = False
    forms: frozenset[str] = field(default=frozenset())

    @property
    def weight(self) -> float:
        return sum(word.weight for word in self.words)


@lru_cache(maxsize=50_000)
def sound_of(text: str) -> str:
    """How a word sounds, roughly, in any of the languages that lists are written in."""
    for pattern, sound in _SOUNDS:
        text = pattern.sub(sound, text)
    return text


@lru_cache(maxsize=50_000)
def bones_of(text: str) -> str:
    """Its consonants, those that one letter of Arabic or Hebrew may stand for made one."""
    # Arabic's waw and ya, and Hebrew's yod, are as often vowels as not.
    bones = sound_of(text.replace("w", "").replace("y", "")).translate(_BONES)
    return re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", bones))


def folded(text: str) -> str:
    """Lower-case ASCII with words apart. What has no letters at all folds to nothing."""
    text = unicodedata.normalize("NFKC", text)[:MOST_CHARACTERS]
    text = _DOTTED.sub(lambda dotted: dotted.group().replace(".", ""), text)
    text = _ARABIC_THE.sub(" ", _SYLLABIC.sub(r" \g<0> ", text))
    text = _UNWRITTEN.sub("", text).replace("&", " and ").replace("%", " percent ")
    return " ".join(_WORDS.findall(re.sub(r"['`]", "", anyascii(text)).lower()))


@lru_cache(maxsize=100_000)
def name_of(original: str, kind: str = ANY) -> Name:
    """Take a name apart. A name of nothing but titles, particles or forms keeps them as words."""
    text = folded(_family_last(original) if kind == PERSON else original)
    parts = text.split()[:MOST_WORDS]
    forms: frozenset[str] = frozenset()
    if kind == PERSON:
        kept = _of_a_person(parts)
    else:
        kept, forms = _of_a_company(text, parts, kind)
    if not kept:
        kept = [Word(part, sound_of(part), bones_of(part), 1.0) for part in parts]
    return Name(
        original=original,
        kind=kind,
        words=tuple(kept),
        joined="".join(parts),
        run="".join(sorted(word.text for word in kept)),
        pieces=len(parts),
        vowelless=bool(_VOWELLESS.search(original)),
        syllabic=bool(_SYLLABIC.search(original)),
        forms=forms,
    )


def _family_last(original: str) -> str:
    """ "LAVROV, Sergey" in the order in which it is said."""
    family, comma, given = original.partition(",")
    return f"{given} {family}" if comma and "," not in given else original


def _of_a_person(parts: list[str]) -> list[Word]:
    kept: list[Word] = []
    for part in parts:
        part = _letters_for_digits(part)
        if part in words.PARTICLES and len(part) > 1:
            continue
        if not kept and part in words.TITLES and part not in words.NAMES_TOO:
            continue
        if part in _AFTER:
            continue
        if len(part) > 2 and part in words.FORMS and len(kept) > 1 and part in _SURELY_FORMS:
            continue
        for piece in _pieces(part):
            if kept and kept[-1].text == piece:
                continue  # "Sergey Sergey Shoigu"
            light = piece in words.NAMES_TOO or piece in words.KUNYA
            weight = LIGHT if light else 1.0
            initial = len(piece) == 1
            kept.append(
                Word(
                    piece,
                    sound_of(piece),
                    bones_of(piece),
                    INITIAL if initial else weight,
                    number=piece.isdigit(),
                    initial=initial,
                )
            )
    return kept


_AFTER = frozenset("jr sr esq phd md".split())
_SURELY_FORMS = frozenset("llc ltd inc gmbh ooo jsc plc corp sarl srl".split())


def _pieces(part: str) -> list[str]:
    """ "Abdulaziz" and "Abd al-Aziz" are one name written in two ways."""
    if part in ("abdul", "abdel", "abdal", "abdur", "abd", "abdoul", "abdool"):
        return ["abd"]
    servant = _SLAVE_OF.match(part)
    if servant and servant.group(1) not in _NOT_SPLIT and not part.startswith("abdull"):
        return ["abd", servant.group(1)]
    if servant and part.startswith("abdullat"):
        return ["abd", part[5:]]
    return [part]


def _letters_for_digits(part: str) -> str:
    """ "Sech1n": digits between letters are letters in disguise."""
    if part.isdigit() or part.isalpha():
        return part
    return part.replace("9", "g").replace("8", "b").translate(_LEET)


def _of_a_company(text: str, parts: list[str], kind: str) -> tuple[list[Word], frozenset[str]]:
    forms: set[str] = set()
    text = _UNITED_STATES.sub("usa", text)
    for phrase in words.PHRASES:
        if phrase in text:
            text = re.sub(rf"\b{phrase}\b", " ", text)
            forms.add("".join(word[0] for word in phrase.split()))
    kept: list[Word] = []
    written = _numbers_in_digits(_initials_together(text.split()[:MOST_WORDS]))
    written = [words.SHORT_FOR.get(part, part) for part in written]
    for part, following in pairwise([*written, ""]):
        if _is_form(part) or (kept and _is_form(following) and _sounds_like_a_form(part)):
            forms.add(part)
            continue
        if part in words.PARTICLES or (kind == VESSEL and part in words.VESSEL_PREFIXES):
            continue
        kept.append(_company_word(part))
    if kept and all(word.weight < PLACE for word in kept):
        kept = [Word(each.text, each.sound, each.bones, 1.0, each.number) for each in kept]
    return _without_glued_form(kept, forms), frozenset(forms)


_UNITED_STATES = re.compile(r"\bunited states(?: of america)?\b")
_LONG_FORMS = tuple(form for form in words.FORMS if len(form) >= 7)
_SHORT_SOUNDS = frozenset(sound_of(form) for form in words.FORMS if len(form) == 2)


def _is_form(part: str) -> bool:
    if part in words.GENERIC:
        return False
    if part in words.FORMS:
        return True
    return len(part) >= 7 and any(
        OSA.distance(part, form, score_cutoff=1) <= 1 or sound_of(part) == sound_of(form)
        for form in _LONG_FORMS
    )


def _sounds_like_a_form(part: str) -> bool:
    """ "Cu. Ltd." is "Co. Ltd.": two letters, which only beside another form are one."""
    return len(part) == 2 and sound_of(part) in _SHORT_SOUNDS


def _company_word(part: str) -> Word:
    if part in words.GENERIC:
        weight = GENERIC
    elif part in words.PLACES:
        weight = PLACE
    else:
        weight = GENERIC if part.isdigit() else 1.0
    return Word(part, sound_of(part), bones_of(part), weight, number=part.isdigit())


def _initials_together(parts: list[str]) -> list[str]:
    """ "J P Morgan" as "jp morgan"."""
    found: list[str] = []
    run = ""
    for part in [*parts, ""]:
        if len(part) == 1 and part.isalpha():
            run += part
            continue
        if run:
            found.append(run)
            run = ""
        if part:
            found.append(part)
    return found


def _numbers_in_digits(parts: list[str]) -> list[str]:
    found: list[str] = []
    for part in parts:
        digits = words.NUMBERS.get(part) or _NUMBERS_HEARD.get(sound_of(part), part)
        if part in words.TENS:
            digits = str(words.TENS[part])
        elif found and digits.isdigit() and len(digits) == 1 and found[-1] in _ROUND:
            found[-1] = str(int(found[-1]) + int(digits))
            continue
        found.append(digits)
    return found


_NUMBERS_HEARD = {
    sound_of(word): digits for word, digits in words.NUMBERS.items() if len(word) >= 5
}
_ROUND = frozenset(str(ten) for ten in words.TENS.values())


def _without_glued_form(kept: list[Word], forms: set[str]) -> list[Word]:
    """ "SiemensAG", written without its space."""
    if len(kept) != 1 or forms:
        return kept
    for form in ("ag", "gmbh", "ltd", "llc", "inc"):
        stem = kept[0].text.removesuffix(form)
        if stem != kept[0].text and len(stem) > 4:
            forms.add(form)
            return [Word(stem, sound_of(stem), bones_of(stem), 1.0)]
    return kept


def names_of(original: str, kind: str = ANY) -> tuple[Name, ...]:
    """The name, and its alternatives where one field holds several: "Al-Qaida/Islamic Army"."""
    alternatives = [part.strip() for part in original.split("/") if len(part.strip()) >= 4]
    if kind != PERSON and (bracketed := _BRACKETED.match(original)):
        return (name_of(original, kind), name_of(bracketed.group(1), kind))
    if len(alternatives) < 2 or len(alternatives) > 6:
        return (name_of(original, kind),)
    return (name_of(original, kind), *(name_of(each, kind) for each in alternatives))
