"""Are these two names one? A score between 0 and 1, and the parts that it is made of.

Words are paired by how many letters apart they are; what was glued or split is put together again.
Then three things count: how much of either name found its pair, how many letters differ in all, and
whether each name has a word that contradicts the other. The last weighs most: "Hassan al-Tikriti"
and "Hassan al-Mosuli" agree in most letters and are two people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA

from compliance.screening.folding import (
    PERSON,
    PLACE,
    VESSEL,
    Name,
    Word,
    bones_of,
    sound_of,
)
from compliance.screening.words import COMMON, same_given_name

THRESHOLD = 0.70
FOREIGN = 99.0
PER_LETTER = 0.11  # what a letter costs of the score
EXTRA = 0.32  # what a word without a pair weighs, if the other name has none either
ALONE = 0.75  # the same when only one word was paired: a given name is nobody
CONTRADICTION = 0.36
COMMON_EXTRA = 0.15  # a rare word that only I have, where only common ones agree
SOUNDS_SAME, OTHER_FORM, SAME_BONES = 0.3, 0.8, 0.6
GLUED = 0.3
SURE = ("same", "sound", "glued")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was found: `how` is same, sound, form, letters, initial, glued, bones, only
    here, only there; `points` what it adds or takes."""

    how: str
    mine: str
    listed: str
    letters: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Score:
    value: float
    parts: tuple[Part, ...]

    @property
    def thousandths(self) -> int:
        return round(self.value * 1000)


def compare(mine: Name, listed: Name) -> Score:
    """How likely these are names of one; from THRESHOLD on, a person has to look."""
    if not mine.words or not listed.words:
        return Score(0.0, ())
    if mine.run == listed.run:
        return Score(1.0, (Part("same", mine.original, listed.original),))
    paired = _by_words(mine, listed)
    if paired.value >= 1 - PER_LETTER:
        return paired
    joined = _by_letters(mine, listed)
    return joined if joined.value > paired.value else paired


def _by_letters(mine: Name, listed: Name) -> Score:
    """Without the spaces: every way in which words can be glued or split at once."""
    length = max(len(mine.joined), len(listed.joined))
    if length < 6 or mine.syllabic and listed.syllabic:
        return Score(0.0, ())
    initials = {word.text for word in mine.words if word.initial}
    theirs = {word.text for word in listed.words if word.initial}
    if initials and theirs and initials != theirs:
        return Score(0.0, ())
    allowed = 2 if length >= 9 and mine.pieces != listed.pieces else 1
    best = OSA.distance(mine.joined, listed.joined, score_cutoff=allowed)
    if best > allowed:
        return Score(0.0, ())
    return Score(
        1 - GLUED * 0.2 - PER_LETTER * best,
        (Part("glued", mine.original, listed.original, best),),
    )


def _by_words(mine: Name, listed: Name) -> Score:
    parts, left, right = _paired(mine, listed)
    left, right = _glue(parts, left, right, listed_side=True)
    right, left = _glue(parts, right, left, listed_side=False)
    left, right = _cut_short(parts, left, right)
    letters = sum(part.letters for part in parts)
    mistakes = sum(part.letters for part in parts if part.letters >= 1)
    matched = sum(part.weight for part in parts)
    length = sum(max(len(part.mine), len(part.listed)) for part in parts)
    alone_mine, alone_listed = sum(w.weight for w in left), sum(w.weight for w in right)
    extra = alone_mine + alone_listed
    if not parts:
        return Score(0.0, ())
    words = sum(1 for part in parts if part.weight >= 0.5)
    named = any(word.weight > PLACE for word in (*left, *right))
    share = ALONE if words < 2 and named else EXTRA
    value = matched / (matched + share * extra) - PER_LETTER * letters
    sure = [part for part in parts if part.how in SURE and part.letters < 1]
    loose = mistakes or any(part.how == "form" for part in parts)
    both = min(alone_mine, alone_listed)
    if loose and extra >= 0.3 and len(sure) < 2 or _doubtful(parts, sure, length):
        value = min(value - 0.1, THRESHOLD - 0.04)
    if not (alone_mine < 0.5 and alone_listed <= 1) and _only_common(parts, words):
        value -= COMMON_EXTRA * alone_mine + (alone_listed - 1) * 0.1
    if mistakes > _allowed(length, mine.kind):
        value = min(value - 0.1, THRESHOLD - 0.04)
    if both >= 0.25:
        value = min(value - CONTRADICTION * min(1.0, both), THRESHOLD - 0.04)
    parts += [Part("only here", word.text, "", 0, word.weight) for word in left]
    parts += [Part("only there", "", word.text, 0, word.weight) for word in right]
    return Score(max(0.0, min(0.99, value)), tuple(parts))


