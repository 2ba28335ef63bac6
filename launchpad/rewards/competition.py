"""Trading competitions: who traded most, without what does not count, and the final list.

Trades between accounts that are certainly or perhaps one person do not count, nor do those within a
ring: accounts that traded mostly among themselves. Days are whole (UTC). The board shows names that
nobody can be recognised by.
"""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from compliance.identity.queries import main_account
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict
from exchange.core.money import ZERO
from launchpad.rewards import bonus, campaigns, recipients, terms, volume
from launchpad.rewards.eligible import refuse_ineligible
from launchpad.rewards.models import Campaign, Participation, RecipientFile, RingMember
from launchpad.rewards.persons.joined import Joined
from launchpad.rewards.vip import own_account

MOST_SHOWN = 200
# A ring: for both, at least a quarter of all they traded was with the other; and of what the whole
# group traded, four fifths stayed inside. Below a thousand dollars nobody is looked at.
RING_EDGE, RING_INSIDE, RING_LEAST = Decimal("0.25"), Decimal("0.8"), Decimal(1000)

_DAYS = """
    SELECT d.one_id, d.other_id, sum(d.usd) AS usd FROM launchpad_tradedday d
      LEFT JOIN launchpad_persongroup a ON a.customer_id = d.one_id
      LEFT JOIN launchpad_persongroup b ON b.customer_id = d.other_id
     WHERE d.day >= %(first)s AND d.day < %(last)s AND d.one_id <> d.other_id
       AND d.one_fees_usd + d.other_fees_usd > 0  -- what costs nothing is no effort
       AND (%(every)s OR d.market_id IN (
            SELECT id FROM exchange_market WHERE symbol = ANY(%(markets)s::text[])))
       AND (a.group_id = b.group_id) IS NOT TRUE
     GROUP BY 1, 2
"""
_BOARD = f"""
WITH days AS MATERIALIZED ({_DAYS}),
joined AS (
    SELECT customer_id FROM launchpad_participation WHERE campaign_id = %(campaign)s
), rings AS (
    SELECT customer_id, ring FROM launchpad_ringmember WHERE campaign_id = %(campaign)s
), sides AS (
    SELECT one_id AS customer_id, other_id AS with_id, usd FROM days
     UNION ALL SELECT other_id, one_id, usd FROM days
), counted AS (
    SELECT j.customer_id, sum(s.usd) AS usd
      FROM joined j JOIN sides s ON s.customer_id = j.customer_id
      LEFT JOIN rings mine ON mine.customer_id = j.customer_id
      LEFT JOIN rings theirs ON theirs.customer_id = s.with_id
     WHERE (mine.ring = theirs.ring) IS NOT TRUE
     GROUP BY 1
)
SELECT customer_id, usd, row_number() OVER (ORDER BY usd DESC, customer_id) AS place
  FROM counted WHERE usd > 0
"""  # noqa: S608  its parts are above


class Place(NamedTuple):
    """One line of the board. `prize` is what the place gets if it stays so."""

    place: int
    name: str
    usd: Decimal
    prize: Decimal
    is_you: bool


class Board(NamedTuple):
    places: list[Place]
    you: Place | None  # also when beyond what is shown
    joined: bool
    participants: int


def join(*, campaign_id: int, customer_id: int, actor: Actor) -> Participation:
    """Take part in a competition or a deposit bonus, before it ends. Twice is once.

    Raises NotFound, NotRunning, NotEligible, PermissionRefused.
    """
    own_account(customer_id, actor)
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        if campaign.kind not in (Campaign.Kind.COMPETITION, Campaign.Kind.DEPOSIT_BONUS):
            raise Conflict(_("There is nothing to join here."), field="campaign_id")
        _refuse_unless_joinable(campaign)
        _refuse_too_late(campaign)
        owner_id = refuse_ineligible(customer_id=customer_id, actor=actor)
        joined, made = Participation.objects.get_or_create(
            campaign=campaign, customer_id=owner_id, defaults={"joined_at": clock.now()}
        )
        if made:
            record(
                actor=actor,
                verb="rewards.join",
                target=campaign,
                after={"customer": owner_id},
            )
    return joined


def board(campaign: Campaign, *, customer_id: int | None = None, limit: int = 50) -> Board:
    """The best places, and the reader's own. One query over the days' sums, whatever the number of
    trades."""
    owner_id = main_account(customer_id) if customer_id else None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({_BOARD}) board"  # noqa: S608
            " WHERE place <= %(limit)s OR customer_id = %(you)s ORDER BY place",
            {**_values(campaign), "limit": min(limit, MOST_SHOWN), "you": owner_id},
        )
        rows = cursor.fetchall()
    places = [_place(campaign, who, usd, place, owner_id) for who, usd, place in rows]
    return Board(
        [each for each in places if each.place <= limit],
        next((each for each in places if each.is_you), None),
        owner_id is not None
        and Participation.objects.filter(campaign=campaign, customer_id=owner_id).exists(),
        Participation.objects.filter(campaign=campaign).count(),
    )


