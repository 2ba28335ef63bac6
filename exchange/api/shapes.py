"""The declared shape of an answer: type names ("string") in the places of values."""

from __future__ import annotations

from typing import Any


def strings(names: str) -> dict[str, str]:
    """An object whose fields, named with spaces between, are all text."""
    return dict.fromkeys(names.split(), "string")


def integers(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "integer")


def schema_of(shape: Any) -> dict[str, Any]:
    """The JSON schema of a shape."""
    if isinstance(shape, dict):
        properties = {name: schema_of(value) for name, value in shape.items()}
        return {"type": "object", "properties": properties}
    if isinstance(shape, list):
        return {"type": "array", "items": schema_of(shape[0])}
    return {"type": shape}
