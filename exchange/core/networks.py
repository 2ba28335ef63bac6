"""Where on earth an IP address is, and whether it hides who is behind it.

The table is a CSV of networks (network, country, kind: vpn, tor, hosting or nothing) that do not
overlap. `IP_NETWORKS` names the one to use, from whoever sells or publishes such; it is read again
when it changes. What comes with the source speaks of the addresses reserved for examples only.
"""

from __future__ import annotations

import csv
import ipaddress
import os
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

EXAMPLES = Path(__file__).parent / "data" / "networks.csv"
HIDING = ("vpn", "tor")
# IPv6 stands above every IPv4 in one order of numbers.
ABOVE_IPV4 = 1 << 130


class Place(NamedTuple):
    """What the table says of an address; empty when it says nothing."""

    country: str = ""
    kind: str = ""

    @property
    def hides(self) -> bool:
        return self.kind in HIDING


class _Table(NamedTuple):
    starts: list[int]
    ends: list[int]
    places: list[Place]


NOWHERE = Place()


def place_of(ip: str | None) -> Place:
    """One search in memory. Nowhere for what is no address, or in no network of the table."""
    if not ip:
        return NOWHERE
    try:
        number = _number(ipaddress.ip_address(ip))
    except ValueError:
        return NOWHERE
    path = Path(getattr(settings, "IP_NETWORKS", "") or EXAMPLES)
    table = _read(str(path), os.stat(path).st_mtime_ns)
    at = bisect_right(table.starts, number) - 1
    return table.places[at] if at >= 0 and number <= table.ends[at] else NOWHERE


@lru_cache(maxsize=2)
def _read(path: str, _changed: int) -> _Table:
    rows = []
    with open(path, encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            network = ipaddress.ip_network(row["network"])
            rows.append(
                (
                    _number(network.network_address),
                    _number(network.broadcast_address),
                    Place(row["country"].upper(), row["kind"].lower()),
                )
            )
    rows.sort(key=lambda row: row[0])
    return _Table([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return int(mapped) if mapped is not None else ABOVE_IPV4 + int(address)
    return int(address)