def pseudonym(campaign_id: int, customer_id: int) -> str:
    """What a customer is called on one board: the same all along, and nothing to know them by."""
    message = f"rewards.board:{campaign_id}:{customer_id}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), message, "sha256")
    return base64.b32encode(digest)[:5].decode()


def find_rings(*, campaign_id: int) -> int:
    """Number the groups that traded mostly among themselves. Returns how many accounts are in one.

    Drawn anew from all days each time, so a group that opens up is one no longer.
    """
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        with connection.cursor() as cursor:
            cursor.execute(_DAYS, _values(campaign))
            days = cursor.fetchall()
        rings = rings_of(days)
        Participation.objects.filter(campaign=campaign, ring__isnull=False).exclude(
            customer_id__in=rings
        ).update(ring=None)
        RingMember.objects.filter(campaign=campaign).delete()
        RingMember.objects.bulk_create(
            (RingMember(campaign=campaign, customer_id=who, ring=of) for who, of in rings.items()),
            batch_size=1000,
        )
        for ring in set(rings.values()):
            members = [customer_id for customer_id, of in rings.items() if of == ring]
            Participation.objects.filter(campaign=campaign, customer_id__in=members).update(
                ring=ring
            )
        Campaign.objects.filter(pk=campaign.pk).update(scored_at=clock.now())
    return len(rings)


def rings_of(days: list[tuple[int, int, Decimal]]) -> dict[int, int]:
    """Rings among pairs with their volume: account to ring, which is called by its smallest."""
    all_of: dict[int, Decimal] = {}
    for one, other, usd in days:
        for each in (one, other):
            all_of[each] = all_of.get(each, ZERO) + usd
    joined = Joined()
    for one, other, usd in days:
        if usd >= RING_LEAST and usd >= RING_EDGE * max(all_of[one], all_of[other]):
            joined.join(one, other)
    inside: dict[int, Decimal] = {}
    whole: dict[int, Decimal] = {}
    for one, other, usd in days:
        first, second = joined.root(one), joined.root(other)
        if first == second:
            inside[first] = inside.get(first, ZERO) + 2 * usd
    for each, usd in all_of.items():
        root = joined.root(each)
        whole[root] = whole.get(root, ZERO) + usd
    guilty = {r for r, usd in inside.items() if usd >= RING_INSIDE * whole[r]}
    return {each: joined.root(each) for each in all_of if joined.root(each) in guilty}


def final_list(*, campaign_id: int, actor: Actor) -> RecipientFile:
    """The winners of a competition that is over, for two people to approve.

    Raises PermissionRefused, NotFound, Conflict while it runs or while trades are not added up yet.
    """
    actor.require(campaigns.MANAGE)
    with transaction.atomic():
        campaign = campaigns.locked(campaign_id)
        contest = terms.competition(campaign)
        if clock.now() < campaign.ends_at + timedelta(minutes=5):
            raise Conflict("It is not over yet: five minutes after its end.", field="campaign_id")
        if not volume.is_whole_until(campaign.ends_at):
            raise Conflict("Not every trade is added up yet: try again in a minute.")
        find_rings(campaign_id=campaign_id)
        return recipients.make(
            campaign,
            held=f"SELECT customer_id, usd AS basis FROM ({_BOARD}) board"  # noqa: S608
            " WHERE usd >= %(least)s::numeric",
            rule=PRIZES,
            values={
                **_values(campaign),
                "least": contest.least_usd,
                "one_per_person": True,
                "prizes": list(contest.prizes),
            },
            source=f"board of {campaign.starts_at:%F} to {campaign.ends_at:%F}",
            actor=actor,
        )


PRIZES = "prizes"
# Places are counted among those who are paid: who is left out makes room.
recipients.AMOUNT[PRIZES] = (
    "coalesce((%(prizes)s::numeric[])[(rank() OVER "
    "(ORDER BY why <> '', basis DESC, customer_id))::int], 0)"
)


def _values(campaign: Campaign) -> dict[str, Any]:
    contest = terms.competition(campaign)
    return {
        "campaign": campaign.pk,
        "first": campaign.starts_at.date(),
        "last": campaign.ends_at.date(),
        "every": not contest.markets,
        "markets": list(contest.markets),
    }


def _place(
    campaign: Campaign, customer_id: int, usd: Decimal, place: int, you: int | None
) -> Place:
    contest = terms.competition(campaign)
    wins = place <= len(contest.prizes) and usd >= contest.least_usd
    return Place(
        place,
        pseudonym(campaign.pk, customer_id),
        usd.quantize(Decimal("0.01")),
        contest.prizes[place - 1] if wins else ZERO,
        customer_id == you,
    )


def _refuse_unless_joinable(campaign: Campaign) -> None:
    """Before it starts one may join, so that the first day counts."""
    if campaign.state != Campaign.State.OPEN or clock.now() >= campaign.ends_at:
        campaigns.refuse_unless_running(campaign)


def _refuse_too_late(campaign: Campaign) -> None:
    """Nobody begins what can't be finished before the end."""
    if campaign.kind == Campaign.Kind.DEPOSIT_BONUS and clock.now() > bonus.begin_by(campaign):
        raise Conflict(
            _("It is too late to begin: the days would end after this promotion."),
            field="campaign_id",
        )
