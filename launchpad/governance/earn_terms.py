"""What a vote may change of products that earn: how much they take, and what the house keeps.

Rates are not among them: what a programme pays depends on what it was funded with. A change makes
new terms, which hold from the day after it was approved, as staff's own changes do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core import clock, locks
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from exchange.core.money import plain
from launchpad.earn import terms
from launchpad.earn.models import Product
from launchpad.governance.parameters import Parameter, amount, declare

LARGEST = Decimal(10) ** 12
MOST_COMMISSION = Decimal(30)
BPS = 100  # of a percent


def _product(slug: str) -> Product:
    found = (
        Product.objects.select_related("asset")
        .filter(slug=slug)
        .exclude(state=Product.State.CLOSED)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such product."), field="target")
    return found


def _products(*earns: str) -> Callable[[], list[str]]:
    def named() -> list[str]:
        rows = Product.objects.exclude(state=Product.State.CLOSED).filter(earns__in=earns)
        return list(rows.order_by("slug").values_list("slug", flat=True)[:500])

    return named


def _draft(product: Product) -> terms.Draft:
    """The newest terms, as somebody would write them anew."""
    row = terms.offered(product)
    return terms.Draft(
        minimum=row.minimum,
        cap_total=row.cap_total,
        cap_customer=row.cap_customer,
        tiers=[(tier.above, tier.rate_ppm) for tier in row.tiers.all()],
        commission_bps=row.commission_bps,
        daily_budget=row.daily_budget,
        band_bps=row.band_bps,
        note="",
    )


def _with_cap(product: Product, value: str) -> terms.Draft:
    most = amount(value, least=Decimal(0), most=LARGEST, digits=product.asset.precision)
    return _draft(product)._replace(cap_total=most)


def _with_commission(product: Product, value: str) -> terms.Draft:
    if product.earns != Product.Earns.ARRIVALS:
        raise Invalid(_("Nothing arrives for this product."), field="target")
    percent = amount(value, least=Decimal(0), most=MOST_COMMISSION, digits=2)
    return _draft(product)._replace(commission_bps=int(percent * BPS))


def _parameter(
    key: str,
    label: object,
    about: object,
    earns: tuple[str, ...],
    read: Callable[[terms.Draft], str],
    write: Callable[[Product, str], terms.Draft],
) -> Parameter:
    def check(slug: str, value: str) -> None:
        product = _product(slug)
        draft = write(product, value)
        try:
            terms.refuse_wrong(product, draft)
        except Invalid as wrong:
            raise Invalid(str(wrong), field="value", limit=wrong.limit) from wrong

    def change(slug: str, value: str, actor: Actor) -> None:
        check(slug, value)
        locks.hold(locks.Lock.EARN_PRODUCT, _product(slug).pk)
        product = _product(slug)
        tomorrow = clock.now().date() + timedelta(days=1)
        terms.publish(product, write(product, value), tomorrow, actor)

    return Parameter(
        key=key,
        label=label,
        target_label=gettext_lazy("product"),
        about=about,
        targets=_products(*earns),
        current=lambda slug: read(_draft(_product(slug))),
        check=check,
        change=change,
    )


declare(
    _parameter(
        "earn.cap_total",
        gettext_lazy("What a product takes from all customers"),
        gettext_lazy("An amount of its asset, no less than one customer may put in."),
        (Product.Earns.RATE, Product.Earns.ARRIVALS),
        lambda draft: plain(draft.cap_total),
        _with_cap,
    )
)
declare(
    _parameter(
        "earn.commission",
        gettext_lazy("The house's part of what arrives for a product"),
        gettext_lazy("In percent, from 0 to 30."),
        (Product.Earns.ARRIVALS,),
        lambda draft: plain(Decimal(draft.commission_bps) / BPS),
        _with_commission,
    )
)
