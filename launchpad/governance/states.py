"""What can be proposed, how it is voted on, and the moves of a proposal."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    LISTING = "listing", _("listing vote")
    FEATURE = "feature", _("priorities")
    PARAMETER = "parameter", _("change of a parameter")
    GRANT = "grant", _("community grant")


class Method(models.TextChoices):
    SINGLE = "single", _("one choice")
    APPROVAL = "approval", _("every option you approve of")
    RANKED = "ranked", _("options in your order")


class Role(models.TextChoices):
    """What it means when an option wins."""

    FOR = "for", _("carries the proposal")
    AGAINST = "against", _("refuses the proposal")
    ABSTAIN = "abstain", _("counts for the quorum only")


class Tally(models.TextChoices):
    SHOWN = "shown", _("shown while people vote")
    HIDDEN = "hidden", _("hidden until the vote is closed")


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("being reviewed")
    DECLINED = "declined", _("declined")
    PUBLISHED = "published", _("coming")
    OPEN = "open", _("open")
    COUNTING = "counting", _("being counted")
    CLOSED = "closed", _("closed")
    EXECUTED = "executed", _("carried out")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Outcome(models.TextChoices):
    PASSED = "passed", _("passed")
    REFUSED = "refused", _("refused")
    NO_QUORUM = "no_quorum", _("not enough took part")


class ReviewCode(models.TextChoices):
    """Why staff did not publish what somebody proposed."""

    UNCLEAR = "unclear", _("what is proposed isn't clear")
    DUPLICATE = "duplicate", _("the same was proposed already")
    NOT_OURS = "not_ours", _("a vote can't decide this")
    UNLAWFUL = "unlawful", _("it would break a law or a licence")
    ABUSE = "abuse", _("it breaks the rules of conduct")
    COST = "cost", _("its costs aren't stated")


class HiddenCode(models.TextChoices):
    """Why a comment was hidden."""

    ABUSE = "abuse", _("insult or threat")
    SPAM = "spam", _("advertising or spam")
    PRIVATE = "private", _("personal data of others")
    SCAM = "scam", _("attempted fraud")
    OFF_TOPIC = "off_topic", _("not about this proposal")


class Excluded(models.TextChoices):
    """By which rule an account's power does not count."""

    STAFF = "staff", _("accounts of our staff")
    RESTRICTED = "restricted", _("restricted accounts")


MOVES: dict[str, set[str]] = {
    State.DRAFT: {State.REVIEW, State.WITHDRAWN},
    State.REVIEW: {State.DRAFT, State.PUBLISHED, State.DECLINED, State.WITHDRAWN},
    State.PUBLISHED: {State.OPEN, State.WITHDRAWN},
    State.OPEN: {State.COUNTING, State.WITHDRAWN},
    # Past this point only the count decides: nobody withdraws a vote whose result they could know.
    State.COUNTING: {State.CLOSED},
    State.CLOSED: {State.EXECUTED},
    State.EXECUTED: set(),
    State.DECLINED: set(),
    State.WITHDRAWN: set(),
}
# What everybody may read.
PUBLIC = [State.PUBLISHED, State.OPEN, State.COUNTING, State.CLOSED, State.EXECUTED]
COUNTED = [State.CLOSED, State.EXECUTED]
