"""Why a product says no."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from exchange.core.errors import Conflict, Invalid, Refused


class NotOffered(Conflict):
    """The product takes no new money. `limit` is its state."""

    code = "not_offered"
    message = _("This product takes no new money at the moment.")


class NotAllowed(Refused):
    """The rules of the customer's country, or their tier, forbid it."""

    code = "product_not_allowed"


class BelowMinimum(Invalid):
    """Less than the product takes, or would be left in it. `limit` is the minimum."""

    code = "below_minimum"


class CapReached(Refused):
    """The product, or the customer, has no room for so much. `limit` is what is left."""

    code = "cap_reached"


class TermsChanged(Conflict):
    """Other terms hold by now than the customer agreed to. `limit` is their version."""

    code = "terms_changed"
    message = _("The terms have changed since you looked: please read them again.")


class Locked(Conflict):
    """Still locked. `limit` is the moment from which it can be taken out."""

    code = "locked"


class LosesInterest(Conflict):
    """Leaving now gives up interest, and the customer did not say that they know. `limit` is how
    much."""

    code = "loses_interest"
