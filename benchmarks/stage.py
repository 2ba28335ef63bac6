"""A small exchange in processes of its own: web, matcher, one market, one taker with a key."""

from __future__ import annotations

import os
import secrets
import socket
import time
from decimal import Decimal
from pathlib import Path

from benchmarks import arena
from exchange.accounts import api_keys
from exchange.accounts.models import Customer
from exchange.accounts.sign_up import sign_up
from exchange.launcher import processes
from exchange.trading.check import NewOrder
from exchange.trading.match import match
from exchange.trading.place import place


class Stage:
    """`port` of the web process, `key` and `taker_id` of who sends orders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()

    def start(self) -> None:
        taker = self._person("taker@example.com")
        maker = self._person("maker@example.com")
        self.taker_id = taker.pk
        stage = arena.Arena("BTC_USDT")  # which funds whoever is there
        self.key = api_keys.create(
            customer_id=taker.pk, label="bench", can_trade=True, actor=arena.ACTOR
        )
        place(
            order=NewOrder(
                customer_id=maker.pk,
                symbol=stage.market.symbol,
                side="sell",
                kind="limit",
                price=Decimal(500),
                size=Decimal(1_000_000),
            ),
            actor=arena.ACTOR,
        )
        match(market_id=stage.market.pk)
        self.children = [
            child
            for child in processes.children(
                port=self.port,
                streams_at=self.port + 1,
                env={**os.environ, "BASE_URL": f"http://127.0.0.1:{self.port}"},
                var=self.folder,
            )
            if child.name in {"web", "worker-matching"}
        ]
        for child in self.children:
            child.start()
        self._wait()

    def stop(self) -> None:
        for child in getattr(self, "children", []):
            child.stop()

    def _person(self, email: str) -> Customer:
        return sign_up(email=email, password=secrets.token_urlsafe(20), actor=arena.ACTOR)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    time.sleep(5)  # the matcher connects to its broker meanwhile
                    return
            time.sleep(0.1)
        raise SystemExit("the web process did not come up")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
