"""A listing from application to delisting, and everything that was found out and decided."""

from launchpad.listings.models.diligence import (
    ChainCheck,
    ChainFinding,
    CommitteeDecision,
    CommitteeVote,
    Duty,
    Insider,
    InterestDeclaration,
    Measurement,
    ScoredItem,
    ScreenedName,
)
from launchpad.listings.models.listing import (
    HolderNotice,
    Listing,
    ListingDocument,
    ListingDocumentPage,
    ListingEvent,
    Schedule,
    TeamMember,
)

__all__ = [
    "ChainCheck",
    "ChainFinding",
    "CommitteeDecision",
    "CommitteeVote",
    "Duty",
    "HolderNotice",
    "Insider",
    "InterestDeclaration",
    "Listing",
    "ListingDocument",
    "ListingDocumentPage",
    "ListingEvent",
    "Measurement",
    "Schedule",
    "ScoredItem",
    "ScreenedName",
    "TeamMember",
]
