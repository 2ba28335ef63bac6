"""Why a reward is not given. What a customer reads never says who else was looked at."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict, Refused, Restricted


class NotRunning(Conflict):
    """The campaign is not open, or its time has not come or is over. `limit` is its state."""

    code = "campaign_not_running"
    message = _("This is not running at the moment.")


class BudgetSpent(Conflict):
    """What was set aside for the campaign is given away. `limit` is what is left."""

    code = "budget_spent"
    message = _("The budget of this campaign is used up.")


class NotEligible(Restricted):
    """The account can't take part. `limit` says what is missing, when it can be said."""

    code = "not_eligible"


class RewardedAlready(Conflict):
    """This person has had it, perhaps with another account."""

    code = "rewarded_already"


class TooManyAnswers(Refused):
    """A lesson's tries of the day are used up. `limit` is their number."""

    code = "too_many_tries"


class BadRecipients(Refused):
    """Lines of an upload are wrong; nothing was taken over. `limit` has them, the first hundred."""

    code = "bad_recipients"
