"""What a provider of identity checks is to us, and which of them are in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from django.conf import settings

from compliance.identity.models import Application, ProviderCheck

DOCUMENT, LIVENESS = "document", "liveness"


class Asked(NamedTuple):
    """What the provider calls the check, and where the customer goes on ("" for nowhere)."""

    reference: str
    url: str = ""


class Told(NamedTuple):
    """A message of a provider, authentic: which check, which state, why, and as of when."""

    event_id: str
    reference: str
    state: str  # a ProviderCheck.State; "" for a message that decides nothing
    reasons: tuple[str, ...]
    as_of: datetime


class Unauthentic(Exception):
    """The message is not the provider's, or too old to be taken."""


class Unreachable(Exception):
    """The provider could not be asked; it is tried again."""


class Provider(Protocol):
    """One provider. `remote` providers are asked by a worker, outside every transaction."""

    name: str
    checks: tuple[str, ...]
    remote: bool

    def ask(self, application: Application, check: ProviderCheck) -> Asked:
        """Have a check made. Raises Unreachable."""

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """Prove that a message is theirs, and read it. Raises Unauthentic, ValueError."""


_providers: dict[str, Provider] = {}


def offer(provider: Provider) -> None:
    """Make a provider known by its name."""
    _providers[provider.name] = provider


def named(name: str) -> Provider | None:
    return _providers.get(name)


def in_use() -> list[Provider]:
    """Those that `IDENTITY_PROVIDERS` names, in its order; our own reviewers without it."""
    names = getattr(settings, "IDENTITY_PROVIDERS", None) or ["manual"]
    return [_providers[name] for name in names if name in _providers]
