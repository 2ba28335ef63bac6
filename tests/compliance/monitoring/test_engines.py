"""One definition, several engines: the same findings, to the digit and the word."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import customers
from compliance.monitoring import columns, engine, lookback, replay
from compliance.monitoring.scenarios import catalogue, scenario_named
from compliance.monitoring.scenarios.definition import DAY
from exchange.core.errors import Invalid
from exchange.core.models import FactKind
from tests.compliance.monitoring import test_market_scenarios as markets
from tests.compliance.monitoring.histories import START, account, fact, tables

# Of every family those with the most to disagree about: Spark plans a second for each.
SPARKED = {
    *("structuring", "new_account_velocity", "pass_through", "dormant_reactivated", "fan_in"),
    *(
        "fan_out",
        "cycle",
        "scatter_gather",
        "gather_scatter",
        "mixer_exposure",
        "sanctioned_address",
    ),
    *("account_takeover", "high_risk_jurisdiction", "self_trade", "wash_ring", "spoofing"),
    "hot_wallet_drain",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small exchange with every crime in it, and market abuse by other customers."""
    folder = tmp_path_factory.mktemp("world")
    customers.write(customers.make(5, users=250, each=2), folder)
    events = replay.read_events(folder / "events.csv.gz")
    accounts = replay.read_accounts(folder / "accounts.csv", replay.first_moment(events))
    facts = [
        *markets.ring(["ra", "rb", "rc"], 4),
        *markets.spoof("sly", 3),
        *markets.deal("oa", "ob", 900, hour=40),
        *markets.deal("ob", "oa", 900, hour=41),
        *markets.deal("oa", "ob", 900, hour=42),
        fact("hot_wallet_payment", "hot:BTC", hour=2, usd=100, approved=False),
    ]
    more, people = tables(facts, [account("oa", owner="o"), account("ob", owner="o")])
    import pyarrow as pa
    import pyarrow.compute as pc

    shifted = more.set_column(0, "id", pc.add(more["id"], pa.scalar(1_000_000, pa.int64())))
    together = pa.concat_tables([events, shifted]).sort_by(
        [("t", "ascending"), ("id", "ascending")]
    )
    numbered = together.set_column(0, "id", pa.array(range(1, len(together) + 1), pa.int64()))
    return numbered, pa.concat_tables([accounts, people])


def told(findings):
    return sorted(
        (each.user, each.scenario, each.at, each.explanation, each.ring) for each in findings
    )


@pytest.fixture(scope="module")
def extract(world, tmp_path_factory):
    events, accounts = world
    folder = tmp_path_factory.mktemp("extract")
    half = len(events) // 2
    written = lookback.write_extract(folder, [events.slice(0, half), events.slice(half)], accounts)
    assert written == len(events)
    return folder


def test_a_look_back_over_parquet_finds_what_memory_finds(world, extract):
    seen = told(engine.run(*world))

    assert {scenario for _, scenario, *_ in seen} >= {"structuring", "wash_ring", "spoofing"}
    assert told(lookback.look_back(extract)) == seen


def test_a_look_back_answers_for_its_time_only(extract):
    since = datetime.fromtimestamp(START / 1000, tz=UTC) + timedelta(days=200)
    until = since + timedelta(days=20)

    inside = lookback.look_back(extract, since=since, until=until)

    assert inside
    assert all(since <= each.at < until for each in inside)


def test_spark_gives_the_same_alerts_as_the_embedded_engine(extract, monkeypatch):
    pytest.importorskip("pyspark")
    for name, value in (
        ("spark.master", "local[2]"),
        ("spark.ui.enabled", "false"),
        ("spark.sql.shuffle.partitions", "1"),
        # A small history is over before its Java would be compiled.
        ("spark.sql.codegen.wholeStage", "false"),
        ("spark.sql.codegen.factoryMode", "NO_CODEGEN"),
        ("spark.sql.adaptive.enabled", "false"),
        ("spark.driver.memory", "1g"),
    ):
        # What a session finds in its own configuration, as a cluster's spark-defaults would say it.
        monkeypatch.setitem(lookback.SPARK_OPTIONS, name, value)

    some = [each for each in engine.defaults() if each.name in SPARKED]
    seen = told(lookback.look_back(extract, some))

    assert told(lookback.look_back(extract, some, where="spark")) == seen
    assert {scenario for _, scenario, *_ in seen} == SPARKED


