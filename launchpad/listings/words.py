"""Words of this room: what may be handed in, by class of asset, and who may do what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from launchpad.listings.states import AssetClass

WORK = "launchpad.work_listing"
VOTE = "launchpad.vote_listing"
APPROVE = "launchpad.approve_listing"
SEE_DOCUMENTS = "launchpad.see_listing_documents"
VIEW = "launchpad.view_listing"


class Paper(models.TextChoices):
    LEGAL = "legal", _("Legal opinion")
    AUDIT = "audit", _("Audit of the contract")
    REGISTER = "register", _("Extract from the company register")
    WHITE_PAPER = "white_paper", _("White paper")
    RESERVES = "reserves", _("Attestation of reserves")
    LICENCE = "licence", _("Licence or prospectus")
    LOCKS = "locks", _("Plan of releases and locks")
    OTHER = "other", _("Something else")


WANTED: dict[str, tuple[Paper, ...]] = {
    AssetClass.COIN: (Paper.LEGAL, Paper.WHITE_PAPER),
    AssetClass.TOKEN: (Paper.LEGAL, Paper.AUDIT, Paper.REGISTER, Paper.WHITE_PAPER),
    AssetClass.STABLECOIN: (Paper.LEGAL, Paper.AUDIT, Paper.REGISTER, Paper.RESERVES),
    AssetClass.SECURITY: (Paper.LEGAL, Paper.AUDIT, Paper.REGISTER, Paper.LICENCE),
    AssetClass.STANDARD: (),
}
# A customer may apply with one of these; a standard token is staff's own to begin.
APPLIED_FOR = (AssetClass.TOKEN, AssetClass.COIN, AssetClass.STABLECOIN, AssetClass.SECURITY)
