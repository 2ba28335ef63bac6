"""The demo's administrator: has the demo's signer know every token that is listed here.

In production a person reads the draft and signs it on a machine of their own (runbooks/signer.md).
Here the administrator's key lies in var/ceremony/, and the program that `make run` starts before
the signer is started once more: this process never opens a key.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import F

from exchange.assets.models import AssetNetwork
from exchange.core.money import plain
from launchpad.listings.models import Listing
from wallets import chains
from wallets.chains import nodes

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 60


def seed(*, coming: Sequence[dict[str, Any]] = ()) -> int:
    """Sign a policy that names what was listed since the last one, and what is listed next. 1 when
    there was something."""
    if settings.SIGNER_SOCKET != str(settings.VAR / "signer" / "signer.sock"):
        return 0  # somebody's own signer: its administrator is a person
    path = settings.VAR / "chains" / "listed.json"
    rows = [*_listed(), *coming]
    text = json.dumps(sorted(rows, key=lambda row: str(row["asset"])), indent=1, sort_keys=True)
    if text == (path.read_text("utf8") if path.exists() else "[]"):
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(text, "utf8")
    draft.replace(path)
    try:
        _sign()
    except (OSError, subprocess.SubprocessError) as error:
        path.unlink()  # the next round tries again
        log.error("demo: the signer's policy could not be signed: %s", error)
        return 0
    log.info("demo: the signer's policy names %s", ", ".join(row["asset"] for row in rows))
    return 1


def _listed() -> list[dict[str, Any]]:
    """Tokens that came by a listing, on development chains only."""
    codes = [code for code in chains.configured() if nodes.node(code).development]
    ours = Listing.objects.exclude(asset=None).exclude(contract="")
    rows = AssetNetwork.objects.filter(
        network__code__in=codes, asset_id__in=ours.values("asset_id")
    ).exclude(asset__code=F("network__native_asset"))
    return [
        {
            "network": row.network.code,
            "asset": row.asset.code,
            "contract": row.contract,
            "decimals": row.decimals,
            "least": plain(row.withdraw_min),
        }
        for row in rows.select_related("asset", "network").order_by("asset__code", "network__code")
    ]


def _sign() -> None:
    subprocess.run(
        [sys.executable, "-m", "wallets.signer", "demo", "--var", str(settings.VAR)],
        cwd=settings.ROOT,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
