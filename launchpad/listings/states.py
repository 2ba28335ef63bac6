"""Where a listing stands, how it may go on, and why one ends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict


class Stage(models.TextChoices):
    DRAFT = "draft", _("being filled in")
    SUBMITTED = "submitted", _("handed in")
    CHECKS = "checks", _("screening and chain checks")
    DILIGENCE = "diligence", _("due diligence")
    VOTE = "vote", _("BMX vote")
    COMMITTEE = "committee", _("listings committee")
    APPROVED = "approved", _("approved")
    SCHEDULED = "scheduled", _("scheduled")
    DEPOSITS = "deposits", _("deposits open")
    TRADING = "trading", _("trading open")
    WITHDRAWALS = "withdrawals", _("withdrawals open")
    LISTED = "listed", _("listed")
    WARNED = "warned", _("special treatment")
    DELISTING = "delisting", _("delisting announced")
    CLOSED = "closed", _("trading closed")
    WINDOW = "window", _("withdrawals only")
    DELISTED = "delisted", _("delisted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


S = Stage
ENDS = {S.REFUSED, S.WITHDRAWN}
# From draft to trading; refused and withdrawn may come until the schedule is public.
MOVES: dict[str, set[str]] = {
    S.DRAFT: {S.SUBMITTED, S.WITHDRAWN},
    S.SUBMITTED: {S.CHECKS, S.DRAFT, *ENDS},
    S.CHECKS: {S.DILIGENCE, S.DRAFT, S.SCHEDULED, *ENDS},
    S.DILIGENCE: {S.VOTE, S.COMMITTEE, S.DRAFT, *ENDS},
    S.VOTE: {S.COMMITTEE, S.DILIGENCE, *ENDS},  # back when the vote was withdrawn
    S.COMMITTEE: {S.APPROVED, *ENDS},
    S.APPROVED: {S.SCHEDULED, *ENDS},
    S.SCHEDULED: {S.DEPOSITS},
    S.DEPOSITS: {S.TRADING},
    S.TRADING: {S.WITHDRAWALS, S.WARNED, S.DELISTING},
    S.WITHDRAWALS: {S.LISTED, S.WARNED, S.DELISTING},
    S.LISTED: {S.WARNED, S.DELISTING},
    # Back to trading only while withdrawals have not opened.
    S.WARNED: {S.TRADING, S.LISTED, S.DELISTING},
    S.DELISTING: {S.CLOSED, S.TRADING, S.LISTED, S.WARNED},
    S.CLOSED: {S.WINDOW},
    S.WINDOW: {S.DELISTED},
    S.DELISTED: set(),
    S.REFUSED: set(),
    S.WITHDRAWN: set(),
}
# Nobody outside knows of these yet.
SECRET = (S.SUBMITTED, S.CHECKS, S.DILIGENCE, S.VOTE, S.COMMITTEE, S.APPROVED)
IN_WORK = (S.SUBMITTED, S.CHECKS, S.DILIGENCE, S.VOTE, S.COMMITTEE, S.APPROVED)
EDITABLE = (S.DRAFT,)
COMING = (S.SCHEDULED, S.DEPOSITS)
RUNNING = (S.TRADING, S.WITHDRAWALS, S.LISTED, S.WARNED, S.DELISTING)
GOING = (S.DELISTING, S.CLOSED, S.WINDOW)
PUBLIC = (*COMING, *RUNNING, S.CLOSED, S.WINDOW, S.DELISTED)
# One project can't have its token twice on the road.
STANDING = (S.DRAFT, *IN_WORK, *PUBLIC[:-1])


class SignerWord(models.TextChoices):
    """Whether the signer can send what is withdrawn of an asset."""

    KNOWN = "known", _("the policy names it")
    LACKS = "lacks", _("the policy does not name it")
    SILENT = "silent", _("the signer does not answer")


class AssetClass(models.TextChoices):
    COIN = "coin", _("a chain's own coin")
    TOKEN = "token", _("a project's token")  # noqa: S105  a class of asset
    STABLECOIN = "stablecoin", _("a stablecoin")
    SECURITY = "security", _("like a security: equity, profit share, debt")
    STANDARD = "standard", _("a standard token, traded widely elsewhere")


class Reason(models.TextChoices):
    """Why a listing is refused, withdrawn or delisted."""

    INCOMPLETE = "incomplete", _("the application stayed incomplete")
    LEGAL = "legal", _("legal: may not be offered here")
    SANCTIONS = "sanctions", _("sanctions or persons behind it")
    SECURITY = "security", _("the contract is not safe enough")
    CONCENTRATION = "concentration", _("too few hold too much")
    TEAM = "team", _("who is behind it could not be established")
    VOTE = "vote", _("BMX holders voted against it")
    COMMITTEE = "committee", _("the committee voted against it")
    APPLICANT = "applicant", _("the project withdrew it")
    CRITERIA = "criteria", _("no longer meets the published criteria")
    DUTIES = "duties", _("the project did not do what it had promised")
    CHAIN = "chain", _("its chain or contract failed or was abandoned")
    OTHER = "other", _("other, see the notice")


class StageConflict(Conflict):
    """The listing stands elsewhere. `limit` says where it may go from here."""

    code = "stage"


def refuse_move(before: str, after: str) -> None:
    """Raise StageConflict unless the table has the move."""
    if after not in MOVES[before]:
        raise StageConflict(
            f"This listing is {Stage(before).label} and can't become {Stage(after).label}.",
            field="stage",
            limit=sorted(MOVES[before]),
        )
