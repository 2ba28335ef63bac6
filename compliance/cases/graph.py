"""Who is tied to whom: people, devices, addresses, counterparties, as far as one wants to look.

Every tie is a fact or many: a login ties a person to a device and an IP address, money ties them to
an address or to another person. Looking further takes a hop more from everything found; how much
is read and shown is bounded, and what was left out is counted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from exchange.accounts.models import Customer
from exchange.core.models import FactKind

MOST_HOPS = 3
MOST_NODES = 120
MOST_ROWS = 20_000  # facts read for one hop
CUSTOMER, ADDRESS, DEVICE, IP = "customer", "address", "device", "ip"
INCOMING = {FactKind.CRYPTO_DEPOSIT, FactKind.FIAT_DEPOSIT}
# Told about the same money again, or about nothing that ties.
LEFT_OUT = [
    FactKind.WITHDRAWAL_SENT,
    FactKind.WITHDRAWAL_CLOSED,
    FactKind.ORDER,
    FactKind.CANCEL,
]
# Wide enough that two circles of nodes do not touch.
RING, APART = 150, 46

_TIES = """
SELECT customer_id, kind, counterparty_id, address, device, host(ip),
       count(*), coalesce(sum(usd), 0), min(at), max(at)
  FROM (
    SELECT * FROM exchange_fact
     WHERE ({where}) AND kind <> ALL(%(left_out)s) AND at >= %(since)s AND at <= %(until)s
     ORDER BY at DESC LIMIT %(most)s
  ) f
 GROUP BY 1, 2, 3, 4, 5, 6
"""
_WHERE = {
    CUSTOMER: "customer_id = ANY(%(keys)s) OR counterparty_id = ANY(%(keys)s)",
    ADDRESS: "address <> '' AND address = ANY(%(keys)s)",
    DEVICE: "device <> '' AND device = ANY(%(keys)s)",
}


@dataclass(slots=True, kw_only=True)
class Node:
    key: str
    kind: str
    label: str
    hop: int
    usd: Decimal = Decimal(0)
    x: int = 0
    y: int = 0


@dataclass(slots=True, kw_only=True)
class Edge:
    """All facts of one sort between two nodes."""

    source: str
    target: str
    kind: str
    count: int
    usd: Decimal
    first: datetime
    last: datetime


@dataclass(slots=True, kw_only=True)
class Graph:
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    left_out: int = 0  # neighbours that did not fit
    radius: int = RING


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far to look. `expand` names nodes from which to look one hop further."""

    since: datetime
    until: datetime
    hops: int = 1
    least_usd: Decimal = Decimal(0)
    expand: tuple[str, ...] = ()


def around(*, people: list[int], look: Look) -> Graph:
    """The graph around some people. At most 120 nodes, and a few indexed queries a hop."""
    graph = Graph()
    for each in people[:20]:
        key = f"{CUSTOMER}:{each}"
        graph.nodes[key] = Node(key=key, kind=CUSTOMER, label=f"#{each}", hop=0)
    found: dict[tuple[str, str, str], Edge] = {}
    frontier = set(graph.nodes)
    for hop in range(1, min(max(look.hops, 1), MOST_HOPS) + 1):
        frontier = _step(graph, found, frontier, hop, look)
    wanted = {key for key in look.expand[:20] if key in graph.nodes}
    if wanted:
        further = max(graph.nodes[key].hop for key in wanted) + 1
        _step(graph, found, wanted, further, look)
    graph.edges = sorted(
        (edge for edge in found.values() if {edge.source, edge.target} <= set(graph.nodes)),
        key=lambda edge: (-edge.usd, -edge.count, edge.source, edge.target),
    )
    _name(graph)
    _lay_out(graph)
    return graph


def as_json(graph: Graph) -> dict[str, Any]:
    """For the page's script. Amounts are text."""
    return {
        "radius": graph.radius,
        "leftOut": graph.left_out,
        "nodes": [
            {
                "key": node.key,
                "kind": node.kind,
                "label": node.label,
                "hop": node.hop,
                "usd": f"{node.usd:.2f}",
                "x": node.x,
                "y": node.y,
            }
            for node in graph.nodes.values()
        ],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "kind": edge.kind,
                "count": edge.count,
                "usd": f"{edge.usd:.2f}",
                "first": int(edge.first.timestamp()),
                "last": int(edge.last.timestamp()),
            }
            for edge in graph.edges
        ],
    }


