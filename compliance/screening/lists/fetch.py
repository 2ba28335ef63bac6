"""Get a list's files: from a file, a folder, an archive, or an https address.

Never inside a transaction, and never more than a list can be: OFAC's advanced XML has some 120 MB.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from exchange.core.errors import Invalid

MOST_BYTES = 400_000_000
MOST_FILES = 100
SUFFIXES = (".csv", ".xml", ".txt")
SECONDS = 60


def fetch(origin: str) -> dict[str, bytes]:
    """Every file of a list by its name. Raises Invalid for what can't be got or is too large."""
    if "://" in origin:
        return _downloaded(origin)
    path = Path(origin)
    if path.is_dir():
        return _bounded({each.name: each for each in sorted(path.iterdir()) if _is_list(each.name)})
    if not path.is_file():
        raise Invalid("There is no such file or folder.", field="origin")
    if path.suffix.lower() == ".zip":
        return _unpacked(path.read_bytes())
    if path.name.lower() == "sdn.csv":
        names = ("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv")
        beside = {each.name.lower(): each for each in path.parent.iterdir()}
        return _bounded({name: beside[name] for name in names if name in beside})
    return _bounded({path.name: path})


def _is_list(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _bounded(paths: dict[str, Path]) -> dict[str, bytes]:
    if not paths:
        raise Invalid("This folder holds no list.", field="origin")
    if len(paths) > MOST_FILES or sum(each.stat().st_size for each in paths.values()) > MOST_BYTES:
        raise Invalid("This is more than a list can be.", field="origin", limit=MOST_BYTES)
    return {name: path.read_bytes() for name, path in paths.items()}


def _downloaded(url: str) -> dict[str, bytes]:
    import httpx

    if urlsplit(url).scheme != "https":
        raise Invalid("Lists are fetched over https only.", field="origin")
    content = bytearray()
    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=True, max_redirects=5) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.url.scheme != "https":
                raise Invalid("Lists are fetched over https only.", field="origin")
            answer.raise_for_status()
            for block in answer.iter_bytes():
                content += block
                if len(content) > MOST_BYTES:
                    raise Invalid("This is more than a list can be.", field="origin")
    except httpx.HTTPError as error:
        raise Invalid(
            f"The list can't be fetched: {type(error).__name__}.", field="origin"
        ) from error
    if content[:4] == b"PK\x03\x04":
        return _unpacked(bytes(content))
    return {Path(urlsplit(url).path).name or "list": bytes(content)}


def _unpacked(archive: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            inside = [each for each in packed.infolist() if _is_list(each.filename)]
            if len(inside) > MOST_FILES or sum(each.file_size for each in inside) > MOST_BYTES:
                raise Invalid("This is more than a list can be.", field="origin")
            return {Path(each.filename).name: packed.read(each) for each in inside}
    except zipfile.BadZipFile as error:
        raise Invalid("This archive is damaged.", field="origin") from error
