"""A crowd that has subscribed to a sale, written by COPY as if everybody had come by themselves."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from random import Random

from django.db import connection, transaction

from compliance.identity.models import Identity
from exchange.accounts.models import Customer, User
from exchange.assets.models import Asset
from exchange.core import clock, copy, vault
from exchange.ledger import accounts
from exchange.ledger.post import Batch
from launchpad.sales import announce, draw
from launchpad.sales.models import WHOLE_PPM, Sale, SaleBook
from launchpad.sales.terms import lots_of

AT_ONCE = 5_000
# Rows like one that is there, with numbers of their own.
_LIKE = """
INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({own}))).*
  FROM {table} t, unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(login, holder, known)
 WHERE t.id = %s
"""
_OWN = {
    "exchange_user": "'id', n.login, 'email', 'crowd' || n.login || '@example.com'",
    "exchange_customer": "'id', n.holder, 'user_id', n.login",
    "compliance_identity": "'id', n.known, 'customer_id', n.holder",
}
TICKET = 40  # USDT


def open_sale(*, people: int, mode: str, lots: int, first_ppm: int = WHOLE_PPM) -> Sale:
    """A sale that is open, with so many subscriptions of 40 to 400 USDT each."""
    now = clock.now()
    first, ids = _crowd(people)
    token, money = _asset("NEW"), _asset("USDT")
    vested = first_ppm < WHOLE_PPM
    sale = Sale.objects.create(
        name="New token", about="-", risks="-", asset=token, quote=money, project=first, mode=mode,
        price=Decimal("0.4"), lot=1, offered=lots, least=TICKET, most=10 * TICKET, ticket_lots=100,
        public_input="inputs", state="open", funded_from="house:capital", first_ppm=first_ppm,
        periods=4 if vested else 0, created_at=now, snapshot_at=now - timedelta(hours=2),
        opens_at=now - timedelta(hours=1), closes_at=now, distributes_at=now,
    )  # fmt: skip
    secret = hashlib.sha256(b"benchmark").digest()
    sale.seed_sealed = vault.seal(secret, context=f"sale:{sale.pk}")
    sale.seed_hash = draw.digest(secret)
    sale.save()
    announce.SaleRelease.objects.bulk_create(announce.schedule(sale))
    with transaction.atomic():
        _give(sale)
        _subscribe(sale, ids, Random(1))
    return sale


def _crowd(people: int) -> tuple[Customer, list[int]]:
    """The project, and so many others like it, all identified."""
    first = Customer.objects.create(user=User.objects.create(email="crowd@example.com"))
    known = Identity.objects.create(
        customer=first, tier=2, risk="low", country="BR", approved_at=clock.now()
    )
    users = copy.next_ids("exchange_user_id_seq", people)
    ids = copy.next_ids("exchange_customer_id_seq", people)
    identities = copy.next_ids("compliance_identity_id_seq", people)
    numbers = [copy.array(each) for each in (users, ids, identities)]
    with connection.cursor() as cursor:
        for (table, own), template in zip(
            _OWN.items(), (first.user_id, first.pk, known.pk), strict=True
        ):
            cursor.execute(_LIKE.format(table=table, own=own), [*numbers, template])
    return first, list(ids)


def _asset(code: str) -> Asset:
    return Asset.objects.get_or_create(
        code=code, defaults={"name": code, "precision": 8, "kind": "coin"}
    )[0]


def _give(sale: Sale) -> None:
    """Tokens for sale, from the owners."""
    batch = Batch()
    entry = batch.entry("sale_funding", f"{sale.purpose}:funding")
    capital = accounts.house_account(asset_id=sale.asset_id, purpose=accounts.CAPITAL)
    tokens = accounts.house_account(asset_id=sale.asset_id, purpose=sale.purpose)
    batch.leg(entry, capital, f"-{sale.offered}", "0")
    batch.leg(entry, tokens, f"{sale.offered}", "0")
    batch.write()


def _subscribe(sale: Sale, ids: range | list[int], pick: Random) -> None:
    custody = accounts.house_account(asset_id=sale.quote_id, purpose=accounts.CUSTODY)
    first_id = copy.next_ids("launchpad_subscription_id_seq", len(ids))
    made, total, lots = clock.now().isoformat(), 0, 0
    for start in range(0, len(ids), AT_ONCE):
        people = ids[start : start + AT_ONCE]
        found = accounts.customer_accounts((n, sale.quote_id) for n in people)
        batch, lines = Batch(), []
        for place, customer in enumerate(people, start + 1):
            amount = TICKET * pick.randint(1, 10)
            account, row = found[customer, sale.quote_id], first_id[place - 1]
            deposit = batch.entry("deposit", f"crowd:{customer}")
            batch.leg(deposit, custody, f"-{amount}", "0")
            batch.leg(deposit, account, f"{amount}", "0")
            commitment = batch.entry("sale_commit", f"{sale.purpose}:{row}:1")
            batch.leg(commitment, account, f"-{amount}", f"{amount}")
            code = hashlib.sha256(f"{sale.pk}:{customer}".encode()).hexdigest()
            lines.append(
                f"{row}\t{sale.pk}\t{customer}\t{account}\t{place}\t0\t{amount}\t1\t-\t{code}"
                f"\t{made}\t{made}\t0\t0"
            )
            total += amount
            lots += lots_of(sale, Decimal(amount))
        batch.write()
        copy.copy_lines(
            "launchpad_subscription",
            "id sale_id customer_id account place bmx_held committed changes salt code created_at"
            " changed_at released releases".split(),
            lines,
        )
    SaleBook.objects.create(
        sale=sale, places=len(ids), subscribers=len(ids), committed=total, lots=lots
    )


def gather_statistics() -> None:
    """As autovacuum does while a sale is open for days."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
