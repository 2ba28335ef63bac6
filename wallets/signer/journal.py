"""What the signer did, in a chain of hashes, on the disk before any signature leaves.

One table holds what happened, entry by entry, each carrying the hash of the one before. The others
are what the rules ask quickly (which id, which nonce, how much in a day) and follow from it: they
are written in the same transaction, and `verify` works them out again and compares.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from wallets.signer import canonical
from wallets.signer.refusals import Unfit

DAY_MS = 24 * 3600 * 1000
CHECKED_AT_START = 2000
GENESIS = "0" * 64

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_of_a_kind ON entries (kind, n);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER IF NOT EXISTS entries_last BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'the journal is never changed'); END;
CREATE TABLE IF NOT EXISTS signed (
    id TEXT NOT NULL, fingerprint TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (id, fingerprint)
);
CREATE TABLE IF NOT EXISTS nonces (
    network TEXT NOT NULL, source TEXT NOT NULL, nonce INTEGER NOT NULL,
    PRIMARY KEY (network, source)
);
CREATE TABLE IF NOT EXISTS spent (
    n INTEGER NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, bucket TEXT NOT NULL,
    asset TEXT NOT NULL, units TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS spent_lately ON spent (key, bucket, asset, at);
CREATE TABLE IF NOT EXISTS coins (
    network TEXT NOT NULL, outpoint TEXT NOT NULL, units TEXT NOT NULL,
    PRIMARY KEY (network, outpoint)
);
"""


class Spent(NamedTuple):
    """What an entry uses up of a limit. `bucket` says which: attended, unattended, gas, fees."""

    bucket: str
    asset: str
    units: int


class Entry(NamedTuple):
    n: int
    at: int
    kind: str
    id: str
    body: dict[str, Any]
    previous: str
    hash: str


