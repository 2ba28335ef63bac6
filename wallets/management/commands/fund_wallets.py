"""Make the demo's chains hold what the ledger says customers own. Doing it twice is once."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from wallets.chains.interface import ChainUnavailable
from wallets.demo import funding

PATIENCE_SECONDS = 60  # a node that is started for the first time may still be at it


class Command(BaseCommand):
    help = "Give the hot and cold wallets of development chains what customers own."

    def handle(self, *args: Any, **options: Any) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                given = funding.fund_all()
            except ChainUnavailable as error:
                if time.monotonic() > deadline:
                    self.stdout.write(f"      | wallets are not funded: {error}")
                    return
                time.sleep(0.5)
                continue
            many = f"{', '.join(given[:6])}{' …' if len(given) > 6 else ''}"
            self.stdout.write(f"      | on the chains: {many or 'all that customers own'}")
            return
