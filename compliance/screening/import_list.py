"""Take in a list: what is new in it, what has changed, what is gone, and whom it may concern.

The same contents again change nothing. What a list no longer has stays in the table, marked with
the version that removed it, because hits point at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from compliance.screening import rescreen
from compliance.screening.addresses import key_of
from compliance.screening.lists.entry import Entry
from compliance.screening.lists.fetch import fetch
from compliance.screening.lists.read import SOURCES, Contents, read
from compliance.screening.models import ListChange, ListedAddress, ListEntry, ListVersion
from exchange.audit.record import record
from exchange.core import clock, locks, outbox
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from exchange.core.locks import Lock

PERMISSION = "compliance.import_list"
MOST_ENTRIES = 200_000
MOST_ADDRESSES = 1_000_000
# A list that shrinks by more than this is cut off rather than mild: somebody has to say so.
MOST_REMOVED = 0.2
BATCH = 1_000
Kind = ListChange.Kind


class ShrunkList(Conflict):
    """The list lost so many entries that the file is probably cut off. `limit` is the share."""

    code = "shrunk_list"


def import_list(
    *, origin: str, actor: Actor, source: str = "", may_shrink: bool = False
) -> ListVersion | None:
    """Import a list from a path or an https address; `source` names it, by its format unless said.

    Returns its new version, or None when nothing in it has changed. Raises PermissionRefused,
    Invalid for what is no list or an empty one, ShrunkList.
    """
    actor.require(PERMISSION)
    files = fetch(origin)
    contents = read(files)
    if not contents.entries and not contents.addresses:
        raise Invalid("This list is empty.", field="origin")
    if len(contents.entries) > MOST_ENTRIES or len(contents.addresses) > MOST_ADDRESSES:
        raise Invalid("This is more than a list can be.", field="origin", limit=MOST_ENTRIES)
    source = (source or SOURCES[contents.layout])[:20]
    with transaction.atomic():
        locks.hold(Lock.SANCTIONS_LIST, locks.key_of(source))
        return _took_in(origin, source, files, contents, actor, may_shrink)


def _took_in(
    origin: str,
    source: str,
    files: dict[str, bytes],
    contents: Contents,
    actor: Actor,
    may_shrink: bool,
) -> ListVersion | None:
    standing = {row.uid: row for row in ListEntry.objects.filter(source=source)}
    changes = _changes(standing, contents.entries)
    addresses = _AddressChanges(source, _addresses_of(contents))
    if not changes and not addresses.new and not addresses.gone:
        return None
    before = sum(1 for row in standing.values() if row.removed_in_id is None)
    lost = sum(1 for kind, _, _ in changes if kind == Kind.REMOVED) + len(addresses.gone)
    if not may_shrink and lost > MOST_REMOVED * max(before + addresses.before, 20):
        raise ShrunkList(
            f"{lost} of {before + addresses.before} entries are gone: is the file whole?",
            field="origin",
            limit=MOST_REMOVED,
        )
    version = _version(origin, source, files, contents, actor, changes, len(addresses.wanted))
    entries = _write(version, standing, changes)
    addresses.write(version, {**standing, **entries})
    record(
        actor=actor,
        verb="screening.import_list",
        target=version,
        after={
            "source": source,
            "sha256": version.sha256,
            "added": version.added,
            "changed": version.changed,
            "removed": version.removed,
            "addresses": version.addresses,
        },
    )
    outbox.announce("screening.list_changed", version_id=version.pk, source=source)
    rescreen.start_delta(version=version, actor=actor)
    return version


Change = tuple[str, ListEntry | None, Entry | None]


def _changes(standing: dict[str, ListEntry], entries: Iterable[Entry]) -> list[Change]:
    changes: list[Change] = []
    seen: set[str] = set()
    for entry in entries:
        if not entry.uid or not entry.names or entry.uid in seen:
            continue
        seen.add(entry.uid)
        row = standing.get(entry.uid)
        if row is None or row.removed_in_id is not None:
            changes.append((Kind.ADDED, row, entry))
        elif row.digest != entry.digest:
            changes.append((Kind.CHANGED, row, entry))
    for uid, row in standing.items():
        if uid not in seen and row.removed_in_id is None:
            changes.append((Kind.REMOVED, row, None))
    return changes


def _version(
    origin: str,
    source: str,
    files: dict[str, bytes],
    contents: Contents,
    actor: Actor,
    changes: list[Change],
    addresses: int,
) -> ListVersion:
    last = ListVersion.objects.filter(source=source).order_by("-number").first()
    each = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    whole = hashlib.sha256("".join(str(file["sha256"]) for file in each).encode()).hexdigest()
    count = {kind: sum(1 for each, _, _ in changes if each == kind) for kind in Kind.values}
    return ListVersion.objects.create(
        source=source,
        number=last.number + 1 if last else 1,
        layout=contents.layout,
        origin=origin[:300],
        sha256=str(each[0]["sha256"]) if len(each) == 1 else whole,
        files=each,
        imported_at=clock.now(),
        imported_by=actor.label,
        entries=len(contents.entries),
        addresses=addresses,
        added=count[Kind.ADDED],
        changed=count[Kind.CHANGED],
        removed=count[Kind.REMOVED],
    )


def _write(
    version: ListVersion, standing: dict[str, ListEntry], changes: list[Change]
) -> dict[str, ListEntry]:
    """The rows and what changed of them. Returns those that were added, by their number."""
    new: list[ListEntry] = []
    moved: list[ListEntry] = []
    told: list[tuple[str, ListEntry, Any, Any]] = []
    for kind, standing_row, entry in changes:
        before = standing_row.contents if standing_row is not None else None
        if entry is None:
            assert standing_row is not None
            standing_row.removed_in = version
            moved.append(standing_row)
            told.append((kind, standing_row, before, None))
            continue
        row = standing_row or ListEntry(source=version.source, uid=entry.uid[:64], version=0)
        row.kind, row.name = entry.kind, entry.name[:400]
        row.contents, row.digest = entry.as_json(), entry.digest
        row.version += 1
        row.changed_in, row.removed_in = version, None
        if standing_row is None:
            row.added_in = version
            new.append(row)
        else:
            moved.append(row)
        told.append((kind, row, before, row.contents))
    ListEntry.objects.bulk_create(new, batch_size=BATCH)
    ListEntry.objects.bulk_update(
        moved,
        ["kind", "name", "contents", "digest", "version", "changed_in", "removed_in"],
        batch_size=BATCH,
    )
    ListChange.objects.bulk_create(
        (
            ListChange(version=version, entry=row, kind=kind, before=before, after=after)
            for kind, row, before, after in told
        ),
        batch_size=BATCH,
    )
    return {row.uid: row for row in new}


def _addresses_of(contents: Contents) -> dict[tuple[str, str], str]:
    """Which entry names each address: (ticker, key) to its number, "" where a file has none."""
    wanted = {(ticker[:15], key_of(address)[:128]): "" for ticker, address in contents.addresses}
    for entry in contents.entries:
        for ticker, address in entry.addresses:
            wanted[ticker[:15], key_of(address)[:128]] = entry.uid
    return wanted


class _AddressChanges:
    def __init__(self, source: str, wanted: dict[tuple[str, str], str]) -> None:
        self.source, self.wanted = source, wanted
        rows = ListedAddress.objects.filter(source=source).select_related("entry")
        self.rows = {(row.ticker, row.key): row for row in rows}
        standing = {pair for pair, row in self.rows.items() if row.removed_in_id is None}
        self.before = len(standing)
        self.new = [pair for pair in wanted if pair not in standing]
        self.gone = [pair for pair in standing if pair not in wanted]

    def write(self, version: ListVersion, entries: dict[str, ListEntry]) -> None:
        fresh: list[ListedAddress] = []
        moved: list[ListedAddress] = []
        for ticker, key in self.new:
            row = self.rows.get((ticker, key))
            if row is None:
                row = ListedAddress(source=self.source, ticker=ticker, key=key)
                fresh.append(row)
            else:
                moved.append(row)
            # One that returns is new to whoever looks back from this version.
            row.added_in, row.removed_in = version, None
            row.entry = entries.get(self.wanted[ticker, key])
        for pair in self.gone:
            self.rows[pair].removed_in = version
            moved.append(self.rows[pair])
        ListedAddress.objects.bulk_create(fresh, batch_size=BATCH)
        ListedAddress.objects.bulk_update(
            moved, ["added_in", "removed_in", "entry"], batch_size=BATCH
        )