def _step(
    graph: Graph,
    found: dict[tuple[str, str, str], Edge],
    frontier: set[str],
    hop: int,
    look: Look,
) -> set[str]:
    """Look one hop further from these nodes. Returns the new ones, the weightiest that fit."""
    ties: dict[tuple[str, str, str], Edge] = {}
    for kind, keys in _by_kind(frontier).items():
        for row in _rows(kind, keys, look):
            for edge in _edges(row):
                if look.least_usd and edge.usd < look.least_usd and edge.kind != "access":
                    continue
                _merge(ties, edge)
    weights: dict[str, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    for edge in ties.values():
        near = {edge.source, edge.target}
        if not near & set(graph.nodes):
            continue
        for key in near - set(graph.nodes):
            usd, count = weights[key]
            weights[key] = (usd + edge.usd, count + edge.count)
    room = max(MOST_NODES - len(graph.nodes), 0)
    ordered = sorted(weights, key=lambda key: (*(-each for each in weights[key]), key))
    graph.left_out += len(ordered[room:])
    for key in ordered[:room]:
        kind, _colon, value = key.partition(":")
        graph.nodes[key] = Node(key=key, kind=kind, label=value, hop=hop, usd=weights[key][0])
    for name, edge in ties.items():
        found.setdefault(name, edge)
    return set(ordered[:room])


def _by_kind(frontier: set[str]) -> dict[str, list[str]]:
    """Values by kind; from an IP address one does not look further: too many share it."""
    values: dict[str, list[str]] = defaultdict(list)
    for key in sorted(frontier):
        kind, _colon, value = key.partition(":")
        if kind in _WHERE:
            values[kind].append(value)
    return values


def _rows(kind: str, keys: list[str], look: Look) -> list[Any]:
    values: list[Any] = [int(key) for key in keys] if kind == CUSTOMER else keys
    with connection.cursor() as cursor:
        cursor.execute(
            _TIES.format(where=_WHERE[kind]),
            {
                "keys": values,
                "left_out": [str(each) for each in LEFT_OUT],
                "since": look.since,
                "until": look.until,
                "most": MOST_ROWS,
            },
        )
        return cursor.fetchall()


def _edges(row: Any) -> list[Edge]:
    """What one group of facts ties together."""
    customer, kind, counterparty, address, device, ip, count, usd, first, last = row
    who = f"{CUSTOMER}:{customer}"
    tied: list[tuple[str, str, str]] = []
    if counterparty is not None and counterparty != customer:
        tied.append((who, f"{CUSTOMER}:{counterparty}", str(kind)))
    if address:
        where = f"{ADDRESS}:{address}"
        tied.append((where, who, str(kind)) if kind in INCOMING else (who, where, str(kind)))
    if device:
        tied.append((who, f"{DEVICE}:{device}", "access"))
    if ip:
        tied.append((who, f"{IP}:{ip}", "access"))
    return [
        Edge(
            source=source,
            target=target,
            kind=sort,
            count=count,
            usd=Decimal(0) if sort == "access" else usd,
            first=first,
            last=last,
        )
        for source, target, sort in tied
    ]


def _merge(ties: dict[tuple[str, str, str], Edge], edge: Edge) -> None:
    name = (edge.source, edge.target, edge.kind)
    standing = ties.setdefault(name, edge)
    if standing is not edge:
        standing.count += edge.count
        standing.usd += edge.usd
        standing.first = min(standing.first, edge.first)
        standing.last = max(standing.last, edge.last)


def _name(graph: Graph) -> None:
    """People by name and number. One query."""
    ids = [int(key.partition(":")[2]) for key in graph.nodes if key.startswith(f"{CUSTOMER}:")]
    rows = Customer.objects.filter(pk__in=ids).select_related("user")
    for customer in rows:
        graph.nodes[f"{CUSTOMER}:{customer.pk}"].label = f"#{customer.pk} {customer}"
    for node in graph.nodes.values():
        if node.kind == DEVICE:
            node.label = node.label[:12]


def _lay_out(graph: Graph) -> None:
    """Circles by hop, each node near whoever it was found through. Whole numbers, always alike."""
    near: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        near[edge.source].append(edge.target)
        near[edge.target].append(edge.source)
    angle: dict[str, float] = {}
    radius = 0.0
    for hop in sorted({node.hop for node in graph.nodes.values()}):
        keys = [key for key, node in graph.nodes.items() if node.hop == hop]
        inner = {
            key: min((angle[other] for other in near[key] if other in angle), default=0.0)
            for key in keys
        }
        keys.sort(key=lambda key: (inner[key], key))
        if hop == 0 and len(keys) == 1:
            radius = 0.0
        else:
            radius = max(radius + RING, len(keys) * APART / (2 * math.pi))
        for place, key in enumerate(keys):
            angle[key] = 2 * math.pi * place / len(keys)
            graph.nodes[key].x = round(radius * math.cos(angle[key]))
            graph.nodes[key].y = round(radius * math.sin(angle[key]))
    graph.radius = round(radius) + APART
