"""Cards and a page about what runs underneath: queues, workers, errors, the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from celery import current_app
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from exchange.portal import cards, columns, faults, heartbeats
from exchange.portal.desks import SYSTEM, page
from exchange.portal.tables import Head, Table
from exchange.portal.valkey import valkey

PERMISSION = "exchange.view_outboxevent"
LONG_QUEUE, ENDLESS_QUEUE = 100, 1000
SILENT_SECONDS = 20
STREAMS_CHANNEL = "streams:always"  # every streams process listens to it (streams.feed)
OLD_TRANSACTION_SECONDS, ANCIENT_TRANSACTION_SECONDS = 30, 300

_DATABASE = """
SELECT pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int,
       (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)
          FROM pg_stat_activity
         WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid())
"""


class Database(NamedTuple):
    size_bytes: int
    connections: int
    most_connections: int
    oldest_transaction_seconds: float


def queue_lengths() -> dict[str, int]:
    """Messages waiting in each Celery queue. Wake-ups only: the work itself is rows."""
    names = [queue.name for queue in current_app.conf.task_queues]
    if settings.CELERY_BROKER_URL.startswith("redis"):
        pipe = valkey(settings.CELERY_BROKER_URL).pipeline(transaction=False)
        for name in names:
            pipe.llen(name)
        return dict(zip(names, pipe.execute(), strict=True))
    with current_app.connection_for_read(connect_timeout=1) as broker:
        return lengths_at(broker, names)


def lengths_at(broker: Connection, names: Iterable[str]) -> dict[str, int]:
    """Queue lengths as another broker tells them (RabbitMQ). An undeclared queue is empty.

    Raises OSError when the broker does not answer.
    """
    lengths = {}
    try:
        for name in names:
            try:
                with broker.channel() as channel:
                    declared = channel.queue_declare(queue=name, passive=True)
                    lengths[name] = declared.message_count
            except broker.channel_errors:
                lengths[name] = 0
    except (OperationalError, *broker.connection_errors) as error:
        raise OSError(str(error)) from error
    return lengths


def database() -> Database:
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        size, connections, most, oldest = cursor.fetchone()
    return Database(size, connections, most, float(oldest))


def size_words(size_bytes: int) -> str:
    """1.4 GB: what people say, in powers of ten."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes / 1000:.0f} kB"


@cards.card(
    key="queues",
    title=gettext_lazy("Queues"),
    desk=SYSTEM,
    permission=PERMISSION,
    leads_to="admin:machinery",
    order=50,
)
def queues_card() -> cards.Reading:
    lengths = queue_lengths()
    total, longest = sum(lengths.values()), max(lengths.values())
    state = cards.OK
    if longest >= ENDLESS_QUEUE:
        state = cards.BAD
    elif longest >= LONG_QUEUE:
        state = cards.WATCH
    named = sorted(lengths.items(), key=lambda item: -item[1])
    return cards.Reading(
        state=state,
        number=f"{total:,}",
        says=_("messages in %(n)s queues") % {"n": len(lengths)},
        details=[(name, f"{length:,}") for name, length in named[:3] if length],
    )


def unconsumed(alive: list[heartbeats.Worker]) -> list[str]:
    """Queues that no living worker listens to, of those that the schedule and the matcher use."""
    heard = {queue for worker in alive for queue in worker.queues}
    wanted = {"default", *(f"matching.{shard}" for shard in range(settings.MATCHING_SHARDS))}
    return sorted(wanted - heard)


def streams_listening() -> int:
    """How many streams processes hear what the market publishes. One round trip."""
    return int(valkey().pubsub_numsub(STREAMS_CHANNEL)[0][1])


@cards.card(
    key="workers",
    title=gettext_lazy("Workers"),
    desk=SYSTEM,
    permission=PERMISSION,
    leads_to="admin:machinery",
    order=55,
)
def workers_card() -> cards.Reading:
    heard = heartbeats.workers()
    alive = [worker for worker in heard if worker.silent_seconds < SILENT_SECONDS]
    missing = unconsumed(alive)
    beats = any(worker.name.startswith("beat@") for worker in alive)
    streams = streams_listening()
    state = cards.OK
    if missing or not beats:
        state = cards.BAD
    elif len(alive) < len(heard) or not streams:
        state = cards.WATCH
    names = missing[0] if len(missing) == 1 else _("%(n)s queues") % {"n": len(missing)}
    wrong = [(_("nobody listens to"), names)] if missing else []
    wrong += [] if beats else [(_("the schedule"), _("beat is silent"))]
    wrong += [] if streams else [(_("live pages"), _("no streams process"))]
    return cards.Reading(
        state=state,
        number=f"{len(alive)}/{len(heard)}" if len(alive) < len(heard) else str(len(alive)),
        says=_("processes beat, %(n)s stream") % {"n": streams},
        details=wrong
        or [(worker.name, columns.span(worker.silent_seconds)) for worker in alive[:3]],
    )