def _doubtful(parts: list[Part], sure: list[Part], length: int) -> bool:
    """Mistakes in names of which nothing else is certain, or only what thousands are called."""
    if not any(part.letters >= 1 for part in parts):
        return False
    if len(parts) > 1 and not sure and length < 12:
        return True
    if any(part.letters >= 2 and len(part.mine) < 5 for part in parts) and len(sure) < 2:
        return True
    if any(part.letters > 1 and len(part.mine) < 8 for part in parts):
        return all(part.mine in COMMON for part in sure) and len(parts) > 1 and length < 20
    return False


def _only_common(parts: list[Part], words: int) -> bool:
    return words >= 2 and all(part.mine in COMMON or part.weight < 0.5 for part in parts)


def _allowed(length: int, kind: str) -> float:
    """How many letters in all may be mistakes in a name of this length."""
    if kind == VESSEL and length < 6:
        return 0
    if length <= 6:
        return 1.0 if length > 3 else 0.0
    return 2.5 if length < 44 else 3.5


def _paired(mine: Name, listed: Name) -> tuple[list[Part], list[Word], list[Word]]:
    """Pair words, the surest first, each once."""
    bones = mine.vowelless or listed.vowelless
    person = PERSON in (mine.kind, listed.kind)
    syllables = person and _in_syllables(mine) and _in_syllables(listed)
    possible = []
    for i, one in enumerate(mine.words):
        for j, other in enumerate(listed.words):
            if mine.syllabic and listed.syllabic and one.text != other.text:
                continue
            how, letters = _apart(one, other, bones, person, syllables)
            if letters < FOREIGN:
                size = max(len(one.text), len(other.text))
                possible.append((letters / size, -size, abs(i - j), i, j, how, letters))
    possible.sort()
    parts: list[Part] = []
    used_mine: set[int] = set()
    used_listed: set[int] = set()
    for _, _, _, i, j, how, letters in possible:
        if i in used_mine or j in used_listed:
            continue
        used_mine.add(i)
        used_listed.add(j)
        one, other = mine.words[i], listed.words[j]
        weight = min(one.weight, other.weight)
        parts.append(Part(how, one.text, other.text, letters, weight))
    left = [word for i, word in enumerate(mine.words) if i not in used_mine]
    right = [word for j, word in enumerate(listed.words) if j not in used_listed]
    return parts, left, right


def _in_syllables(name: Name) -> bool:
    """Korean and Chinese names, whose short words are romanised in many ways."""
    return len(name.words) >= 3 and all(len(word.text) <= 5 for word in name.words)


def _apart(one: Word, other: Word, bones: bool, person: bool, syllables: bool) -> tuple[str, float]:
    """How two words are one, and how many letters that costs; FOREIGN when they are two."""
    if one.text == other.text:
        return "same", 0.0
    if one.initial or other.initial:
        if person and one.text[0] == other.text[0]:
            return "initial", SOUNDS_SAME
        return "", FOREIGN
    return _words_apart(one.text, other.text, bones, person, syllables)


