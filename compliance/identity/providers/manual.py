"""Our own reviewers as a provider: the desk's decision is the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from compliance.identity.models import Application, ProviderCheck
from compliance.identity.providers.interface import DOCUMENT, LIVENESS, Asked, Told, Unauthentic


class Manual:
    """Asks nobody outside: the check waits until a reviewer decides the application."""

    name = "manual"
    checks: tuple[str, ...] = (DOCUMENT, LIVENESS)
    remote = False

    def ask(self, application: Application, check: ProviderCheck) -> Asked:
        return Asked(f"manual-{application.pk}-{check.pk}")

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        raise Unauthentic("our own reviewers send no messages")
