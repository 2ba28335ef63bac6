"""A browser, a small market, a customer, and a stream that says what the test wants it to say.

One server and one set of markets serve the whole folder: emptying the database after each test
would take longer than the tests. A test that trades does so in a market of its own.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, sync_playwright
from pytest_django.live_server_helper import LiveServer

from exchange.accounts.models import Customer, LoginDevice
from exchange.core.models import Switch
from exchange.markets import queries
from exchange.trading.check import NewOrder
from exchange.trading.place import place
from tests import factories, without

# Playwright's own loop runs in this thread; the tests' queries are no less synchronous for it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SYMBOL = "KELP_USDT"
_numbers = itertools.count(1)
OTHERS = ["REEF_USDT", "TIDE_USDT", "KELP_BTC", "COVE_BTC"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            # So that pytest-django makes the database, and runs us after those that roll back.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not os.path.exists(CHROMIUM):
        without("Chromium: set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The pages' server over the test database, with markets in it. Gives its address."""
    with django_db_blocker.unblock():
        running = LiveServer("localhost")
        queries.forget_lists()
        for rank, symbol in enumerate([SYMBOL, *OTHERS], start=1):
            factories.market(symbol, rank=rank)
        stock(SYMBOL)
        yield running.url
        running.stop()
        empty_database()


def empty_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        call_command("flush", verbosity=0, interactive=False)
        cursor.execute("SET session_replication_role = DEFAULT")
    queries.forget_lists()


@pytest.fixture
def _django_db_helper(server: str, django_db_blocker: Any) -> Iterator[None]:
    """In the place of pytest-django's, which would empty the database after each test.

    A switch that a test closed would close the exchange for every test after it.
    """
    with django_db_blocker.unblock():
        yield
        Switch.objects.all().delete()


@dataclass
class Stream:
    """The WebSocket server, faked in the browser: acknowledges, remembers, pushes on demand."""

    sockets: list[WebSocketRoute] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    logins: int = 0

    def accept(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self.hear(socket, str(text)))

    def hear(self, socket: WebSocketRoute, text: str) -> None:
        if text == "ping":
            socket.send("pong")
            return
        said = json.loads(text)
        if said["op"] == "login":
            self.logins += 1
            socket.send(json.dumps({"event": "login"}))
        if said["op"] == "subscribe":
            self.topics += said["args"]

    def push(self, table: str, **row: Any) -> None:
        text = json.dumps({"table": table, "data": [row]})
        for socket in self.sockets:
            socket.send(text)

    def drop(self) -> None:
        """Cut every connection, as a restart of the streams does."""
        cut, self.sockets = self.sockets, []
        for socket in cut:
            socket.close(code=1012)


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def context(browser: Browser, server: str, stream: Stream) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=server, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    context.set_default_timeout(8000)
    context.route_web_socket("**/*protocol=1.1", stream.accept)
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the page's console had to say: content policy, missing files, exceptions."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:
    page = context.new_page()
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def stock(symbol: str) -> None:
    """Give a market a book and a first trade, at 100.10."""
    base = symbol.split("_")[0]
    maker, taker = factories.customer(), factories.customer()
    for holder in (maker, taker):
        factories.fund(holder, base, "100")
        factories.fund(holder, "USDT", "10000000")
    for side, prices in (("sell", ("100.10", "100.20", "103.00")), ("buy", ("99.90", "99.80"))):
        for price in prices:
            order_of(maker, symbol, side=side, price=price, size="2")
    order_of(taker, symbol, side="buy", price="100.10", size="0.5")
    queries.forget_lists()


@pytest.fixture
def own_market() -> str:
    """A market for one test: SPRAT1_USDT, stocked. Asks 1.5 at 100.10, 2 at 100.20, 2 at 103.00."""
    symbol = f"SPRAT{next(_numbers)}_USDT"
    factories.market(symbol, rank=1000)
    stock(symbol)
    return symbol


def order_of(customer: Customer, symbol: str, *, side: str, price: str, size: str) -> int:
    order = NewOrder(
        customer_id=customer.pk,
        symbol=symbol,
        side=side,
        kind="limit",
        price=Decimal(price),
        size=Decimal(size),
    )
    return place(order=order, actor=factories.SYSTEM)


@pytest.fixture
def customer() -> Customer:
    """Somebody with 1,000 USDT and 3 KELP."""
    holder = factories.customer()
    factories.fund(holder, "USDT", "1000")
    factories.fund(holder, "KELP", "3")
    return holder


@pytest.fixture
def logged_in(customer: Customer, context: BrowserContext, server: str) -> Customer:
    """The browser carries the customer's session."""
    user = customer.user
    assert user is not None
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    LoginDevice.objects.create(
        user=user,
        session_key=str(session.session_key),
        fingerprint="the browser of the test",
        user_agent="Chromium",
        ip="127.0.0.1",
    )
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": str(session.session_key),
                "url": server,
            }
        ]
    )
    return customer
