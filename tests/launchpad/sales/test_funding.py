"""The tokens of a sale are moved as a second person approved it, or not at all."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import transaction

from exchange.audit import proposals
from launchpad.sales import approve, draft, fund
from launchpad.sales.models import Sale
from tests import factories
from tests.factories import sales as s
from tests.factories.accounts import staff

pytestmark = pytest.mark.django_db


def approved(sale: Sale) -> None:
    payload = {"sale_id": sale.pk, "terms": approve.fingerprint(sale)}
    with transaction.atomic():
        approve.carry_out(payload=payload, actor=factories.SYSTEM)


def test_a_funding_proposed_for_other_terms_moves_nothing():
    sale = s.drafted()
    approved(sale)
    desk = staff(draft.DRAFTS)
    asked = fund.propose(sale_id=sale.pk, source="house:capital", actor=desk, reason="ready")
    draft.reopen(sale_id=sale.pk, actor=desk, reason="more is offered")
    draft.save(
        sale_id=sale.pk, values={"offered": D(900_000)}, tiers=s.TIERS, actor=desk, reason="more"
    )
    approved(sale)

    decided = proposals.approve(proposal_id=asked.pk, actor=staff(approve.APPROVES))

    sale.refresh_from_db()
    assert (decided.state, sale.funded_from) == ("failed", "")
    assert factories.house("NEW", sale.purpose) == 0
