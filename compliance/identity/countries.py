"""Change a country's rules while the exchange runs: one person proposes, another approves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.identity import jurisdictions
from compliance.identity.models import CountryRule
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor
from exchange.core.errors import Invalid

KIND = "identity.change_jurisdiction"
PERMISSION = "compliance.change_jurisdiction"


def propose_change(
    *, country: str, changes: Mapping[str, object], reason: str, actor: Actor
) -> Proposal:
    """Ask a colleague to change a country's rules; no changes means back to the table.

    Raises Invalid for an unknown country, column or value, and without a reason.
    """
    now = jurisdictions.rules_of(country)
    if not now.code:
        raise Invalid("Name a country.", field="country")
    checked = jurisdictions.checked_changes(changes)
    said = ", ".join(f"{k}: {v}" for k, v in sorted(checked.items())) or "back to the table"
    return proposals.propose(
        kind=KIND,
        payload={"country": country, "changes": checked, "reason": reason[:500]},
        summary=f"Change the rules for {now.name}: {said}"[:300],
        reason=reason,
        actor=actor,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _change(*, payload: dict[str, Any], actor: Actor) -> str:
    changes = jurisdictions.checked_changes(payload["changes"])
    before = CountryRule.objects.select_for_update().filter(country=payload["country"]).first()
    row, _created = CountryRule.objects.update_or_create(
        country=payload["country"],
        defaults={
            "changes": changes,
            "reason": payload["reason"],
            "changed_at": clock.now(),
            "changed_by": actor.label,
            "applied_to": 0,
            "applied_at": None,
        },
    )
    record(
        actor=actor,
        verb="identity.change_jurisdiction",
        target=row,
        reason=payload["reason"],
        before=before.changes if before else {},
        after=changes,
    )
    dispatch.after_commit("identity.apply_rules")
    return f"the rules for {jurisdictions.name_of(row.country)} are changed"
