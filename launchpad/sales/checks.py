"""What is wrong, or worth a second look, with a sale's terms: shown in the editor, asked again
before two people approve, and once more when it is announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from compliance.identity import jurisdictions
from compliance.identity.words import Level
from exchange.assets.models import Asset
from exchange.core.errors import Invalid
from exchange.core.money import ZERO, plain, step
from launchpad.sales import terms, tiers
from launchpad.sales.models import WHOLE_PPM, Sale, SaleTier
from launchpad.sales.states import Mode, PublicInput

MOST_PLACES = 1_000_000
MOST_TIERS = 10
MOST_PERIODS = 120
MOST_TICKETS_EACH = 1_000
TIME_FOR_BLOCKS = timedelta(hours=3)


class Problem(NamedTuple):
    """`grave` ones forbid the next step; the others are for people to judge."""

    field: str
    says: str
    grave: bool = True


def problems(sale: Sale, its_tiers: Sequence[SaleTier]) -> list[Problem]:
    """Everything that is wrong with the terms; the gravest first. Reads a few small tables."""
    found = [
        *_of_assets(sale),
        *_of_amounts(sale),
        *_of_tiers(sale, its_tiers),
        *_of_dates(sale),
        *_of_vesting(sale),
        *_of_people(sale),
    ]
    return sorted(found, key=lambda each: not each.grave)


def refuse_grave(sale: Sale, its_tiers: Sequence[SaleTier]) -> None:
    """Raises Invalid naming the first grave problem."""
    for problem in problems(sale, its_tiers):
        if problem.grave:
            raise Invalid(problem.says, field=problem.field)


def _of_assets(sale: Sale) -> Iterator[Problem]:
    if sale.asset_id == sale.quote_id:
        yield Problem("quote", _("An asset isn't sold for itself."))
    for field, asset in (("asset", sale.asset), ("quote", sale.quote)):
        if asset.status != Asset.Status.ACTIVE:
            yield Problem(field, _("%(asset)s is not active.") % {"asset": asset.code})
    if sale.project.parent_id is not None:
        yield Problem("project", _("The project's account must be a main account."))


def _of_amounts(sale: Sale) -> Iterator[Problem]:
    if min(sale.lot, sale.price, sale.offered, sale.least) <= 0:
        yield Problem("price", _("Price, lot, amount and minimum must be greater than zero."))
        return
    if sale.lot % step(sale.asset.precision):
        yield Problem("lot", _("A lot has more digits than %(asset)s.") % {"asset": sale.asset})
    if sale.lot_price % step(sale.quote.precision):
        yield Problem(
            "lot",
            _("A lot costs %(price)s %(quote)s, which has too many digits: choose a larger lot.")
            % {"price": plain(sale.lot_price), "quote": sale.quote},
        )
        return
    whole = sale.lot * (sale.ticket_lots if sale.mode == Mode.TICKETS else 1)
    if sale.offered % whole:
        yield Problem(
            "offered",
            _("What is offered must be a whole number of %(lot)s.") % {"lot": plain(whole)},
        )
    unit = sale.ticket_price if sale.mode == Mode.TICKETS else sale.lot_price
    if sale.least < unit:
        yield Problem("least", _("The minimum must buy %(unit)s.") % {"unit": plain(unit)})
    if sale.most < sale.least:
        yield Problem("most", _("The maximum is below the minimum."))
    if sale.mode == Mode.TICKETS:
        if sale.least % unit:
            yield Problem("least", _("The minimum must be whole tickets."))
        if sale.most / unit > MOST_TICKETS_EACH:
            yield Problem("most", _("At most 1,000 tickets for one customer."))
    if sale.most * 5 > sale.goal:
        yield Problem("most", _("Five customers could take everything."), grave=False)


def _of_tiers(sale: Sale, its_tiers: Sequence[SaleTier]) -> Iterator[Problem]:
    if not 0 < len(its_tiers) <= MOST_TIERS:
        yield Problem("tiers", _("Between one and ten tiers."))
    if len({tier.least_held for tier in its_tiers}) < len(its_tiers):
        yield Problem("tiers", _("Two tiers begin at the same amount of BMX."))
    highest = ZERO
    for tier in sorted(its_tiers, key=lambda each: each.least_held):
        if tier.least_held < 0 or not tier.name.strip():
            yield Problem("tiers", _("Every tier needs a name and an amount of BMX."))
        if not sale.least <= tier.most <= sale.most:
            yield Problem(
                "tiers",
                _("Tier %(name)s must allow between %(least)s and %(most)s.")
                % {"name": tier.name, "least": plain(sale.least), "most": plain(sale.most)},
            )
        if tier.most < highest:
            yield Problem(
                "tiers",
                _("Tier %(name)s allows less than a lower one.") % {"name": tier.name},
                grave=False,
            )
        highest = max(highest, tier.most)


def _of_dates(sale: Sale) -> Iterator[Problem]:
    if not sale.snapshot_at < sale.opens_at < sale.closes_at <= sale.distributes_at:
        yield Problem("opens_at", _("Snapshot, opening, closing, distribution: in this order."))
        return
    if sale.opens_at - sale.snapshot_at > timedelta(days=30):
        yield Problem("snapshot_at", _("The snapshot is long before the opening."), grave=False)
    if sale.closes_at - sale.opens_at < timedelta(hours=1) and sale.mode != Mode.FIRST_COME:
        yield Problem("closes_at", _("Open for less than an hour."), grave=False)
    drawn = sale.mode != Mode.FIRST_COME
    if drawn and sale.public_input == PublicInput.BITCOIN:
        if sale.distributes_at - sale.closes_at < TIME_FOR_BLOCKS:
            yield Problem(
                "distributes_at",
                _("Blocks may take hours: leave three between closing and distribution."),
                grave=False,
            )
    elif drawn:
        yield Problem(
            "public_input",
            _("Without a block, outsiders must trust that nobody who knows the secret subscribed."),
            grave=False,
        )


def _of_vesting(sale: Sale) -> Iterator[Problem]:
    if not 0 <= sale.first_ppm <= WHOLE_PPM:
        yield Problem("first_ppm", _("A share between 0 and 100 %."))
    if sale.first_ppm < WHOLE_PPM and not 0 < sale.periods <= MOST_PERIODS:
        yield Problem("periods", _("What is not released at once needs up to 120 periods."))
    if sale.periods and not sale.period_days:
        yield Problem("period_days", _("A period has at least one day."))
    if sale.first_ppm == WHOLE_PPM and (sale.periods or sale.cliff_days):
        yield Problem("periods", _("All is released at once: no cliff, no periods."))
    if sale.claim_days > 365:
        yield Problem("claim_days", _("What is not claimed is released within a year."))


def _of_people(sale: Sale) -> Iterator[Problem]:
    for code in sorted(tiers.excluded(sale)):
        if not jurisdictions.is_known(code):
            yield Problem("countries_excluded", _("There is no country %(c)s.") % {"c": code})
    if sale.kyc_tier not in Level.values:
        yield Problem("kyc_tier", _("A tier from 0 to 3."))
    if not 0 < sale.most_places <= MOST_PLACES:
        yield Problem("most_places", _("Between one and a million places."))
    if not 0 <= sale.fee_ppm <= WHOLE_PPM:
        yield Problem("fee_ppm", _("A share between 0 and 100 %."))
    if not sale.risks.strip():
        yield Problem("risks", _("Say plainly what a buyer can lose."))
    if not sale.about.strip():
        yield Problem("about", _("Say what is sold."))
    if (
        sale.mode == Mode.TICKETS
        and sale.most_places * (sale.most / sale.ticket_price) > terms.MOST_TICKETS
    ):
        yield Problem(
            "most_places",
            _("More than five million tickets could be asked for: the last would be refused."),
            grave=False,
        )
