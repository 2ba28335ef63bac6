"""One market as its subscribers have been shown it, and what is about to be shown.

Whatever arrives, late, twice or after a gap, a subscriber's copy equals `shown`: updates are
differences from what was shown, never from what was published, so a lost message costs freshness
and never correctness.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import Any

from exchange.streams import frames, topics
from exchange.streams.protocol import Frame, push

RECENT_TRADES = 50
WRITER_RESTARTED_MS = 5_000  # an older version, so much newer by the clock: numbering began anew


def _picture(symbol: str, update: dict[str, Any]) -> frames.Picture:
    """Raises KeyError, TypeError or ValueError when the update isn't what the writer promised."""
    for side in ("bids", "asks"):
        for price, size in update[side]:
            if not isinstance(price, str) or not isinstance(size, str):
                raise TypeError(f"{side} must be decimal text")
    return frames.Picture(
        symbol=symbol,
        version=int(update["version"]),
        ms=int(update["ms"]),
        bids=update["bids"],
        asks=update["asks"],
        ticker=dict(update["ticker"]),
        candles=dict(update["candles"]),
        closed={},
    )


class Market:
    """What is known of one market that somebody listens to."""

    def __init__(self, *, symbol: str) -> None:
        self.symbol = symbol
        self.shown: frames.Picture | None = None
        self.pending: frames.Picture | None = None
        self._status: dict[str, Any] | None = None
        self._fresh: list[list[Any]] = []
        self._recent: deque[list[Any]] = deque(maxlen=RECENT_TRADES)
        # Clients demand version + 1 on each update of the incremental book; the writer's versions
        # skip. Ours count our own updates; begun at the clock, they don't run backwards when a
        # client comes back to another process.
        self._increase = int(time.time() * 1000)

    def take(self, update: dict[str, Any]) -> bool:
        """Remember an update to be shown. False when it brought nothing new.

        Raises KeyError, TypeError or ValueError when it is malformed; then nothing is remembered.
        """
        arrived = _picture(self.symbol, update)
        fresh = self._unseen(update["trades"])
        frames.trades(self.symbol, fresh)  # malformed ones raise here
        self._fresh.extend(fresh)
        self._recent.extend(fresh)
        newest = self.pending or self.shown
        if newest is None:
            self.pending = arrived
        elif self._supersedes(arrived, newest):
            self.pending = replace(
                arrived,
                candles=newest.candles | arrived.candles,  # the writer names those that moved
                closed=self._closed(newest, arrived),
            )
        else:
            return bool(fresh)
        return True

    def take_status(self, update: dict[str, Any]) -> Frame | None:
        """Whether the market trades. None when nothing newer was said. Raises as `take` does."""
        arrived = {
            "symbol": self.symbol,
            "status": str(update["status"]),
            "reason": str(update["reason"]),
            "ms_t": int(update["ms"]),
        }
        known = self._status
        if known is not None and (arrived == known or arrived["ms_t"] < known["ms_t"]):
            return None
        self._status = arrived
        return push(topics.STATUS, [arrived])

    def _unseen(self, trades: list[list[Any]]) -> list[list[Any]]:
        """The tail after the newest known trade: a reconnect reads the last batch a second time."""
        known = {trade[0] for trade in self._recent}
        for position in range(len(trades) - 1, -1, -1):
            if trades[position][0] in known:
                return trades[position + 1 :]
        return trades

    @staticmethod
    def _supersedes(arrived: frames.Picture, newest: frames.Picture) -> bool:
        if arrived.version == newest.version:
            return arrived.ms > newest.ms
        return arrived.version > newest.version or arrived.ms > newest.ms + WRITER_RESTARTED_MS

    def _closed(
        self, newest: frames.Picture, arrived: frames.Picture
    ) -> dict[str, list[list[Any]]]:
        """Candles that finished before they were shown: their last values are still owed."""
        if self.pending is None:
            return {}
        closed = {step: list(candles) for step, candles in newest.closed.items()}
        for step, candle in newest.candles.items():
            if step in arrived.candles and arrived.candles[step][0] != candle[0]:
                closed.setdefault(step, []).append(candle)
        return closed

    def show(self, tables: list[str]) -> dict[str, Frame]:
        """Make the pending picture the shown one; returns a frame for each table that has news."""
        before, now = self.shown, self.pending or self.shown
        fresh, self._fresh, self.pending = self._fresh, [], None
        if now is None:
            return {}
        self.shown = replace(now, closed={})
        told: dict[str, Frame] = {}
        for table in tables:
            if table == topics.STATUS:
                continue  # said when it changes, not with prices
            if table == topics.TRADE:
                rows = frames.trades(self.symbol, fresh)
            elif table == topics.INCREASE:
                rows = self._book_update(before, now)
            else:
                rows = frames.rows(table, before, now)
            if rows:
                told[table] = push(table, rows)
        return told

    def snapshot(self, table: str) -> Frame | None:
        """What a new subscriber of the table gets at once; None while nothing is known."""
        if table == topics.STATUS:
            return push(table, [self._status]) if self._status else None
        if self.shown is None:
            return None
        if table == topics.TRADE:
            unseen = {trade[0] for trade in self._fresh}
            rows = frames.trades(self.symbol, [t for t in self._recent if t[0] not in unseen])
        elif table == topics.INCREASE:
            rows = [self._book_row("snapshot", self.shown, self.shown.bids, self.shown.asks)]
        else:
            rows = frames.rows(table, None, self.shown)
        return push(table, rows) if rows else None

    def _book_update(
        self, before: frames.Picture | None, now: frames.Picture
    ) -> list[dict[str, Any]]:
        if before is None:
            return [self._book_row("snapshot", now, now.bids, now.asks)]
        bids, asks = frames.book_changes(before, now)
        if not bids and not asks:
            return []
        self._increase += 1
        return [self._book_row("update", now, bids, asks)]

    def _book_row(
        self, kind: str, picture: frames.Picture, bids: list[frames.Level], asks: list[frames.Level]
    ) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "type": kind,
            "version": self._increase,
            "ms_t": picture.ms,
            "asks": asks,
            "bids": bids,
        }