class Journal:
    """One file, one writer. Every method belongs under the desk's lock."""

    def __init__(self, path: Path) -> None:
        try:
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")  # every commit is on the disk
            self.db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise Unfit(f"{path.name} can't be used: {error}") from error
        path.chmod(0o600)
        self._check_the_last(CHECKED_AT_START)

    def close(self) -> None:
        self.db.close()

    def now(self) -> int:
        """Milliseconds since 1970; never earlier than the last entry, whatever the clock says."""
        return max(time.time_ns() // 1_000_000, self._newest_at())

    def head(self) -> tuple[int, str]:
        row = self.db.execute("SELECT n, hash FROM entries ORDER BY n DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def append(self, kind: str, id: str, body: dict[str, Any]) -> Entry:
        """Write an entry and what follows from it, and return once the disk has both."""
        n, previous = self.head()
        entry = chained(n + 1, self.now(), kind, id, body, previous)
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self.db.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*entry[:4], canonical.encode(body).decode("ascii"), *entry[5:]),
            )
            self._follow(entry)
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        return entry

    def newest_of(self, id: str) -> Entry | None:
        """The last signature under an id."""
        return self._entry("SELECT n FROM signed WHERE id = ? ORDER BY n DESC LIMIT 1", (id,))

    def version(self, id: str, fingerprint: str) -> Entry | None:
        """The signature of exactly this transaction under this id."""
        return self._entry(
            "SELECT n FROM signed WHERE id = ? AND fingerprint = ?", (id, fingerprint)
        )

    def newest(self, *kinds: str) -> Entry | None:
        marks = ", ".join("?" * len(kinds))
        return self._entry(
            f"SELECT max(n) FROM entries WHERE kind IN ({marks})",  # noqa: S608  question marks
            kinds,
        )

    def last_nonce(self, network: str, source: str) -> int | None:
        row = self.db.execute(
            "SELECT nonce FROM nonces WHERE network = ? AND source = ?", (network, source)
        ).fetchone()
        return int(row[0]) if row else None

    def claimed_units(self, network: str, outpoint: str) -> int | None:
        """What a coin was said to be worth when it was signed for."""
        row = self.db.execute(
            "SELECT units FROM coins WHERE network = ? AND outpoint = ?", (network, outpoint)
        ).fetchone()
        return int(row[0]) if row else None

    def spent_in_a_day(self, key: str, asset: str, *buckets: str) -> int:
        """Units in the rolling 24 hours. Summed here: SQLite's integers are too small."""
        since = self.now() - DAY_MS
        return sum(
            int(units)
            for bucket in buckets
            for (units,) in self.db.execute(
                "SELECT units FROM spent WHERE key = ? AND bucket = ? AND asset = ? AND at > ?",
                (key, bucket, asset, since),
            )
        )

    def entries(self) -> Iterator[Entry]:
        for row in self.db.execute("SELECT * FROM entries ORDER BY n"):
            yield _entry_of(row)

    def verify(self) -> int:
        """Walk the whole chain and rebuild what follows from it. Returns how many entries stand.

        Raises Unfit naming the first entry that is not what it was.
        """
        count, previous = 0, GENESIS
        fresh = Journal.__new__(Journal)
        fresh.db = sqlite3.connect(":memory:", isolation_level=None)
        fresh.db.executescript(_SCHEMA)
        for entry in self.entries():
            count += 1
            _demand_chained(entry, count, previous)
            fresh._follow(entry)
            previous = entry.hash
        for table in ("signed", "nonces", "spent", "coins"):
            query = f"SELECT * FROM {table} ORDER BY 1, 2, 3"  # noqa: S608  names of our own
            if sorted(fresh.db.execute(query)) != sorted(self.db.execute(query)):
                raise Unfit(f"the journal's table {table} is not what the entries say")
        fresh.db.close()
        return count

    def demand(self, n: int, seal: str) -> None:
        """An entry noted elsewhere stands here as it was: nothing was cut off. Raises Unfit."""
        row = self.db.execute("SELECT hash FROM entries WHERE n = ?", (n,)).fetchone()
        if row is None or row[0] != seal:
            raise Unfit(f"entry {n} is missing or not what it was")

    def _follow(self, entry: Entry) -> None:
        """Write what follows from an entry into the tables that the rules read."""
        if entry.kind != "signed":
            return
        body, db = entry.body, self.db
        db.execute("INSERT INTO signed VALUES (?, ?, ?)", (entry.id, body["fingerprint"], entry.n))
        if body["nonce"] is not None:
            db.execute(
                "INSERT INTO nonces VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET nonce = max(nonce, excluded.nonce)",
                (body["network"], body["source"], body["nonce"]),
            )
        for bucket, asset, units in body["spent"]:
            db.execute(
                "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?)",
                (entry.n, entry.at, body["key"], bucket, asset, units),
            )
        for outpoint, units in body["coins"]:
            db.execute(
                "INSERT INTO coins VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET units ="
                " excluded.units",
                (body["network"], outpoint, units),
            )

    def _entry(self, query: str, values: tuple[str, ...]) -> Entry | None:
        found = self.db.execute(query, values).fetchone()
        if not found or found[0] is None:
            return None
        row = self.db.execute("SELECT * FROM entries WHERE n = ?", found).fetchone()
        return _entry_of(row)

    def _newest_at(self) -> int:
        row = self.db.execute("SELECT at FROM entries ORDER BY n DESC LIMIT 1").fetchone()
        return int(row[0]) if row else 0

    def _check_the_last(self, count: int) -> None:
        """The newest entries hang together. The whole chain is what `verify-journal` walks."""
        rows = self.db.execute("SELECT * FROM entries ORDER BY n DESC LIMIT ?", (count,)).fetchall()
        rows.reverse()
        previous = rows[0][5] if rows else GENESIS
        for row in rows:
            entry = _entry_of(row)
            _demand_chained(entry, row[0], previous)
            previous = entry.hash
        if rows and rows[0][0] != max(1, rows[-1][0] - len(rows) + 1):
            raise Unfit("the journal has a hole")


def _entry_of(row: tuple[Any, ...]) -> Entry:
    n, at, kind, id, body, previous, seal = row
    return Entry(n, at, kind, id, canonical.decode(body.encode("ascii")), previous, seal)


def chained(n: int, at: int, kind: str, id: str, body: dict[str, Any], previous: str) -> Entry:
    seal = canonical.digest([n, at, kind, id, body, previous])
    return Entry(n, at, kind, id, body, previous, seal)


def _demand_chained(entry: Entry, n: int, previous: str) -> None:
    if entry.n != n or entry.previous != previous or chained(*entry[:6]).hash != entry.hash:
        raise Unfit(f"the journal is broken at entry {n}")
