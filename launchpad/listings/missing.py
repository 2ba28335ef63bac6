"""What an application still lacks, and what happens next: read by its page at every stage."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from launchpad.listings.models import Listing, ListingDocument
from launchpad.listings.states import AssetClass, Stage
from launchpad.listings.words import WANTED


class Lack(NamedTuple):
    """`part` is the page of the form where it can be mended."""

    part: str
    says: str


PARTS = ("token", "company", "team", "papers")


def of(listing: Listing) -> list[Lack]:
    """Everything that has to be there before it can be handed in. Three queries."""
    lacks = [Lack("token", says) for says in _token(listing)]
    lacks += [
        Lack("company", says)
        for says, there in (
            (_("the name of the company or foundation"), listing.company),
            (_("the country it is registered in"), listing.company_country),
            (_("its registration number"), listing.company_number),
            (_("the website"), listing.website),
            (_("who speaks for the project"), listing.contact_name),
            (_("what this person's role is"), listing.contact_role),
        )
        if not there
    ]
    if not listing.team.exists():
        lacks.append(Lack("team", _("at least one member of the team")))
    kept = set(
        listing.documents.filter(state=ListingDocument.State.KEPT).values_list("kind", flat=True)
    )
    lacks += [
        Lack("papers", str(paper.label))
        for paper in WANTED[listing.asset_class]
        if paper not in kept
    ]
    return lacks


def _token(listing: Listing) -> list[str]:
    wanted = [
        (_("the token's name"), listing.name),
        (_("its code"), listing.code),
        (_("the network it is on"), listing.network_id),
        (_("what it is for, in a few sentences"), listing.about),
        (_("what can go wrong for those who hold it"), listing.risks),
        (_("how many there are"), listing.supply),
    ]
    if listing.asset_class != AssetClass.COIN:
        wanted.append((_("its contract's address"), listing.contract))
    return [says for says, there in wanted if not there]


def next_words(listing: Listing) -> str:
    """What happens now, and whether the project has to do anything."""
    return {
        Stage.DRAFT: _("Fill in what is missing, then hand it in. Nobody looks at a draft."),
        Stage.SUBMITTED: _(
            "A listing manager takes it up, usually within two working days. Nothing for you to do."
        ),
        Stage.CHECKS: _(
            "We screen the names you gave and read the contract. There is nothing for you to do."
        ),
        Stage.DILIGENCE: _(
            "We work through a checklist, and ask here and by e-mail when something is unclear."
        ),
        Stage.VOTE: _("BMX holders vote. You may follow the vote; its end is published there."),
        Stage.COMMITTEE: _("The listings committee meets and votes. You are told what it decided."),
        Stage.APPROVED: _("Approved. We agree on dates; they appear here and in the calendar."),
        Stage.SCHEDULED: _("It is in the public calendar. Deposits open by themselves."),
        Stage.DEPOSITS: _("Customers can deposit. Trading opens by itself at the published time."),
        Stage.TRADING: _("It trades. Withdrawals open by themselves at the published time."),
        Stage.WITHDRAWALS: _("It trades, and can be deposited and withdrawn."),
        Stage.LISTED: _("It is listed. We measure it every day against the published criteria."),
        Stage.WARNED: _("It has the special treatment tag. Unless it gets better, it is delisted."),
        Stage.DELISTING: _("It will be delisted. The dates are published; holders have been told."),
        Stage.CLOSED: _("Trading has ended. What customers hold can still be withdrawn."),
        Stage.WINDOW: _("Only withdrawals are open, until the published date."),
        Stage.DELISTED: _("It is no longer here."),
        Stage.REFUSED: _("It was refused. You may apply anew when the reason is gone."),
        Stage.WITHDRAWN: _("You withdrew it. You may apply anew at any time."),
    }[Stage(listing.stage)]
