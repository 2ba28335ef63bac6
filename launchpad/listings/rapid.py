"""A standard token, traded widely elsewhere: one page of questions, and one colleague's approval.

Open to tokens whose contract nobody can use against its holders: with a single finding that speaks
against it, it takes the whole road. The class has a checklist of its own, short and with proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from exchange.assets.models import Network
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid
from launchpad.listings import apply, checklist, checks, interests, road, schedule, stages, terms
from launchpad.listings.models import Listing
from launchpad.listings.states import AssetClass, Stage
from launchpad.listings.words import APPROVE, WORK

KIND = "listings.rapid"


class Judgement(NamedTuple):
    score: int
    evidence: str


def begin(*, network: str, contract: str, actor: Actor, accounts: str = "") -> Listing:
    """Name the token: its contract is read at once, by a task. Whoever begins says by it that they
    have no interest in it; one that is on its road already is returned.

    Raises PermissionRefused, Invalid.
    """
    actor.require(WORK)
    where = Network.objects.filter(code=network).first()
    if where is None:
        raise Invalid(_("We do not know this network."), field="network")
    address = apply.contract(contract.strip())
    if not address:
        raise Invalid(_("Name its contract."), field="contract")
    now = clock.now()
    standing = Listing.objects.filter(
        network=where, contract=address, asset_class=AssetClass.STANDARD, stage=Stage.CHECKS
    ).first()
    try:
        with transaction.atomic():
            listing = standing or Listing.objects.create(
                asset_class=AssetClass.STANDARD,
                stage=Stage.CHECKS,
                network=where,
                contract=address,
                since=now,
                created_at=now,
                submitted_at=now,
            )
            if standing is None:
                record(
                    actor=actor,
                    verb="listings.begin_rapid",
                    target=listing,
                    after={"network": network, "contract": address},
                )
            interests.declare(
                listing_id=listing.pk, conflict=False, words="", actor=actor, accounts=accounts
            )
            checks.ask(listing_id=listing.pk, actor=actor)
    except IntegrityError as error:
        raise apply.CodeTaken(
            _("This contract is on its road already."), field="contract"
        ) from error
    return listing


def propose(
    *,
    listing_id: int,
    name: str,
    code: str,
    judged: Mapping[str, Judgement],
    dates: tuple[datetime, datetime, datetime],
    market_terms: terms.Terms,
    quote: str,
    insiders_hours: int,
    reason: str,
    actor: Actor,
) -> Proposal:
    """Judge the short checklist, fix name, code, dates and terms, and ask one colleague.

    Raises NotReady with a finding against it or a blocker, beside what a schedule raises.
    """
    actor.require(WORK)
    with transaction.atomic():
        listing = road.locked(listing_id)
        interests.refuse_unless_free(listing, actor)
        if listing.asset_class != AssetClass.STANDARD or listing.stage != Stage.CHECKS:
            raise Conflict(_("This listing takes the whole road."), limit=listing.stage)
        refuse_unless_plain(listing)
        apply.save_names(listing, name=name, code=code, actor=actor)
        for item in checklist.items_of(listing.asset_class):
            if item.key not in judged:
                raise Invalid(_("Judge every item."), field=f"score_{item.key}")
            checklist.score(
                listing_id=listing.pk, key=item.key, actor=actor, **judged[item.key]._asdict()
            )
        _refuse_unless_ready(listing)
        payload = schedule.checked(
            listing,
            dates=dates,
            market_terms=market_terms,
            quote=quote,
            insiders_hours=insiders_hours,
        )
        return proposals.propose(
            kind=KIND,
            payload=payload,
            summary=schedule.summary(listing, payload),
            reason=reason,
            actor=actor,
            target=listing,
        )


def refuse_unless_plain(listing: Listing) -> None:
    """Raise NotReady unless the contract was read and nothing in it speaks against it."""
    stages.refuse_unless_checked(listing)
    against = checks.bad(listing)
    if against:
        raise stages.NotReady(
            _("The whole road is needed: %(what)s")
            % {"what": " ".join(each.says for each in against[:3])},
            limit=len(against),
        )


@proposals.proposal_kind(KIND, permission_to_propose=WORK, permission_to_approve=APPROVE)
def _publish(*, payload: dict[str, Any], actor: Actor) -> str:
    listing = road.locked(payload["listing_id"])
    interests.refuse_unless_free(listing, actor)
    if listing.stage != Stage.CHECKS:
        raise Conflict(_("It is elsewhere on its road now."), limit=listing.stage)
    refuse_unless_plain(listing)
    _refuse_unless_ready(listing)
    return schedule.publish(listing, payload, actor)


def _refuse_unless_ready(listing: Listing) -> None:
    result = checklist.result(listing)
    if not result.ready:
        raise stages.NotReady(
            _("The checklist does not carry it: %(what)s.")
            % {"what": ", ".join(result.blockers) or f"{result.so_far} %"},
            limit=checklist.LEAST_TOTAL,
        )
