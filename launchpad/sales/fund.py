"""The tokens that are for sale stand in a house account of the sale before anybody hears of it."""

from __future__ import annotations

from typing import Any

from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid
from exchange.core.money import plain
from exchange.ledger.accounts import CAPITAL, FEES, customer_accounts, house_account
from exchange.ledger.post import transfer
from launchpad.sales import moves
from launchpad.sales.approve import APPROVES
from launchpad.sales.draft import DRAFTS
from launchpad.sales.errors import NotReady
from launchpad.sales.models import Sale
from launchpad.sales.states import State

KIND = "sales.fund_sale"
PROJECT = "project"
HOUSE = {f"house:{purpose}": purpose for purpose in (CAPITAL, FEES)}
SOURCES = (PROJECT, *HOUSE)


def propose(*, sale_id: int, source: str, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to move the tokens from the project's account, or from funds of the house.

    Raises NotReady unless the sale is approved and has no tokens yet, Invalid for another source.
    """
    actor.require(DRAFTS)
    if source not in SOURCES:
        raise Invalid("No tokens come from there.", field="source", limit=SOURCES)
    sale = moves.get(sale_id)
    _refuse(sale)
    return proposals.propose(
        kind=KIND,
        payload={"sale_id": sale_id, "source": source, "offered": plain(sale.offered)},
        summary=f"Move {plain(sale.offered)} {sale.asset} from {source} into the sale {sale}",
        reason=reason,
        actor=actor,
        target=sale,
    )


@proposals.proposal_kind(KIND, permission_to_propose=DRAFTS, permission_to_approve=APPROVES)
def carry_out(*, payload: dict[str, Any], actor: Actor) -> str:
    sale = moves.locked(payload["sale_id"])
    _refuse(sale)
    if payload.get("offered", plain(sale.offered)) != plain(sale.offered):
        raise NotReady("The terms were changed after it was proposed.")
    sale.funded_from = (
        f"customer:{sale.project_id}" if payload["source"] == PROJECT else payload["source"]
    )
    transfer(
        kind="sale_funding",
        reference=f"{sale.purpose}:funding",
        source=source_account(sale),
        destination=tokens_account(sale),
        amount=sale.offered,
    )
    sale.save(update_fields=["funded_from"])
    record(
        actor=actor,
        verb="sales.fund",
        target=sale,
        after={"from": sale.funded_from, "amount": sale.offered, "asset": sale.asset.code},
    )
    return f"{plain(sale.offered)} {sale.asset} stand ready"


def tokens_account(sale: Sale) -> int:
    """The house's account of the tokens for sale."""
    return house_account(asset_id=sale.asset_id, purpose=sale.purpose)


def proceeds_account(sale: Sale) -> int:
    """The house's account of what customers paid."""
    return house_account(asset_id=sale.quote_id, purpose=sale.purpose)


def source_account(sale: Sale) -> int:
    """Where the tokens came from, and where those that nobody bought go back to."""
    if sale.funded_from in HOUSE:
        return house_account(asset_id=sale.asset_id, purpose=HOUSE[sale.funded_from])
    pair = (sale.project_id, sale.asset_id)
    return customer_accounts([pair])[pair]


def _refuse(sale: Sale) -> None:
    if sale.state != State.APPROVED:
        raise NotReady("Tokens are moved once the sale is approved.", limit=sale.state)
    if sale.funded_from:
        raise NotReady("Its tokens stand ready already.")
