"""What is personal in a message, sealed at rest and bound to the row that it belongs to."""

from __future__ import annotations

import json
from typing import Any

from compliance.travel_rule.models import AddressOwner, TravelMessage
from exchange.core import vault


def put(row: TravelMessage, payload: dict[str, Any]) -> None:
    """Seal an IVMS101 message into its row, unsaved."""
    row.sealed = _seal(payload, f"travel-message:{row.uid}")


def get(row: TravelMessage) -> dict[str, Any] | None:
    """The IVMS101 message of a row; None when there is none, or it was erased."""
    return _unseal(row.sealed, f"travel-message:{row.uid}")


def put_person(row: AddressOwner, person: dict[str, str]) -> None:
    """Seal somebody else's name and address into what a customer declared; the row has an id."""
    row.sealed = _seal(person, f"address-owner:{row.pk}")


def get_person(row: AddressOwner) -> dict[str, str]:
    return _unseal(row.sealed, f"address-owner:{row.pk}") or {}


def _seal(value: dict[str, Any], context: str) -> bytes:
    return vault.seal(json.dumps(value, sort_keys=True).encode(), context=context)


def _unseal(sealed: bytes | memoryview | None, context: str) -> dict[str, Any] | None:
    if not sealed:
        return None
    value: dict[str, Any] = json.loads(vault.unseal(bytes(sealed), context=context))
    return value