@lru_cache(maxsize=100_000)
def _words_apart(
    one: str, other: str, bones: bool, person: bool, syllables: bool
) -> tuple[str, float]:
    """Of two different words. The same ones meet again and again: given names, places, forms."""
    size = max(len(one), len(other))
    sound, other_sound = sound_of(one), sound_of(other)
    if sound == other_sound and min(len(one), len(other)) >= 2:
        return "sound", SOUNDS_SAME
    if person and same_given_name(one, other):
        return "form", OTHER_FORM
    if person and _with_particle(one, other):
        return "glued", GLUED
    consonants, other_consonants = (bones_of(one), bones_of(other)) if bones else ("", "")
    if len(consonants) >= 2 and consonants == other_consonants:
        return "bones", SAME_BONES
    allowed = 2.0 if syllables and len(one) + len(other) > 5 else _mistakes(size)
    if abs(len(one) - len(other)) > allowed + 1:
        return "", FOREIGN
    heard = 2 if size < 6 else 3 if size < 9 else 4  # letters apart at which to listen as well
    letters = float(OSA.distance(one, other, score_cutoff=heard))
    if letters <= heard:
        letters = min(letters, OSA.distance(sound, other_sound) + SOUNDS_SAME)
    if len(consonants) >= 3 and len(other_consonants) >= 3:
        letters = min(letters, OSA.distance(consonants, other_consonants) + SAME_BONES)
    return ("letters", letters) if letters <= allowed else ("", FOREIGN)


def _with_particle(one: str, other: str) -> bool:
    """ "Binladen" and "bin Laden"."""
    if not 2 <= abs(len(one) - len(other)) <= 4:
        return False
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return len(short) >= 4 and long.endswith(short) and long[: -len(short)] in _GLUED_ON


_GLUED_ON = frozenset("al el bin ben ibn abu abou".split())


def _mistakes(size: int) -> float:
    """How many letters of one word may differ."""
    if size < 3:
        return 0
    if size < 5:
        return 1
    return 2


def _glue(
    parts: list[Part], whole: list[Word], pieces: list[Word], *, listed_side: bool
) -> tuple[list[Word], list[Word]]:
    """A word on one side that is two or three on the other, such as "Patr ushev"."""
    for word in list(whole):
        if len(word.text) < 5 or len(pieces) < 2:
            continue
        for count in (2, 3):
            found = _pieces_of(word, pieces, count)
            if found is None:
                continue
            chosen, letters = found
            text = " ".join(piece.text for piece in chosen)
            pair = (word.text, text) if listed_side else (text, word.text)
            parts.append(Part("glued", *pair, letters + GLUED, word.weight))
            whole = [each for each in whole if each is not word]
            pieces = [each for each in pieces if each not in chosen]
            break
    return whole, pieces


def _pieces_of(word: Word, pieces: list[Word], count: int) -> tuple[tuple[Word, ...], float] | None:
    size = len(word.text)
    allowed = 1 if size < 9 else 2
    for chosen in combinations(pieces[:8], count):
        length = len(chosen[0].text) + len(chosen[1].text)
        if count == 3:
            length += len(chosen[2].text)
        if abs(length - size) > allowed:  # said before anything is written together
            continue
        text = "".join([piece.text for piece in chosen])
        letters = OSA.distance(text, word.text, score_cutoff=allowed)
        if letters <= allowed:
            return chosen, float(letters)
    return None


def _cut_short(
    parts: list[Part], left: list[Word], right: list[Word]
) -> tuple[list[Word], list[Word]]:
    """A last word of which only the beginning was written, where three others agree."""
    if len(left) != 1 or len(right) != 1 or sum(part.weight >= 1 for part in parts) < 3:
        return left, right
    short, long = sorted((left[0].text, right[0].text), key=len)
    if len(short) < 2 or not long.startswith(short):
        return left, right
    parts.append(Part("letters", left[0].text, right[0].text, 1.5, left[0].weight))
    return [], []
