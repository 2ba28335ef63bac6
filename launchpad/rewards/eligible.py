"""Who may be given something: a verified person, whom nothing forbids, and no staff of ours.

Asked of one customer before they join or earn; of a whole list in SQL (`EXCLUDED`), which must say
the same.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.identity.queries import may, tier_of
from compliance.identity.words import Product
from exchange.accounts.models import Restriction
from exchange.core import clock
from exchange.core.actors import Actor
from launchpad.rewards.errors import NotEligible
from launchpad.rewards.vip import own_account

BINDING = (Restriction.Kind.TRADING, Restriction.Kind.WITHDRAWAL, Restriction.Kind.LOGIN)

# Of a main account `c` whose user is `u`: why it is left out, or ''.
EXCLUDED = """
CASE WHEN u.is_staff THEN 'staff'
     WHEN EXISTS (SELECT FROM exchange_restriction r
                   WHERE r.customer_id = c.id AND r.kind IN ('trading', 'withdrawal', 'login')
                     AND r.lifted_at IS NULL AND (r.until IS NULL OR r.until > now()))
         THEN 'restricted'
     WHEN NOT EXISTS (SELECT FROM compliance_identity i
                       WHERE i.customer_id = c.id AND i.approved_at IS NOT NULL
                         AND i.lapsed_at IS NULL AND i.tier >= 1)
         THEN 'unverified'
     ELSE '' END
"""


def refuse_ineligible(*, customer_id: int, actor: Actor) -> int:
    """The main account of a customer who may take part. Raises PermissionRefused, NotEligible."""
    owner_id = own_account(customer_id, actor)
    if tier_of(owner_id) < 1:
        raise NotEligible(
            _("Rewards are one for each person, so we need to know who you are: verify first."),
            limit="identity",
        )
    answer = may(owner_id, Product.SPOT)
    if not answer:
        raise NotEligible(answer.says, limit=answer.code)
    if is_restricted(owner_id):
        raise NotEligible(_("This account can't take part at the moment."))
    return owner_id


def is_restricted(owner_id: int) -> bool:
    """Whether something that binds rewards stands against a main account."""
    return Restriction.objects.filter(
        Q(until=None) | Q(until__gt=clock.now()),
        customer_id=owner_id,
        kind__in=BINDING,
        lifted_at=None,
    ).exists()