@cards.card(
    key="faults",
    title=gettext_lazy("Errors"),
    desk=SYSTEM,
    permission=PERMISSION,
    leads_to="admin:machinery",
    order=60,
)
def faults_card() -> cards.Reading:
    counted = faults.last_hour()
    state = cards.OK
    if counted.errors:
        state = cards.BAD if counted.errors >= 10 else cards.WATCH
    return cards.Reading(
        state=state,
        number=f"{counted.errors:,}",
        says=_("errors in the last hour"),
        details=[(_("warnings"), f"{counted.warnings:,}")],
    )


@cards.card(
    key="database",
    title=gettext_lazy("Database"),
    desk=SYSTEM,
    permission=PERMISSION,
    leads_to="admin:machinery",
    order=65,
)
def database_card() -> cards.Reading:
    read = database()
    share = read.connections / read.most_connections
    oldest = read.oldest_transaction_seconds
    state = cards.OK
    if share > 0.9 or oldest > ANCIENT_TRANSACTION_SECONDS:
        state = cards.BAD
    elif share > 0.7 or oldest > OLD_TRANSACTION_SECONDS:
        state = cards.WATCH
    return cards.Reading(
        state=state,
        number=size_words(read.size_bytes),
        says=_("on disk"),
        details=[
            (_("connections"), f"{read.connections} / {read.most_connections}"),
            (_("oldest transaction"), columns.span(oldest)),
        ],
    )


@page(
    desk=SYSTEM,
    path="system/machinery/",
    name="machinery",
    label=gettext_lazy("Machinery"),
    says=gettext_lazy("Queues, workers and the latest errors, one by one."),
    permission=PERMISSION,
    order=30,
)
def machinery(request: HttpRequest) -> HttpResponse:
    """What the cards sum up. A server that is away leaves its table empty, and says so."""
    tables = [_told(_workers_table), _told(_queues_table), _told(_faults_table)]
    context = {**request.staff_context, "tables": tables}  # type: ignore[attr-defined]
    return TemplateResponse(request, "admin/detail.html", context)


def _told(table: Any) -> Table:
    try:
        return table()
    except (RedisError, OSError):
        silent = _("Valkey or the broker does not answer: nothing can be read.")
        return Table(title=_("Out of reach"), heads=[], rows=[], empty=silent)


def _workers_table() -> Table:
    def listens(worker: heartbeats.Worker) -> Any:
        return ", ".join(worker.queues) or _("the schedule")

    return Table(
        title=_("Workers"),
        heads=[
            Head(_("Process")),
            Head(_("Listens to")),
            Head(_("Number"), numeric=True),
            Head(_("Heard of")),
        ],
        rows=[
            (
                columns.mono(worker.name),
                listens(worker),
                worker.pid,
                columns.badge(columns.OK, columns.span(worker.silent_seconds))
                if worker.silent_seconds < SILENT_SECONDS
                else columns.badge(columns.BAD, columns.span(worker.silent_seconds)),
            )
            for worker in heartbeats.workers()
        ],
        empty=_("No worker has said for a minute that it lives."),
    )


def _queues_table() -> Table:
    return Table(
        title=_("Queues"),
        heads=[Head(_("Queue")), Head(_("Messages"), numeric=True)],
        rows=[(columns.mono(name), f"{length:,}") for name, length in queue_lengths().items()],
        empty=_("No queue is declared."),
        note=_("Messages only wake workers up; the work itself is rows in the database."),
    )


def _faults_table() -> Table:
    tones = {"error": columns.BAD, "warning": columns.WATCH}
    return Table(
        title=_("Latest warnings and errors"),
        heads=[
            Head(_("At")),
            Head(_("Level")),
            Head(_("Who")),
            Head(_("What")),
            Head(_("Request")),
        ],
        rows=[
            (
                columns.moment(datetime.fromtimestamp(fault.at, UTC)),
                columns.badge(tones.get(fault.level, columns.QUIET), fault.level),
                columns.mono(fault.logger),
                fault.message,
                columns.mono(fault.request_id or columns.NOTHING),
            )
            for fault in faults.latest()
        ],
        empty=_("None in the last hours."),
        note=_("Messages without their details; the log files have them, by the request's id."),
    )
