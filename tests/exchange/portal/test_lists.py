"""Lists stay quick: few queries whatever they show, pages by key, exact search, bounded counts."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.accounts.models import Customer, Restriction
from exchange.core import clock
from exchange.ledger.models import LedgerAccount, LedgerEntry, Posting
from exchange.portal import filters
from tests import factories
from tests.exchange.portal.conftest import more_of_everything
from tests.exchange.portal.screens import model_admins

pytestmark = pytest.mark.django_db

# How many queries each list and each row's page may cost. Lower it when you can; raising it is a
# decision. UPDATE_QUERY_COUNTS=1 writes the file anew.
COUNTS = Path(__file__).with_name("query_counts.json")


def counted(client, url: str) -> int:
    client.get(url)  # whatever is read once a process is read now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200, url
    return len(queries)


def test_no_list_or_page_costs_more_queries_than_was_agreed(root, world):
    found = {}
    for name, model_admin in sorted(model_admins().items()):
        row = model_admin.get_queryset(_request(root)).order_by("pk").first()
        found[name] = {"list": counted(root, model_admin.list_url())}
        if row is not None:
            found[name]["page"] = counted(root, model_admin.url_of(row))
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        COUNTS.write_text(json.dumps(found, indent=1) + "\n")

    assert found == json.loads(COUNTS.read_text())


def test_more_rows_cost_no_more_queries(root, world):
    before = {name: counted(root, each.list_url()) for name, each in model_admins().items()}
    more_of_everything(world)

    after = {name: counted(root, each.list_url()) for name, each in model_admins().items()}

    # Two more, once: how many rows there are is asked when they fill more than a page.
    grown = {name: after[name] for name in after if after[name] > before[name] + 2}
    assert grown == {}


def _request(client):
    class Request:
        user = client.person
        resolver_match = None
        GET: dict = {}

    return Request()


@pytest.fixture
def large_ledger(world) -> Customer:
    """200,000 postings in 100,000 entries, the way a busy day leaves them."""
    holder = world["buyer"]
    coin = factories.asset("USDT")
    account = LedgerAccount.objects.get(owner_id=holder.pk, asset=coin).pk
    house = LedgerAccount.objects.get(owner_kind="house", asset=coin, purpose="custody").pk
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO exchange_ledgerentry (kind, reference, created_at)"
            " SELECT 'fill', 'bulk:' || n, now() - (100000 - n) * interval '1 s'"
            " FROM generate_series(1, 100000) n"
        )
        cursor.execute(
            "INSERT INTO exchange_posting (entry_id, account_id, available, held)"
            " SELECT e.id, a.account, a.amount, 0 FROM exchange_ledgerentry e"
            " CROSS JOIN (VALUES (%s, 1), (%s, -1)) AS a(account, amount)"
            " WHERE e.reference LIKE 'bulk:%%'",
            [account, house],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE exchange_ledgerentry, exchange_posting, exchange_ledgeraccount")
    return holder


def plans(client, url: str) -> list[str]:
    """The plan of every query that a page asks."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code in (200, 302)
    found = []
    with connection.cursor() as cursor:
        for query in queries:
            if not query["sql"].startswith(("SELECT", "\nSELECT")):
                continue
            cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"))
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


BIG_PAGES = [
    "/staff/exchange/posting/",
    "/staff/exchange/posting/?before=150000",
    "/staff/exchange/posting/?q=customer {customer}",
    "/staff/exchange/posting/?q={entry}",
    "/staff/exchange/posting/?account_id={account}",
    "/staff/exchange/ledgerentry/",
    "/staff/exchange/ledgerentry/?q=bulk:77777",
    "/staff/exchange/ledgerentry/?q=customer {customer}",
    "/staff/exchange/ledgerentry/?since=1h",
    "/staff/exchange/ledgerentry/{entry}/change/",
    "/staff/exchange/ledgeraccount/{account}/change/",
    "/staff/exchange/customer/{customer}/change/",
    "/staff/find/?q=bulk:77777",
]


def test_no_page_reads_a_large_ledger_from_end_to_end(root, large_ledger):
    known = {
        "customer": large_ledger.pk,
        "entry": LedgerEntry.objects.get(reference="bulk:77777").pk,
        "account": LedgerAccount.objects.get(
            owner_id=large_ledger.pk, owner_kind="customer", asset__code="USDT"
        ).pk,
    }
    for url in (page.format(**known) for page in BIG_PAGES):
        root.get(url)
        scanned = [
            plan
            for plan in plans(root, url)
            for table in ("exchange_posting", "exchange_ledgerentry")
            if f"Seq Scan on {table}" in plan
        ]
        assert scanned == [], url


def test_a_large_table_is_not_counted_but_estimated(root, large_ledger):
    with CaptureQueriesContext(connection) as queries:
        answer = root.get("/staff/exchange/posting/")

    listed = answer.context["cl"]
    assert listed.count_text.startswith("about ")
    assert 150_000 < listed.result_count < 250_000
    assert [q["sql"] for q in queries if "COUNT(" in q["sql"] and "posting" in q["sql"]] == []


