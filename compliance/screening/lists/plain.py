"""Crypto addresses in plain files, one a line: sanctioned_addresses_<ticker>.txt.

The layout in which OFAC's addresses are commonly published for exchanges, apart from names.
"""

from __future__ import annotations

from collections.abc import Iterator

from compliance.screening.lists.entry import tidy

PREFIX = "sanctioned_addresses_"


def addresses(files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """(ticker, address) of every line that holds one."""
    for name, content in sorted(files.items()):
        if not name.startswith(PREFIX):
            continue
        ticker = name.removeprefix(PREFIX).rpartition(".")[0][:15]
        for line in content.decode("utf-8", errors="replace").splitlines():
            if address := tidy(line):
                yield ticker, address[:128]
