"""Customers' programs under load: place, cancel, and write down every answer. Run as a module.

Whoever gets no answer asks again with the same client order id until one comes, as a careful
integrator does; so in the end each order has exactly one outcome. One JSON line an outcome:
{"did": "placed" | "refused" | "cancelled", "client": …, "order": …}.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DUPLICATE, POOR, OK = 50042, 50020, 1000
GIVE_UP_SECONDS = 60.0


class NoAnswer(Exception):
    """The connection broke, or the exchange said that it could not tell. Its text says which."""


class Program:
    """One customer's program, on a connection of its own."""

    def __init__(self, url: str, key: dict[str, str], seed: int, book: Book) -> None:
        self.host = urlsplit(url).netloc
        self.key, self.random, self.name, self.book = key, random.Random(seed), f"p{seed}", book
        self.connection: http.client.HTTPConnection | None = None
        self.open: list[str] = []

    def run(self, go: Path, pause: float) -> None:
        number = 0
        next_at = time.monotonic() + self.random.random() * pause
        while go.exists():
            time.sleep(max(0.0, next_at - time.monotonic()))
            next_at = max(next_at + pause, time.monotonic() - 1)
            number += 1
            if self.open and self.random.random() < 0.2:
                self.cancel(self.open.pop(self.random.randrange(len(self.open))))
            else:
                self.place(f"{self.name}x{number}")

    def place(self, client: str) -> None:
        order = self._order(client)
        answer = self._insist("/spot/v2/submit_order", order)
        code = answer["code"]
        if code == DUPLICATE:  # the first try had come through
            answer = self._insist("/spot/v4/query/client-order", {"clientOrderId": client})
            self._placed(client, answer["data"]["orderId"])
        elif code == OK:
            self._placed(client, answer["data"]["order_id"])
        elif code == POOR:
            self.book.write(did="refused", client=client)
        else:
            raise AssertionError(f"{order} was answered {answer}")

    def cancel(self, order_id: str) -> None:
        answer = self._insist("/spot/v3/cancel_order", {"order_id": order_id, "orderId": order_id})
        self.book.write(did="cancelled" if answer["code"] == OK else "too late", order=order_id)

    def _placed(self, client: str, order_id: str) -> None:
        self.open.append(order_id)
        self.book.write(did="placed", client=client, order=order_id)

    def _order(self, client: str) -> dict[str, str]:
        pick = self.random
        side, kind = (
            pick.choice(["buy", "sell"]),
            pick.choices(["limit", "market", "limit_maker", "ioc", "fok"], [12, 2, 2, 2, 1])[0],
        )
        order = {
            "symbol": pick.choice(["BTC_USDT", "BTC_USDT", "ETH_USDT"]),
            "side": side,
            "type": kind,
            "clientOrderId": client,
        }
        if kind == "market" and side == "buy":
            return {**order, "notional": f"{pick.randint(1000, 90_000) / 100:.2f}"}
        order["size"] = f"{pick.randint(20, 3000) / 100_000:.5f}"
        if kind != "market":
            order["price"] = f"{50_000 + pick.randint(-400, 400) / 10:.2f}"
        return order

    def _insist(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                return self._ask(path, body)
            except NoAnswer as error:
                self.book.without_answer[str(error)] += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _ask(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        payload = json.dumps(body)
        sent = str(int(time.time() * 1000))
        sign = hmac.new(
            self.key["secret"].encode(),
            f"{sent}#{self.key['memo']}#{payload}".encode(),
            hashlib.sha256,
        ).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-BM-KEY": self.key["key"],
            "X-BM-TIMESTAMP": sent,
            "X-BM-SIGN": sign,
        }
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, timeout=4)
            self.connection.request("POST", path, payload, headers)
            response = self.connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            raise NoAnswer(type(error).__name__) from error
        if response.status >= 500 or response.status == 429:
            raise NoAnswer(f"{response.status} {answer.get('message', '')[:60]}")
        return answer


class Book:
    """What was answered, a line each, written before anything else is asked."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w")
        self.lock = threading.Lock()
        self.without_answer: Counter[str] = Counter()

    def write(self, **line: str) -> None:
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()


def main(plan_path: str) -> int:
    plan = json.loads(Path(plan_path).read_text())
    book = Book(Path(plan["answers"]))
    go = Path(plan["go"])  # until it is taken away
    pause = len(plan["keys"]) / plan["a_second"]
    failures: list[BaseException] = []

    def run(program: Program) -> None:
        try:
            program.run(go, pause)
        except BaseException as error:  # noqa: BLE001  counted, and shown by the test
            failures.append(error)
            print(repr(error), file=sys.stderr)

    threads = [
        threading.Thread(
            target=run, args=(Program(plan["url"], key, plan["seed"] * 100 + index, book),)
        )
        for index, key in enumerate(plan["keys"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"without_answer": book.without_answer, "failures": len(failures)}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
