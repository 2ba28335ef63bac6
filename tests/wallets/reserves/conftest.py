"""A small exchange whose books can be kept, built and proved within a test."""

from __future__ import annotations

import importlib.util
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exchange.core.actors import Actor
from tests import factories
from wallets.reserves import progress, snapshot
from wallets.reserves.models import Snapshot

STATIC = Path(__file__).resolve().parents[3] / "static" / "reserves"
OPERATOR = factories.officer("wallets.take_snapshot", "wallets.prove_ownership")


def script(name: str) -> ModuleType:
    """One of the scripts that outsiders download, as a module."""
    spec = importlib.util.spec_from_file_location(name, STATIC / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


inclusion = script("verify_inclusion")


@pytest.fixture
def in_our_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot reads what the test has not committed, and never will."""
    monkeypatch.setattr(snapshot, "one_moment", nullcontext)


def taken(actor: Actor = OPERATOR) -> Snapshot:
    """A snapshot of now, built."""
    asked = snapshot.request(actor=actor, reason="quarter's end")
    progress.advance(snapshot_id=asked.pk)
    asked.refresh_from_db()
    return asked


def refused(proof: Any, root: str | None = None) -> str:
    """Why the outsiders' script refuses a proof; empty when it accepts it."""
    try:
        inclusion.check(proof, root)
    except inclusion.Wrong as wrong:
        return str(wrong)
    return ""
