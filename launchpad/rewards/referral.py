"""Referral: a code for friends, and who came through it. One level and no more.

Written down when the account is opened with a code, or by the customer within a week. What a
referee's fees earn is `commission`'s.
"""

from __future__ import annotations

import re
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from compliance.identity.queries import main_account
from exchange.accounts.models import Customer
from exchange.accounts.sign_up import CAME_BY
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.money import ZERO
from launchpad.rewards import campaigns, persons, terms
from launchpad.rewards.eligible import refuse_ineligible
from launchpad.rewards.errors import NotEligible, NotRunning
from launchpad.rewards.models import Campaign, Commission, Referral, ReferralCode
from launchpad.rewards.vip import own_account

CODE = re.compile(r"[A-Z0-9]{6,12}")
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
WITHIN = timedelta(days=7)
ITSELF = system("rewards.referral")
State = Referral.State


class Friend(NamedTuple):
    """A referee as their referrer sees them: a number, and the month they came."""

    number: int
    since: date
    until: date
    earns: bool
    earned: Decimal


class Earnings(NamedTuple):
    """A referrer's page: their code, their friends, and what came of it."""

    code: str
    friends: list[Friend]
    total: Decimal
    asset: str
    days: list[tuple[date, int, Decimal]]  # day, friends who traded, what they earned


def code_of(*, customer_id: int, actor: Actor) -> ReferralCode:
    """The code of a customer, made when they ask for it first. Raises NotEligible, NotRunning."""
    owner_id = refuse_ineligible(customer_id=customer_id, actor=actor)
    if found := ReferralCode.objects.filter(customer_id=owner_id).first():
        return found
    if campaigns.running(Campaign.Kind.REFERRAL) is None:
        raise NotRunning(field="campaign_id")
    for _attempt in range(5):
        drawn = "".join(secrets.choice(LETTERS) for _ in range(8))
        try:
            with transaction.atomic():
                made, new = ReferralCode.objects.get_or_create(
                    customer_id=owner_id, defaults={"code": drawn, "made_at": clock.now()}
                )
                if new:
                    record(
                        actor=actor,
                        verb="rewards.make_referral_code",
                        target_type="customer",
                        target_id=str(owner_id),
                        after={"code": drawn},
                    )
                return made
        except IntegrityError:  # drawn before for somebody else
            continue
    raise Conflict(_("Please try again."))


def use_code(*, customer_id: int, code: str, actor: Actor) -> Referral:
    """A new customer says who sent them, within a week of opening the account. Once, for good.

    Raises NotFound for a code that nobody has, Conflict when it is too late or somebody else's
    stands, NotRunning, NotEligible for one's own and for the same person's.
    """
    owner_id = own_account(customer_id, actor)
    wanted = code.strip().upper()
    giver = ReferralCode.objects.filter(code=wanted).first() if CODE.fullmatch(wanted) else None
    if giver is None:
        raise NotFound(_("We don't know this code."), field="code")
    if giver.customer_id == owner_id:
        raise NotEligible(_("This is your own code: it is for somebody else."), field="code")
    with transaction.atomic():
        campaign = campaigns.running(Campaign.Kind.REFERRAL)
        if campaign is None:
            raise NotRunning(field="code")
        # The referrer's row first: their friends are numbered one after another.
        rows = Customer.objects.select_for_update(no_key=True).filter(
            pk__in=[giver.customer_id, owner_id]
        )
        customers = {row.pk: row for row in rows.order_by("pk")}
        return _write_down(campaign, giver, customers[owner_id], actor)


def _write_down(
    campaign: Campaign, giver: ReferralCode, customer: Customer, actor: Actor
) -> Referral:
    if standing := Referral.objects.filter(referee=customer).first():
        if standing.referrer_id == giver.customer_id:
            return standing
        raise Conflict(_("A friend's code stands already."), field="code")
    if customer.created_at < clock.now() - WITHIN:
        raise Conflict(_("A code counts in the first week only."), field="code")
    persons.look(customer.pk)
    same = persons.same_person(giver.customer_id, customer.pk)
    if same.is_certain:
        raise NotEligible(_("This code can't be used for this account."), field="code")
    figures = terms.referral(campaign)
    today = clock.now().date()
    made = Referral.objects.create(
        referee=customer,
        referrer_id=giver.customer_id,
        campaign=campaign,
        number=Referral.objects.filter(referrer_id=giver.customer_id).count() + 1,
        share_ppm=figures.share_ppm,
        first_day=today,
        last_day=today + timedelta(days=figures.days - 1),
        at=clock.now(),
    )
    record(
        actor=actor,
        verb="rewards.refer",
        target_type="customer",
        target_id=str(customer.pk),
        after={"referrer": giver.customer_id, "campaign": campaign.pk},
    )
    return made


@outbox.consumes(CAME_BY)
def came_by(payload: dict[str, Any]) -> None:
    """Somebody opened an account with a code. One that is of no use is forgotten: the account is
    open all the same."""
    try:
        use_code(customer_id=payload["customer_id"], code=payload["code"], actor=ITSELF)
    except Refused:
        return


def may_use_code(customer_id: int) -> bool:
    """Whether a newcomer may still say whose code led here."""
    owner_id = main_account(customer_id)
    fresh = Customer.objects.filter(pk=owner_id, created_at__gte=clock.now() - WITHIN)
    return fresh.exists() and not Referral.objects.filter(pk=owner_id).exists()


def earnings(customer_id: int, *, limit: int = 60) -> Earnings:
    """What a referrer may see: no name, no account, nothing but a friend's number. Four queries."""
    owner_id = main_account(customer_id)
    code = ReferralCode.objects.filter(customer_id=owner_id).values_list("code", flat=True).first()
    rows = (
        Referral.objects.filter(referrer_id=owner_id)
        .annotate(earned=Sum("commissions__amount"))
        .order_by("-number")[:limit]
    )
    today = clock.now().date()
    friends = [
        Friend(
            row.number,
            row.first_day,
            row.last_day,
            row.state == State.ACTIVE and row.last_day >= today,
            row.earned or ZERO,
        )
        for row in rows
    ]
    earned = Commission.objects.filter(referral__referrer_id=owner_id)
    days = (
        earned.values("day")
        .annotate(friends=Count("pk"), amount=Sum("amount"))
        .order_by("-day")[:limit]
    )
    asset = (
        Campaign.objects.filter(kind=Campaign.Kind.REFERRAL)
        .exclude(state=Campaign.State.DRAFT)
        .order_by("-pk")
        .values_list("programme__asset__code", flat=True)
        .first()
    )
    return Earnings(
        code or "",
        friends,
        earned.aggregate(all=Sum("amount"))["all"] or ZERO,
        asset or "",
        [(row["day"], row["friends"], row["amount"]) for row in days],
    )


def refuse_referral(*, referee_id: int, actor: Actor, reason: str) -> Referral:
    """Staff: this referral earns nothing from now on. Twice is once.

    Raises PermissionRefused, NotFound, Invalid without a reason.
    """
    actor.require("launchpad.decide_reward")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = Referral.objects.select_for_update().filter(pk=referee_id).first()
        if row is None:
            raise NotFound(field="referee_id")
        if row.state != State.REFUSED:
            row.state, row.because = State.REFUSED, reason[:200]
            row.save(update_fields=["state", "because"])
            record(actor=actor, verb="rewards.refuse_referral", target=row, reason=reason)
    return row
