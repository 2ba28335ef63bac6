"""The demo's other provider: a process that speaks the travel rule's protocol with the exchange."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from exchange.launcher.child import Child
from exchange.launcher.environment import ROOT, remembered_port

NAME = "travel-peer"


def environment(var: Path) -> dict[str, str]:
    """Where it answers, and whose certificate is believed; nothing when there is to be none."""
    if os.environ.get("TRAVEL_PEER") == "0":
        return {}
    return {
        "TRAVEL_PEER_PORT": str(remembered_port(var, NAME)),
        "TRAVEL_RULE_CA_FILE": os.environ.get("TRAVEL_RULE_CA_FILE", str(var / NAME / "cert.pem")),
    }


def children(*, env: Mapping[str, str], var: Path) -> list[Child]:
    if not env.get("TRAVEL_PEER_PORT"):
        return []
    command = [
        *(sys.executable, "-m", "compliance.demo.peer", "serve"),
        *("--folder", str(var / NAME), "--port", env["TRAVEL_PEER_PORT"]),
        *("--talks-to", env["BASE_URL"]),
    ]
    return [
        Child(
            NAME,
            command,
            env=env,
            log=var / "logs" / f"{NAME}.log",
            pidfile=var / "run" / f"{NAME}.pid",
            cwd=ROOT,
        )
    ]
