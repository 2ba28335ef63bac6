"""Tests mirror the apps; see docs/map.md for what stands beside them."""

from __future__ import annotations

import os

import pytest


def without(tool: str) -> None:
    """Skip what needs a tool that this machine lacks. Where CI proves things, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must install {tool}")
    pytest.skip(f"needs {tool}")
