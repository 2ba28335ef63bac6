"""From the moment an order is sent over HTTP to the moment its customer is told that it traded.

The real web process and the real matcher, in processes of their own, at a steady 100 orders a
second for twenty seconds. Requests leave on schedule whether or not earlier ones were answered, so
a stall shows in every order behind it. The fill is timed when its push arrives, after the commit.
"""

from __future__ import annotations

import hmac
import http.client
import json
import os
import queue
import statistics
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.scratch import database, report

PER_SECOND = 100
SECONDS = 20
WARM_UP = 200  # orders that are not counted
SENDERS = 16
PATIENCE_SECONDS = 20


class Sender(threading.Thread):
    """Sends what it is given over one kept-alive connection, signed."""

    def __init__(self, port: int, key: object, work: queue.Queue, sent: dict[str, float]) -> None:
        super().__init__(daemon=True)
        self.port, self.key, self.work, self.sent = port, key, work, sent
        self.answers: list[float] = []
        self.refused: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while (due := self.work.get()) is not None:
            body = json.dumps(
                {
                    "symbol": "BTC_USDT",
                    "side": "buy",
                    "type": "limit",
                    "price": "500.00",
                    "size": "0.02000",
                }
            )
            stamp = str(time.time_ns() // 1_000_000)
            message = f"{stamp}#{self.key.memo}#{body}".encode()
            headers = {
                "Content-Type": "application/json",
                "X-BM-KEY": self.key.key,
                "X-BM-TIMESTAMP": stamp,
                "X-BM-SIGN": hmac.digest(self.key.secret.encode(), message, "sha256").hex(),
            }
            connection.request("POST", "/spot/v2/submit_order", body, headers)
            answer = json.loads(connection.getresponse().read())
            self.answers.append(time.perf_counter() - due)
            if answer["code"] == 1000:
                self.sent[answer["data"]["order_id"]] = due
            else:
                self.refused.append(answer["message"])


def main() -> None:
    with database(), tempfile.TemporaryDirectory() as folder:
        from benchmarks.stage import Stage

        stage = Stage(Path(folder))
        try:
            stage.start()
            answers, fills = drive(stage)
        finally:
            stage.stop()
    for name, values in (("place to answer", answers), ("place to fill", fills)):
        cuts = statistics.quantiles(values, n=100)
        report(f"{name} at {PER_SECOND}/s, p50", 1000 * cuts[49], "ms")
        report(f"{name} at {PER_SECOND}/s, p99", 1000 * cuts[98], "ms")


def drive(stage: object) -> tuple[list[float], list[float]]:
    """Seconds to the answer, and to the fill, of every counted order."""
    filled: dict[str, float] = {}
    listener = threading.Thread(target=listen, args=(stage, filled), daemon=True)
    listener.start()
    work: queue.Queue = queue.Queue()
    sent: dict[str, float] = {}
    senders = [Sender(stage.port, stage.key, work, sent) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    began = time.perf_counter() + 0.5
    for number in range(PER_SECOND * SECONDS + WARM_UP):
        due = began + number / PER_SECOND
        time.sleep(max(0, due - time.perf_counter()))
        work.put(due)
    for _ in senders:
        work.put(None)
    for sender in senders:
        sender.join(PATIENCE_SECONDS)
    refused = [message for sender in senders for message in sender.refused]
    if refused:
        raise SystemExit(f"{len(refused)} orders refused, the first with: {refused[0]}")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(filled) < len(sent) and time.monotonic() < deadline:
        time.sleep(0.05)
    if missing := sent.keys() - filled.keys():
        raise SystemExit(f"{len(missing)} of {len(sent)} orders were not reported as filled")
    counted = sorted(sent, key=sent.__getitem__)[WARM_UP:]
    answers = [a for sender in senders for a in sender.answers[WARM_UP // SENDERS :]]
    return answers, [filled[order_id] - sent[order_id] for order_id in counted]


def listen(stage: object, filled: dict[str, float]) -> None:
    """Note when each order's fill is pushed to its customer."""
    import redis

    channel = redis.Redis.from_url(os.environ["REDIS_URL"]).pubsub()
    channel.subscribe(f"user:{stage.taker_id}")
    for message in channel.listen():
        if message["type"] != "message":
            continue
        now = time.perf_counter()
        for order in json.loads(message["data"])["orders"]:
            if Decimal(order["filled_size"]) > 0:
                filled.setdefault(order["order_id"], now)


if __name__ == "__main__":
    main()
