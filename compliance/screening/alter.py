"""Names altered the way people and clerks alter them: for judging the matcher, with a seed.

Typos, letters that change places, words glued together or split, other orders, and the other ways
in which the same sounds are written in Latin letters.
"""

from __future__ import annotations

import random
from collections.abc import Callable

OTHER_WAYS = (
    ("ou", "u"),
    ("ee", "i"),
    ("kh", "h"),
    ("q", "k"),
    ("j", "dj"),
    ("sh", "ch"),
    ("y", "i"),
    ("w", "v"),
    ("ph", "f"),
    ("mohammad", "muhammed"),
    ("muhammad", "mohamed"),
    ("abdul ", "abd al-"),
    ("al-", "el-"),
    ("ss", "s"),
    ("aa", "a"),
    ("o", "u"),
    ("e", "i"),
    ("dh", "d"),
    ("gh", "g"),
    ("z", "s"),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
GIVEN = """james mary robert patricia john jennifer michael linda david elizabeth william barbara
richard susan thomas sarah carlos ana pedro lucia ivan olga sergei natalia elena hiroshi yuki kenji
priya amit anjali lars ingrid sven freya pierre claire camille giovanni giulia francesca hans greta
klaus emeka ngozi kwame leila samira tariq""".split()
FAMILY = """smith brown garcia miller davis rodriguez martinez hernandez lopez wilson anderson moore
jackson perez thompson white harris clark lewis robinson walker wright scott torres hill flores
green adams nelson baker rivera campbell mitchell carter roberts petrov smirnov kuznetsov sokolov
muller schmidt schneider fischer weber wagner rossi ferrari esposito dubois moreau laurent tanaka
suzuki sato watanabe yamamoto patel sharma gupta okafor mensah diallo johansson andersson hansen
olsen""".split()


def altered(name: str, rng: random.Random) -> tuple[str, str]:
    """(what was done, the altered name)."""
    how, change = rng.choice(tuple(_WAYS.items()))
    return how, change(name.lower(), rng)


def stranger(rng: random.Random) -> str:
    """The name of somebody who is on no list, made of common parts."""
    given = [rng.choice(GIVEN) for _ in range(1 if rng.random() < 0.75 else 2)]
    return " ".join([*given, rng.choice(FAMILY)])


def _typo(name: str, rng: random.Random) -> str:
    places = [i for i, letter in enumerate(name) if letter.isalpha()]
    at = rng.choice(places)
    return rng.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + rng.choice(LETTERS) + name[at + 1 :],
        )
    )


def _swap(name: str, rng: random.Random) -> str:
    pairs = [i for i in range(len(name) - 1) if name[i].isalpha() and name[i + 1].isalpha()]
    if not pairs:
        return name
    at = rng.choice(pairs)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _glue(name: str, rng: random.Random) -> str:
    words = name.split()
    if len(words) < 2:
        return name
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _split(name: str, rng: random.Random) -> str:
    words = name.split()
    at = max(range(len(words)), key=lambda i: len(words[i]))
    if len(words[at]) < 6:
        return name
    cut = rng.randrange(2, len(words[at]) - 1)
    return " ".join([*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]])


def _order(name: str, rng: random.Random) -> str:
    words = name.split()
    rng.shuffle(words)
    return " ".join(words)


def _comma(name: str, rng: random.Random) -> str:
    *given, family = name.split()
    return f"{family}, {' '.join(given)}" if given else name


def _written(name: str, rng: random.Random) -> str:
    possible = [pair for pair in OTHER_WAYS if pair[0] in name]
    for before, after in rng.sample(possible, min(2, len(possible))):
        name = name.replace(before, after, 1)
    return name


_WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "typo": _typo,
    "letters swapped": _swap,
    "glued": _glue,
    "split": _split,
    "order": _order,
    "comma": _comma,
    "transliteration": _written,
}
