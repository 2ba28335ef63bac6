"""The wallets' part of the demo's seed. No node is asked; what is on a chain comes later."""

from __future__ import annotations

import json
import os
from typing import Any

from django.conf import settings

from exchange.core.actors import system
from wallets import chains
from wallets.chains import nodes, parameters
from wallets.demo import keys, tokens

SEED = system("demo seed")


def seed() -> list[str]:
    """Returns lines that say what was done. Does nothing on chains that are worth something."""
    placed = [
        token
        for network in chains.configured()
        if nodes.node(network).development and nodes.node(network).family == parameters.EVM
        for token in tokens.place_all(network=network, actor=SEED)
    ]
    _write_down(placed)
    wallets = keys.register_all(actor=SEED)
    lines = [f"{len(placed)} test tokens"] if placed else []
    return lines + ([f"wallets {', '.join(wallets)}"] if wallets else [])


def _write_down(placed: list[dict[str, Any]]) -> None:
    """For the signer's policy, which names every token that it may pay."""
    path = settings.VAR / "chains" / "tokens.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(placed, indent=1)
    if not path.exists() or path.read_text("utf8") != text:
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(text, "utf8")
        draft.replace(path)
