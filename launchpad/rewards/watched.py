"""What this room tells those who watch (`core.facts`): rewards that were paid, held and refused.

A reward names the browser its receiver last logged in with: many accounts of one browser that are
each given something, and each take it out, are one farm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from django.db import connection

from exchange.accounts.told import DEVICE_LETTERS
from exchange.core import facts
from exchange.core.facts import FactKind, NewFact
from launchpad.rewards.models import Campaign, Reward
from wallets.deposits.worth import worth_usdt

_PAID = f"""
SELECT r.id, r.customer_id, r.of, r.amount, c.id, c.kind, a.code, coalesce((
           SELECT left(d.fingerprint, {DEVICE_LETTERS}) FROM exchange_logindevice d
             JOIN exchange_customer o ON o.user_id = d.user_id
            WHERE o.id = r.customer_id ORDER BY d.last_seen DESC LIMIT 1), '')
  FROM launchpad_payoutline l
  JOIN launchpad_reward r ON r.id = split_part(l.of, ':', 2)::bigint
  JOIN launchpad_campaign c ON c.id = r.campaign_id
  JOIN launchpad_programme p ON p.id = c.programme_id JOIN exchange_asset a ON a.id = p.asset_id
 WHERE l.payout_id = %s AND l.number BETWEEN %s AND %s ORDER BY r.id
"""  # noqa: S608  a number of ours


def paid(*, payout_id: int, first: int, last: int, at: datetime) -> None:
    """The rewards of a batch's lines, in the batch's transaction: a read, and a COPY for each ten
    thousand."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [payout_id, first, last])
        rows = cursor.fetchall()
    for start in range(0, len(rows), facts.MOST_AT_ONCE):
        facts.report_many(_of_rows(rows[start : start + facts.MOST_AT_ONCE], at))


def held(reward: Reward, codes: Iterable[str], *, at: datetime) -> None:
    """It waits for a person; `codes` say why, and nothing of whom."""
    _tell(FactKind.REWARD_HELD, reward, at, sorted(set(codes)))


def refused(reward: Reward, *, at: datetime) -> None:
    """A person looked, and it is not given."""
    _tell(FactKind.REWARD_REFUSED, reward, at, ["decided"])


def had_already(
    campaign: Campaign, *, customer_id: int, of: str, amount: Decimal, at: datetime
) -> None:
    """The same person has it, with another account. However often they ask, it is one fact."""
    code = campaign.programme.asset.code
    facts.report(
        kind=FactKind.REWARD_REFUSED,
        customer_id=customer_id,
        at=at,
        reference=f"had:{campaign.pk}:{customer_id}:{of}",
        asset=code,
        amount=amount,
        usd=worth_usdt(code, amount),
        extra={"campaign": campaign.pk, "of": campaign.kind, "because": ["person"]},
    )


def _tell(kind: FactKind, reward: Reward, at: datetime, codes: list[str]) -> None:
    campaign = reward.campaign
    code = campaign.programme.asset.code
    facts.report(
        kind=kind,
        customer_id=reward.customer_id,
        at=at,
        reference=f"reward:{reward.pk}",
        asset=code,
        amount=reward.amount,
        usd=worth_usdt(code, reward.amount),
        extra={"campaign": campaign.pk, "of": campaign.kind, "because": codes},
    )


def _of_rows(rows: list[tuple], at: datetime) -> Iterator[NewFact]:
    worth = {code: worth_usdt(code, Decimal(1)) for code in {row[6] for row in rows}}
    for pk, customer_id, of, amount, campaign_id, kind, code, device in rows:
        one = worth[code]
        yield NewFact(
            kind=FactKind.REWARD_PAID,
            customer_id=customer_id,
            at=at,
            reference=f"reward:{pk}",
            asset=code,
            amount=amount,
            usd=None if one is None else (amount * one).quantize(Decimal("0.000001")),
            device=device,
            extra={"campaign": campaign_id, "of": kind, "for": of},
        )