def test_pages_follow_the_key_forwards_and_back(root, large_ledger):
    first = root.get("/staff/exchange/ledgerentry/").context["cl"]
    second = root.get("/staff/exchange/ledgerentry/" + first.older_url).context["cl"]
    back = root.get("/staff/exchange/ledgerentry/" + second.newer_url).context["cl"]

    keys = [row.pk for row in first.result_list]
    assert keys == sorted(keys, reverse=True)
    assert len(keys) == 50
    assert [row.pk for row in second.result_list] == [key - 50 for key in keys]
    assert [row.pk for row in back.result_list] == keys
    assert first.newer_url == ""


def test_a_time_filter_shows_exactly_the_rows_of_that_time(root, large_ledger):
    rows = LedgerEntry.objects.filter(reference__startswith="bulk:").order_by("-pk")

    def of_a_quarter_hour():
        return rows.filter(created_at__gte=clock.now() - timedelta(minutes=15)).count()

    at_most = of_a_quarter_hour()
    listed = root.get("/staff/exchange/ledgerentry/?since=15m").context["cl"]
    shown = listed.queryset.filter(reference__startswith="bulk:").count()

    assert of_a_quarter_hour() <= shown <= at_most <= 901  # a machine may be slow meanwhile
    assert listed.queryset.filter(pk=rows.first().pk).exists()


def test_search_is_exact(root, large_ledger):
    def hits(text):
        return [
            row.reference
            for row in root.get("/staff/exchange/ledgerentry/", {"q": text})
            .context["cl"]
            .result_list
        ]

    assert hits("bulk:777") == ["bulk:777"]
    assert hits("bulk:") == []
    assert hits("ulk:777") == []


def test_words_where_a_number_is_wanted_find_nothing_and_break_nothing(root, world):
    for url in (
        "/staff/exchange/posting/?account_id=abc",
        "/staff/exchange/posting/?before=abc",
        "/staff/exchange/spotorder/?q=customer%20abc",
        "/staff/exchange/spotorder/?q=99999999999999999999999",
    ):
        assert root.get(url, follow=True).status_code == 200, url


def test_a_character_that_no_text_may_hold_finds_nothing(root, world):
    assert root.get("/staff/exchange/auditevent/?target_id=%00").status_code == 404
    assert root.get("/staff/find/?q=%00").status_code == 404


def test_a_filter_without_an_index_says_how_far_it_looks_when_rows_are_left_out(
    root, world, monkeypatch
):
    path = "/staff/exchange/spotorder/?state=filled"
    assert root.get(path).context["cl"].notes == []
    monkeypatch.setattr(filters, "LATEST", 1)
    latest = root.get("/staff/exchange/spotorder/?state=filled&market=BTC_USDT").content.decode()
    whole = root.get("/staff/exchange/spotorder/?state=open&market=btc/usdt").context["cl"]

    assert latest.count("Looks at the latest 1 rows.") >= 1
    assert whole.notes == []
    assert world["order_id"] in [order.pk for order in whole.result_list]


def test_every_list_says_what_can_be_searched(root, world):
    silent = []
    for name, model_admin in model_admins().items():
        if not model_admin.lookups:
            continue
        shown = root.get(model_admin.list_url()).content.decode()
        if "Exact: " not in shown:
            silent.append(name)

    assert silent == []


def test_an_empty_list_says_what_will_appear(root, db):
    shown = root.get("/staff/exchange/trade/").content.decode()

    assert "Trades appear when orders meet." in shown


def test_a_search_without_a_hit_offers_the_way_back(root, world):
    shown = root.get("/staff/exchange/trade/?q=424242").content.decode()

    assert "Nothing matches exactly." in shown
    assert "Show everything" in shown


def test_an_entry_shows_its_postings_and_that_they_sum_to_zero(root, world):
    entry = LedgerEntry.objects.filter(kind="deposit").first()

    table = root.get(f"/staff/exchange/ledgerentry/{entry.pk}/change/").context["tables"][0]

    assert len(table.rows) == Posting.objects.filter(entry=entry).count() == 2
    assert table.foot[2] == "BTC 0"


def test_a_list_opens_with_what_waits_and_one_press_shows_the_rest(root, world):
    restriction, path = world["restriction"], "/staff/exchange/restriction/"

    def shown(query: str) -> list[int]:
        return [row.pk for row in root.get(path + query).context["cl"].result_list]

    assert restriction.pk in shown("")
    Restriction.objects.filter(pk=restriction.pk).update(lifted_at=clock.now())
    assert restriction.pk not in shown("")
    assert restriction.pk in shown(f"?q={restriction.pk}")

    opened = root.get(path)
    everything = opened.context["cl"].everything_url
    assert everything in opened.content.decode()
    assert restriction.pk in shown(everything)


def test_an_open_list_without_rows_says_that_nothing_waits(root, db):
    seen = root.get("/staff/exchange/restriction/").content.decode()

    assert "Nothing waits here" in seen
    assert "Restrictions appear here when somebody imposes one." in seen


def test_a_filter_across_a_relation_is_one_of_the_list_s_own(root, world):
    answer = root.get("/staff/exchange/market/?quote__code=USDT")

    assert [row.symbol for row in answer.context["cl"].result_list] == [world["market"].symbol]
