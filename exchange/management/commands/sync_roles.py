"""Make the staff's groups what the table of roles says. Part of every release."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from exchange.accounts import roles


class Command(BaseCommand):
    help = "Make the staff roles hold what exchange/accounts/roles.py says, no more and no less."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.sync_roles()
        self.stdout.write(f"{len(roles.ROLES)} roles hold what the table says.")
