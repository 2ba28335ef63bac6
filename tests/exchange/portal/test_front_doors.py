"""Whatever strangers and customers send to a page, it answers and never breaks.

The pages come from the addresses, and the names of their fields from the files around each view: a
new page is covered by being there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from exchange.accounts.models import Customer
from exchange.api.endpoints import ENDPOINTS
from exchange.ledger.models import LedgerEntry
from launchpad.listings import apply as applying
from launchpad.listings.models import Listing
from tests import factories
from tests.factories import launchpad as votes
from tests.factories import sales
from tests.factories.accounts import acting
from tests.factories.identity import identified
from tests.launchpad.earn.conftest import everybody_may, product, put_in  # noqa: F401

pytestmark = pytest.mark.django_db

ASKED = re.compile(
    r"(?:GET|POST)(?:\.get(?:list)?\(|\[)\s*f?\"([\w{}.-]+)\""
    r"|^    (\w+) = (?:forms\.|text\(|country\(|_\w+\()",
    re.MULTILINE,
)
# One value for all of a page's fields at once: too long a number, a digit that is none, a byte that
# no text of a database holds, a number beyond all bounds, too many letters.
HOSTILE = ("9" * 5000, "²", "a\x00b", "1e999999", "🙂" * 3000)
# Leaving would end the test's login; the rest are no pages of ours to break.
SIGNED_BY_PROGRAMS = {
    "hooks/identity/<slug:provider>", "system/stream-login", "travel-rule/v1/<slug:what>",
}  # fmt: skip
NOT_ASKED = ("logout", "static", "media", "jsi18n", "<path:")


def pages() -> Iterator[tuple[str, URLPattern]]:
    """Every address that is neither a program's nor a member of staff's."""
    wire = {endpoint.path.lstrip("/") for endpoint in ENDPOINTS}

    def walk(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
        for each in patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif route not in wire and not any(word in route for word in NOT_ASKED):
                yield route, each

    ours = [each for each in get_resolver().url_patterns if str(each.pattern) != "staff/"]
    yield from walk(ours, "")


@cache
def names_in(folder: Path) -> frozenset[str]:
    found = chain.from_iterable(
        ASKED.findall(file.read_text()) for file in folder.glob("*.py") if file.stat().st_size
    )
    return frozenset(a.replace("{number}", "0") or b for a, b in found)


def fields_of(pattern: URLPattern) -> list[str]:
    """The names that the files beside a view read."""
    view = inspect.unwrap(pattern.callback)
    file = Path(inspect.getfile(view))
    return sorted(names_in(file.parent))


def address(route: str, values: dict[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        kind, name = found.group(1), found.group(2)
        unknown = {"int:": 1, "uuid:": UUID(int=1)}.get(kind, "no-such")
        return str(values.get(name, unknown))

    return "/" + re.sub(r"<(\w+:)?(\w+)>", value, route)


@pytest.fixture
def alice(everybody_may: None) -> Customer:  # noqa: F811
    """Somebody who takes part in everything."""
    holder = votes.holder("5000")
    identified(holder)
    factories.fund(holder, "USDT", "100")
    return holder


@pytest.fixture
def here(alice: Customer) -> dict[str, Any]:
    """What the addresses name, by the names in them: alice's, or everybody's."""
    made = product("usdt-flexible")
    position = put_in(alice, made, "10")
    sale = sales.opened(tiers=[sales.draft.NewTier("all", sales.Decimal(0), sales.Decimal(1000))])
    sales.commits(alice, sale, "5")
    factories.market("BTC_USDT")
    listing = applying.start(customer_id=alice.pk, asset_class="token", actor=acting(alice))
    return {
        "slug": made.slug,
        "position_id": position.pk,
        "sale_id": sale.pk,
        "number": votes.opened().pk,
        "listing_id": listing.pk,
        "symbol": "BTC_USDT",
        "kind": "grant",
        "key": "bitcoin",
        "code": "BTC",
    }


def browser(holder: Customer | None = None) -> Client:
    client = Client(raise_request_exception=False)
    if holder is not None:
        client.force_login(holder.user)
    return client


def told(answers: Iterator[tuple[str, HttpResponse]]) -> list[str]:
    """Those that broke."""
    return sorted({what for what, answer in answers if answer.status_code >= 500})


def test_no_question_breaks_a_page_for_strangers_or_customers(alice, here):
    def asked() -> Iterator[tuple[str, HttpResponse]]:
        for client, values in ((browser(), HOSTILE[1:2]), (browser(alice), HOSTILE[:4])):
            for route, pattern in pages():
                names, where = fields_of(pattern), address(route, here)
                for value in values:
                    yield (
                        f"GET {route} {value[:9]!r}",
                        client.get(where, dict.fromkeys(names, value)),
                    )

    assert told(asked()) == []


def test_no_form_breaks_a_page_or_moves_anything(alice, here):
    before = LedgerEntry.objects.count()

    def sent() -> Iterator[tuple[str, HttpResponse]]:
        client = browser(alice)
        for route, pattern in pages():
            names, where = fields_of(pattern), address(route, here)
            for value in HOSTILE:
                answer = client.post(where, dict.fromkeys(names, value))
                yield f"POST {route} {value[:9]!r}", answer

    assert told(sent()) == []
    assert LedgerEntry.objects.count() == before
    assert Listing.objects.count() == 1


def test_no_number_in_an_address_breaks_a_page(alice):
    def sent() -> Iterator[tuple[str, HttpResponse]]:
        client = browser(alice)
        for route, _pattern in pages():
            for number in (2**31, 10**30) if "<int:" in route else ():
                where = re.sub(r"<int:\w+>", str(number), route)
                yield f"GET {where}", client.get(address(where, {}))
                yield f"POST {where}", client.post(address(where, {}))

    assert told(sent()) == []


def test_no_form_is_taken_without_the_token_of_its_page(alice, here):
    """Programs sign what they send; what they post to is named here."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    taken = {
        route
        for route, _pattern in pages()
        if client.post(address(route, here), {"amount": "1"}).status_code != 403
    }
    assert taken == SIGNED_BY_PROGRAMS
