"""Compute a product's interest again from the ledger's entries alone: `recompute_earn SLUG`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from launchpad.earn.models import Product
from launchpad.earn.recompute import recompute


class Command(BaseCommand):
    help = (
        "Recompute an earn product from ledger entries and compare with what was accrued and paid."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("product", nargs="?", help="short name; left out: every product")

    def handle(self, *args: Any, **options: Any) -> None:
        products = Product.objects.order_by("pk")
        if options["product"]:
            products = products.filter(slug=options["product"])
            if not products:
                raise CommandError(f"There is no product {options['product']}.")
        differs = False
        for product in products:
            found = recompute(product_id=product.pk)
            self.stdout.write(
                f"{product.slug}: {found.positions} positions, {found.changes} entries,"
                f" {found.days} days: {'differs' if found.wrong else 'agrees'}"
            )
            for line in found.wrong:
                self.stdout.write(f"  {line}")
            differs = differs or bool(found.wrong)
        if differs:
            raise CommandError("What stands in the books is not what follows from them.")
