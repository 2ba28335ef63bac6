"""Pay a distributed sale's proceeds to its project, and give back the tokens nobody bought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, outbox
from exchange.core.actors import Actor
from exchange.core.money import ZERO, charged, plain
from exchange.ledger.accounts import customer_accounts, house_account
from exchange.ledger.post import Leg, post
from launchpad.sales import cancel, fund, moves
from launchpad.sales.draft import DRAFTS
from launchpad.sales.errors import NotReady
from launchpad.sales.models import WHOLE_PPM, Sale
from launchpad.sales.states import SETTLED

KIND = "sales.pay_project"
PAYS = "launchpad.pay_sale"
FEES = "sale_fees"  # house: what projects paid for their sales


class Proceeds(NamedTuple):
    """What customers paid, and how it is shared. Decimals in the quote."""

    paid: Decimal
    fee: Decimal
    project: Decimal
    unsold: Decimal  # tokens


def proceeds_of(sale: Sale) -> Proceeds:
    """As the allocation came out."""
    paid = sale.spent or ZERO
    fee = charged(paid * sale.fee_ppm / WHOLE_PPM, sale.quote.precision)
    return Proceeds(paid, fee, paid - fee, sale.offered - (sale.allocated or ZERO))


def propose(*, sale_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to pay the project. Raises NotReady before everybody is settled."""
    actor.require(DRAFTS)
    sale = moves.get(sale_id)
    _refuse(sale)
    shares = proceeds_of(sale)
    return proposals.propose(
        kind=KIND,
        payload={"sale_id": sale_id, "project": plain(shares.project), "fee": plain(shares.fee)},
        summary=f"Pay {plain(shares.project)} {sale.quote} of the sale {sale} to its project,"
        f" {plain(shares.fee)} to the house, {plain(shares.unsold)} {sale.asset} back",
        reason=reason,
        actor=actor,
        target=sale,
    )


@proposals.proposal_kind(KIND, permission_to_propose=DRAFTS, permission_to_approve=PAYS)
def _pay(*, payload: dict[str, Any], actor: Actor) -> str:
    sale = moves.locked(payload["sale_id"])
    _refuse(sale)
    shares = proceeds_of(sale)
    pair = (sale.project_id, sale.quote_id)
    legs = [
        Leg(fund.proceeds_account(sale), -shares.paid),
        Leg(customer_accounts([pair])[pair], shares.project),
        Leg(house_account(asset_id=sale.quote_id, purpose=FEES), shares.fee),
    ]
    if shares.paid:
        post(
            kind="sale_proceeds",
            reference=f"{sale.purpose}:proceeds",
            legs=[leg for leg in legs if leg.available],
        )
    cancel.return_tokens(sale)
    sale.paid_at = clock.now()
    sale.save(update_fields=["paid_at"])
    record(
        actor=actor,
        verb="sales.pay_project",
        target=sale,
        after={"project": shares.project, "fee": shares.fee, "unsold": shares.unsold},
    )
    outbox.announce("sales.paid", sale_id=sale.pk)
    return f"{plain(shares.project)} {sale.quote} paid"


def _refuse(sale: Sale) -> None:
    if sale.state not in SETTLED:
        raise NotReady("Everybody is settled first.", limit=sale.state)
    if sale.paid_at is not None:
        raise NotReady("The project is paid already.")