def test_the_runbook_says_of_every_scenario_on_which_facts_it_rests():
    page = (Path(__file__).parents[3] / "docs/runbooks/scenarios.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| \d+ \| (\w+) \| (.+?) \| ", page, re.MULTILINE))

    assert set(rows) == {each.name for each in catalogue()}
    told = set(FactKind.values)
    for each in catalogue():
        missing = set(each.kinds) & told - set(re.findall(r"\w+", rows[each.name]))
        assert missing == set(), each.name


@pytest.mark.parametrize("dialect", ["trino", "clickhouse"])
def test_every_scenario_compiles_for_the_engines_of_a_configuration(dialect):
    for each in catalogue():
        sql = engine.compiled(engine.Active.default(each), dialect)
        assert sql.lstrip().upper().startswith(("SELECT", "WITH")), each.name


def test_an_engine_that_does_not_exist_is_refused_by_name(extract):
    with pytest.raises(Invalid) as refused:
        lookback.look_back(extract, where="dbase")
    assert refused.value.field == "LOOK_BACK_ENGINE"


def test_the_live_engine_finds_in_batches_what_a_look_back_finds_at_once(world):
    events, accounts = world
    live = engine.Live()
    first = len(events) * 7 // 10
    live.remember(events.slice(0, first), accounts)
    began = events["t"][first].as_py()
    seen = []
    for start in range(first, len(events), 1_000):
        seen += live.observe(events.slice(start, 1_000))

    whole = [each for each in engine.run(*world) if columns.milliseconds(each.at) >= began]
    assert len(whole) >= 10
    # The same sentence at the same moment, whatever came before it or after.
    assert set(told(whole)) <= set(told(seen))
    assert {each.scenario for each in seen} == {each.scenario for each in whole}


def test_the_live_engine_says_a_thing_once(world):
    events, accounts = world
    live = engine.Live()
    live.remember(events, accounts)

    assert live.last_id == len(events)
    again = live.observe(events.slice(len(events) - 50, 50))
    assert again == [] or len({each.key for each in again}) == len(again)


def watching(scenario: str, people) -> engine.Live:
    live = engine.Live([engine.Active.default(scenario_named(scenario))])
    live.remember(accounts=people)
    return live


def test_a_scenario_that_rests_between_looks_misses_nothing_meanwhile():
    events, people = tables(markets.ring(["a", "b", "c"], 6))
    live = watching("wash_ring", people)
    seen = []
    for start in range(0, len(events), 4):
        seen += live.observe(events.slice(start, 4))

    assert {each.user for each in seen} == {"a", "b", "c"}


def test_facts_older_than_a_scenario_looks_back_are_forgotten():
    events, people = tables([fact("fiat_deposit", "a", day=n, usd=10) for n in (0, 100)])
    live = watching("structuring", people)
    live.remember(events)

    live.forget(START + 130 * DAY)

    assert live.store.execute("SELECT id FROM facts").fetchall() == [(2,)]


def test_the_worker_s_memory_does_not_grow_with_the_batches_it_looked_at():
    live = engine.Live([engine.Active.default(scenario_named("pass_through"))])
    past = [fact("crypto_deposit", "busy", hour=n / 60, usd=5_000) for n in range(20_000)]
    live.remember(*tables(past, [account("busy")]))
    numbers = iter(range(1_000_000, 2_000_000))

    def batches(count: int) -> int:
        for _ in range(count):
            new, _people = tables([fact("crypto_withdrawal", "busy", hour=400, usd=4_900)])
            live.observe(new.set_column(0, "id", [[next(numbers)]]))
        used = live.store.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()")
        return int(used.fetchone()[0])

    after_a_few = batches(4)
    assert batches(16) < 1.3 * after_a_few
