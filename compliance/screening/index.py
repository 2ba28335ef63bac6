"""Lists in memory, arranged so that one name is compared with a few dozen others and not with all.

Every listed name is cut into pieces of three letters of how it sounds. Names that share enough
pieces with the one looked for are compared in full; the rest can't reach the threshold. An index
belongs to the newest version of the lists and is built once in each process that screens.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compliance.screening.compare import THRESHOLD, Score, compare
from compliance.screening.folding import AIRCRAFT, ANY, ENTITY, PERSON, VESSEL, Name, names_of
from compliance.screening.lists.entry import WEAK
from compliance.screening.models import ListEntry, ListVersion

MOST_COMPARED = 160
SHARED = 0.3  # of the shorter name's pieces
KINDS = (PERSON, ENTITY, VESSEL, AIRCRAFT)
# Which entries a customer of a kind may be.
LOOKED_AT = {PERSON: (PERSON, ENTITY), ENTITY: (ENTITY, PERSON), ANY: KINDS}


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry; `names` as (text, role)."""

    pk: int
    kind: str
    source: str
    uid: str
    version: int
    names: tuple[tuple[str, str], ...]
    births: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The best of an entry's names, before anything but names was looked at."""

    listed: Listed
    name: Name
    role: str
    score: Score


class NameIndex:
    """All names of some entries. Not changed after it is built, so threads share it."""

    def __init__(self, entries: Iterable[Listed]) -> None:
        self._kinds = {kind: _OneKind() for kind in KINDS}
        self.entries = 0
        for entry in entries:
            self.entries += 1
            for text, role in entry.names:
                for name in names_of(text, entry.kind):
                    self._kinds[entry.kind].add(entry, name, role)

    def find(self, text: str, *, kind: str = ANY, floor: float = THRESHOLD) -> list[Found]:
        """Entries with a name like this one, the likeliest first."""
        best: dict[int, Found] = {}
        for listed_kind in LOOKED_AT[kind]:
            for mine in names_of(text, listed_kind):
                for entry, name, role in self._kinds[listed_kind].candidates(mine):
                    score = _scored(mine, name, role)
                    before = best.get(entry.pk)
                    if score.value >= floor and (
                        before is None or before.score.value < score.value
                    ):
                        best[entry.pk] = Found(entry, name, role, score)
        return sorted(best.values(), key=lambda found: (-found.score.value, found.listed.pk))


def _scored(mine: Name, listed: Name, role: str) -> Score:
    """A weak name of one word, as "Akhund", counts only when it is all that there is of mine."""
    score = compare(mine, listed)
    if role == WEAK and len(listed.words) == 1 and len(mine.words) > 1:
        return Score(min(score.value, THRESHOLD - 0.05), score.parts)
    return score


class _OneKind:
    def __init__(self) -> None:
        self.names: list[tuple[Listed, Name, str]] = []
        self.sizes = array("H")
        self.pieces: dict[str, array[int]] = {}

    def add(self, entry: Listed, name: Name, role: str) -> None:
        pieces = pieces_of(name, bones=False) | pieces_of(name, bones=True)
        if not pieces:
            return
        number = len(self.names)
        self.names.append((entry, name, role))
        self.sizes.append(_size(name))
        for piece in pieces:
            self.pieces.setdefault(piece, array("L")).append(number)

    def candidates(self, mine: Name) -> list[tuple[Listed, Name, str]]:
        pieces = pieces_of(mine, bones=mine.vowelless)
        shared: Counter[int] = Counter()
        for piece in pieces:
            if postings := self.pieces.get(piece):
                shared.update(postings)
        own, sizes = _size(mine), self.sizes
        few = SHARED * own
        ranked = []
        for number, count in shared.items():
            size = sizes[number]
            if count < few and count < SHARED * size:
                continue
            share = count / min(own, size)
            ranked.append((-share * count**0.5, number))
        ranked.sort()
        return [self.names[number] for _, number in ranked[:MOST_COMPARED]]


def pieces_of(name: Name, *, bones: bool) -> set[str]:
    """Three letters each, word by word; of bones two, marked as such."""
    found: set[str] = set()
    for word in name.words:
        if word.initial:
            continue
        if bones:
            text = f"~{word.bones}"
            found.update(f"~{text[i : i + 2]}" for i in range(len(text) - 1))
        else:
            text = f"^{word.sound}"
            found.update(text[i : i + 3] for i in range(max(1, len(text) - 2)))
            if len(text) <= 7:
                found.update(f"-{text[1:i]}{text[i + 1 :]}" for i in range(1, len(text)))
    return found


def _size(name: Name) -> int:
    """How many pieces of three a name has, roughly: what a share is of."""
    return max(1, sum(len(word.sound) - 1 for word in name.words if not word.initial))


_lock = threading.Lock()
_current: tuple[int, NameIndex] | None = None


def current() -> tuple[int, NameIndex]:
    """The index of every entry that stands, and the version of the lists that it shows.

    Built by whoever asks first after a list changed; the others of this process wait for it.
    """
    global _current
    newest = ListVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if _current is not None and _current[0] == newest:
        return _current
    with _lock:
        if _current is None or _current[0] != newest:
            _current = (newest, NameIndex(listed(ListEntry.objects.filter(removed_in=None))))
        return _current


def listed(rows: Iterable[ListEntry]) -> Iterable[Listed]:
    """Rows as the index wants them."""
    iterator = rows.iterator(chunk_size=2_000) if hasattr(rows, "iterator") else rows
    for row in iterator:
        yield listed_of(row)


def listed_of(row: ListEntry) -> Listed:
    contents = row.contents
    return Listed(
        pk=row.pk,
        kind=row.kind,
        source=row.source,
        uid=row.uid,
        version=row.version,
        names=_pairs(contents["names"]),
        births=tuple(contents["births"]),
        countries=tuple(contents["countries"]),
    )


def _pairs(names: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((text, role) for text, role in names)
