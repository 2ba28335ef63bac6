"""Workers: which queues there are, which task goes where, and the one schedule of what recurs.

Rows in PostgreSQL are the queues of record; a Celery message only wakes a worker up. Every task
may be killed at any instruction, run twice, or never be asked for: the sweeps below find its work.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_process_init, worker_ready
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings.dev")

app = Celery("exchange")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="default",
    task_queues=[
        *(Queue(f"matching.{shard}") for shard in range(settings.MATCHING_SHARDS)),
        Queue("default"),
        Queue("demo"),
        Queue("wallets"),
        Queue("monitoring"),
        Queue("payouts"),
        Queue("reports"),
    ],
    task_time_limit=600,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 60,
        "socket_keepalive": True,
        # Who asks for a wake-up must not wait for a broker that is down: the sweep will do.
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
        "socket_connect_timeout": 1,
    },
    # A message about work that is also a row is worthless after a minute; the sweep has been by.
    task_default_delivery_mode="transient",
    timezone="UTC",
    beat_max_loop_interval=1,
    beat_schedule={
        "wake markets with waiting commands": {
            "task": "trading.sweep",
            "schedule": 1.0,
            "options": {"expires": 5},
        },
        "deliver the outbox": {
            "task": "core.deliver_outbox",
            "schedule": 5.0,
            "options": {"expires": 10},
        },
        "seal the audit log": {"task": "audit.seal", "schedule": 5.0, "options": {"expires": 10}},
        "verify the audit log": {
            "task": "audit.verify",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "expire stale proposals": {
            "task": "audit.expire_proposals",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "roll 24-hour tickers": {
            "task": "markets.roll_tickers",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "give Valkey back what it lost": {
            "task": "trading.republish",
            "schedule": 20.0,
            "options": {"expires": 20},
        },
        "follow the chains": {
            "task": "chains.wake_watchers",
            "schedule": 2.0,
            "options": {"queue": "wallets", "expires": 4},
        },
        "look for deposits before their first block": {
            "task": "deposits.look_at_mempools",
            "schedule": 3.0,
            "options": {"queue": "wallets", "expires": 3},
        },
        "credit deposits that wait": {
            "task": "deposits.sweep",
            "schedule": 10.0,
            "options": {"queue": "wallets", "expires": 10},
        },
        "forget old blocks": {
            "task": "chains.prune_blocks",
            "schedule": 3600.0,
            "options": {"queue": "wallets", "expires": 3600},
        },
        "go on with travel-rule messages": {
            "task": "travel_rule.sweep",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "erase travel-rule data after five years": {
            "task": "travel_rule.erase",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "give Valkey back the halts it lost": {
            "task": "markets.tell_missing_halts",
            "schedule": 20.0,
            "options": {"expires": 20},
        },
        "find transactions that got stuck": {
            "task": "wallets.sweep_sending",
            "schedule": 5.0,
            "options": {"queue": "wallets", "expires": 5},
        },
        "pay approved withdrawals": {
            "task": "wallets.sweep_withdrawals",
            "schedule": 10.0,
            "options": {"queue": "wallets", "expires": 10},
        },
        "act on custody alarms, go on with cold payments": {
            "task": "custody.go_on",
            "schedule": 5.0,
            "options": {"queue": "wallets", "expires": 5},
        },
        "sweep deposit addresses": {
            "task": "custody.sweep",
            "schedule": 60.0,
            "options": {"queue": "wallets", "expires": 60},
        },
        "keep hot wallets between their marks": {
            "task": "custody.rebalance",
            "schedule": 300.0,
            "options": {"queue": "wallets", "expires": 300},
        },
        "compare the chains with the ledger": {
            "task": "custody.reconcile",
            "schedule": 120.0,
            "options": {"queue": "wallets", "expires": 120},
        },
        "forget old outflow": {
            "task": "custody.forget_outflow",
            "schedule": 3600.0,
            "options": {"queue": "wallets", "expires": 3600},
        },
        "screen whom nobody screened, go on re-screening": {
            "task": "screening.sweep",
            "schedule": 15.0,
            "options": {"queue": "reports", "expires": 15},
        },
        "import sanctions lists": {
            "task": "screening.import_lists",
            "schedule": 21600.0,
            "options": {"queue": "reports", "expires": 21600},
        },
        "go on with snapshots of reserves": {
            "task": "reserves.sweep",
            "schedule": 30.0,
            "options": {"queue": "reports", "expires": 30},
        },
        "collect alerts into cases, look again when it is time": {
            "task": "cases.sweep",
            "schedule": 30.0,
            "options": {"queue": "monitoring", "expires": 30},
        },
        "tell what was traded": {
            "task": "monitoring.follow",
            "schedule": 1.0,
            "options": {"queue": "monitoring", "expires": 2},
        },
        "go on with look-backs": {
            "task": "monitoring.go_on",
            "schedule": 15.0,
            "options": {"queue": "monitoring", "expires": 15},
        },
        "score alerts": {
            "task": "monitoring.score",
            "schedule": 20.0,
            "options": {"queue": "monitoring", "expires": 20},
        },
        "watch new facts": {
            "task": "monitoring.watch",
            "schedule": 1.0,
            "options": {"queue": "monitoring", "expires": 2},
        },
        "apply changed rules of countries": {
            "task": "identity.apply_rules",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "ask providers of identity checks": {
            "task": "identity.ask_providers",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "ask for identities to be refreshed": {
            "task": "identity.refresh",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "find what has to be reported by its size": {
            "task": "reporting.find_candidates",
            "schedule": 6 * 3600.0,
            "options": {"queue": "reports", "expires": 6 * 3600},
        },
        "lock filed reports, let old ones go": {
            "task": "reporting.keep_house",
            "schedule": 12 * 3600.0,
            "options": {"queue": "reports", "expires": 12 * 3600},
        },
        "go on with token sales": {
            "task": "sales.sweep",
            "schedule": 5.0,
            "options": {"queue": "payouts", "expires": 5},
        },
        "open, close and count votes": {
            "task": "governance.sweep",
            "schedule": 5.0,
            "options": {"queue": "payouts", "expires": 5},
        },
        "take snapshots whose moment is over": {
            "task": "snapshots.sweep",
            "schedule": 5.0,
            "options": {"queue": "payouts", "expires": 5},
        },
        "accrue what savings earned yesterday": {
            "task": "earn.accrue",
            "schedule": 60.0,
            "options": {"queue": "payouts", "expires": 60},
        },
        "let savings go that came to their date": {
            "task": "earn.let_go",
            "schedule": 30.0,
            "options": {"queue": "payouts", "expires": 30},
        },
        "look at the books of mined pairs": {
            "task": "earn.sample_depth",
            "schedule": 5.0,
            "options": {"queue": "payouts", "expires": 5},
        },
        "pay what programmes owe": {
            "task": "programmes.sweep",
            "schedule": 15.0,
            "options": {"queue": "payouts", "expires": 15},
        },
        "open and close what is listed at its time": {
            "task": "listings.sweep",
            "schedule": 5.0,
            "options": {"queue": "wallets", "expires": 5},
        },
        "measure listed assets": {
            "task": "listings.measure",
            "schedule": 3600.0,
            "options": {"queue": "reports", "expires": 3600},
        },
        "add up what customers trade": {
            "task": "rewards.follow",
            "schedule": 15.0,
            "options": {"queue": "payouts", "expires": 15},
        },
        "measure VIP tiers": {
            "task": "rewards.measure",
            "schedule": 300.0,
            "options": {"queue": "payouts", "expires": 300},
        },
        "look for accounts of one person": {
            "task": "rewards.find_persons",
            "schedule": 6 * 3600.0,
            "options": {"queue": "payouts", "expires": 6 * 3600},
        },
        "give what promotions and referrals earned": {
            "task": "rewards.give",
            "schedule": 300.0,
            "options": {"queue": "payouts", "expires": 300},
        },
        "pay rewards that are due": {
            "task": "rewards.pay",
            "schedule": 60.0,
            "options": {"queue": "payouts", "expires": 60},
        },
        "reconcile the ledger": {
            "task": "ledger.reconcile",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
    },
)

if settings.DEMO_BOTS:
    app.conf.beat_schedule["seed the demo's launchpad"] = {
        "task": "demo.seed_launchpad",
        "schedule": 60.0,
        "options": {"queue": "demo", "expires": 60},
    }
    app.conf.beat_schedule["keep the demo moving"] = {
        "task": "demo.tick",
        "schedule": 5.0,
        "options": {"queue": "demo", "expires": 5},
    }
    app.conf.beat_schedule["prove the demo's reserves a first time"] = {
        "task": "demo.first_snapshot",
        "schedule": 45.0,
        "options": {"queue": "demo", "expires": 45},
    }
    app.conf.beat_schedule["introduce the demo's other provider"] = {
        "task": "demo.introduce_peer",
        "schedule": 20.0,
        "options": {"queue": "demo", "expires": 20},
    }
    app.conf.beat_schedule["give the demo's days a rate"] = {
        "task": "demo.file_as_invented",
        "schedule": 6 * 3600.0,
        "options": {"queue": "demo", "expires": 3600},
    }
    app.conf.beat_schedule["work some of the demo's cases"] = {
        "task": "demo.work_cases",
        "schedule": 20.0,
        "options": {"queue": "demo", "expires": 20},
    }
    app.conf.beat_schedule["keep the demo's chains moving"] = {
        "task": "demo.tend_chains",
        "schedule": 5.0,
        "options": {"queue": "demo", "expires": 5},
    }


@worker_process_init.connect
@worker_ready.connect
def _spare(**_: object) -> None:
    from exchange.core.longlived import spare

    spare()
