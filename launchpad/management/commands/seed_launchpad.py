"""Make the launchpad look alive as far as it can be by now. Doing it twice is doing it once."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand

from launchpad.demo import seed

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Give the demo products, sales, listings, votes and campaigns."

    def handle(self, *args: Any, **options: Any) -> None:
        # An exchange without a lively launchpad is still one: it starts, and the task of the same
        # name tries again.
        try:
            done = seed.seed_all()
        except Exception as error:
            log.exception("the demo's launchpad is seeded later")
            self.stdout.write(f"      | the launchpad is seeded later: {error}")
            return
        self.stdout.write(f"      | {done} things of the launchpad")
