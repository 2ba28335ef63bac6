"""What an account may vote with: its line of the snapshot, and what others delegated to it.

Sub-accounts have no line, they count for their main account. Accounts of staff and restricted ones
are left out by rule. A delegate's own delegation passes nothing on: power travels one step.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from exchange.accounts.models import Customer
from exchange.core.errors import Restricted
from exchange.core.money import SCALE, ZERO, from_units, to_units
from exchange.ledger import queries as ledger
from exchange.ledger.accounts import SPOT
from launchpad.governance import policy
from launchpad.governance.models import VoteExclusion, VoteProposal
from launchpad.governance.states import Excluded
from launchpad.snapshots import queries as snapshots
from launchpad.snapshots.stakes import EARN

# Main accounts that a rule leaves out as of a moment.
EXCLUDED = """
SELECT c.id AS customer_id, 'staff' AS rule
  FROM exchange_customer c JOIN exchange_user u ON u.id = c.user_id
 WHERE c.parent_id IS NULL AND u.is_staff
 UNION
SELECT r.customer_id, 'restricted'
  FROM exchange_restriction r
 WHERE r.kind = ANY(%(kinds)s) AND r.imposed_at <= %(at)s
   AND (r.lifted_at IS NULL OR r.lifted_at > %(at)s) AND (r.until IS NULL OR r.until > %(at)s)
"""
_MAY_NOT_NOW = f"""
SELECT rule FROM ({EXCLUDED}) x WHERE customer_id = %(customer)s ORDER BY rule DESC
"""  # noqa: S608  the words above
# Standing delegations to a delegate whose givers are not left out.
_GIVEN = """
SELECT coalesce(sum(l.power), 0), count(*)
  FROM launchpad_delegation d
  JOIN launchpad_delegate t ON t.id = d.delegate_id
  JOIN launchpad_snapshotline l ON l.snapshot_id = %(snapshot)s AND l.customer_id = d.customer_id
 WHERE t.customer_id = %(customer)s AND d.until IS NULL
   AND NOT EXISTS (SELECT FROM launchpad_voteexclusion x
                    WHERE x.proposal_id = %(proposal)s AND x.customer_id = d.customer_id)
   AND NOT EXISTS (SELECT FROM launchpad_vote v
                    WHERE v.proposal_id = %(proposal)s AND v.customer_id = d.customer_id)
"""


class Power(NamedTuple):
    """What an account has in one vote, and where it comes from. Decimals in BMX."""

    held: Decimal
    staked: Decimal
    own: Decimal  # both, weighed
    given: Decimal  # delegated by others who did not vote themselves
    givers: int
    excluded: str  # the rule that leaves the account out, or nothing

    @property
    def total(self) -> Decimal:
        return ZERO if self.excluded else self.own + self.given


def power_of(proposal: VoteProposal, customer_id: int) -> Power:
    """What an account has in a vote that has opened. Three indexed reads."""
    assert proposal.snapshot_id is not None, "a published vote has its snapshot"
    line = snapshots.line(proposal.snapshot_id, customer_id)
    left_out = VoteExclusion.objects.filter(proposal=proposal, customer_id=customer_id).first()
    with connection.cursor() as cursor:
        cursor.execute(
            _GIVEN,
            {
                "snapshot": proposal.snapshot_id,
                "customer": customer_id,
                "proposal": proposal.pk,
            },
        )
        given, givers = cursor.fetchone()
    return Power(
        line.held, line.staked, line.power, given, givers, left_out.rule if left_out else ""
    )


def refuse_account(customer_id: int, *, at: datetime) -> None:
    """Raise Restricted for an account that a rule leaves out now."""
    customer = Customer.objects.filter(pk=customer_id).values_list("parent_id", flat=True).first()
    if customer is not None:
        raise Restricted(_("Sub-accounts don't vote: their BMX counts for the main account."))
    rule = rule_now(customer_id, at=at)
    if rule == Excluded.STAFF:
        raise Restricted(_("Accounts of our staff don't vote."))
    if rule:
        raise Restricted(_("This account can't vote at the moment. Write to support."))


def rule_now(customer_id: int, *, at: datetime) -> str:
    """The rule that leaves a main account out at a moment, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MAY_NOT_NOW,
            {"kinds": list(policy.RESTRICTIONS), "at": at, "customer": customer_id},
        )
        row = cursor.fetchone()
    return row[0] if row else ""


def units(power: Decimal) -> int:
    """Power as whole numbers of the smallest unit that the ledger keeps."""
    return to_units(power, SCALE)


def in_bmx(number: int | str) -> Decimal:
    return from_units(int(number), SCALE)


def bmx_now(customer_id: int) -> Decimal:
    """What a main account has of BMX now, in all its accounts and staked: for what it takes to
    propose and to comment. Never what it votes with."""
    asset_id = policy.asset().pk
    owners = [customer_id, *_sub_accounts(customer_id)]
    return sum(
        (
            ledger.balance(customer_id=owner, asset_id=asset_id, purpose=purpose).total
            for owner in owners
            for purpose in (SPOT, EARN)
        ),
        ZERO,
    )


def _sub_accounts(customer_id: int) -> list[int]:
    rows = Customer.objects.filter(parent_id=customer_id).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:200])
