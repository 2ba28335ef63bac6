"""What a wallet can spend right now: confirmed, and not set aside for another transaction.

Read while the wallet's key set is locked. Every figure comes from one statement, so that a block
that is followed meanwhile is either wholly in it or not at all.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import F

from exchange.assets.models import AssetNetwork
from exchange.core.errors import NotFound
from wallets.addresses.models import Address, KeySet
from wallets.sending.coins import Spendable

MOST_COINS = 2_000
COINBASE_MATURITY = 100
UNDER_WAY = ["prepared", "signed", "broadcast", "dropped"]

# Deposits are spent only once they are as deep as a credit needs; our own change at one block.
_COINS = """
SELECT c.id, c.units
  FROM wallets_coin c
  JOIN wallets_address a ON a.id = c.address_id
  JOIN wallets_keyset k ON k.id = a.key_set_id
  JOIN exchange_network n ON n.id = c.network_id
  JOIN wallets_networkwatch w ON w.network_id = c.network_id
 WHERE a.key_set_id = %(key_set)s AND (%(source)s::bigint IS NULL OR a.id = %(source)s)
   AND c.reserved_by_id IS NULL AND c.spent_height IS NULL
   AND c.height <= w.height + 1 - CASE WHEN c.coinbase THEN %(maturity)s
                                       WHEN k.role = 'deposit' THEN n.confirmations
                                       ELSE 1 END
 ORDER BY c.units DESC, c.id LIMIT %(most)s
"""

# What is on the account, less what transactions under way will take. Of a bumped one only the
# newest counts (rivals for one nonce); it costs at least as much as the one that it replaces.
_ON_ACCOUNT = """
SELECT coalesce((SELECT units FROM wallets_accountbalance
                  WHERE address_id = %(address)s AND asset_network_id = %(asset_network)s), 0)
     - coalesce((SELECT sum(p.units)
                   FROM wallets_chaintransaction t
                   JOIN wallets_payment p ON p.transaction_id = t.id
                  WHERE t.source_id = %(address)s AND t.state = ANY(%(states)s)
                    AND p.asset_network_id = %(asset_network)s
                    -- a Safe or a vault pays that: ours is the gas only
                    AND t.purpose NOT IN ('cold', 'vault_out')
                    AND NOT EXISTS (SELECT 1 FROM wallets_chaintransaction newer
                                     WHERE newer.replaces_id = t.id
                                       AND newer.state = ANY(%(states)s))), 0)
     - CASE WHEN %(native)s THEN
       coalesce((SELECT sum(t.fee_units)
                   FROM wallets_chaintransaction t
                  WHERE t.source_id = %(address)s AND t.state = ANY(%(states)s)
                    AND NOT EXISTS (SELECT 1 FROM wallets_chaintransaction newer
                                     WHERE newer.replaces_id = t.id
                                       AND newer.state = ANY(%(states)s))), 0)
       ELSE 0 END
"""

# The first nonce after the last one that was mined which no transaction of ours claims.
_NONCE = """
WITH mined AS (
    SELECT coalesce(max(nonce), -1) AS nonce FROM (
        SELECT nonce FROM wallets_chaintransaction
         WHERE source_id = %(address)s AND nonce IS NOT NULL
           AND state IN ('confirmed', 'failed')
         UNION ALL
        SELECT nonce FROM wallets_foreignspend
         WHERE address_id = %(address)s AND nonce IS NOT NULL) n),
claimed AS (
    SELECT nonce FROM wallets_chaintransaction
     WHERE source_id = %(address)s AND nonce IS NOT NULL AND state <> 'abandoned'
       AND nonce > (SELECT nonce FROM mined)
     UNION SELECT nonce FROM mined)
SELECT min(nonce) + 1 FROM claimed c
 WHERE NOT EXISTS (SELECT 1 FROM claimed d WHERE d.nonce = c.nonce + 1)
"""


def coins_of(key_set: KeySet, *, source: Address | None = None) -> list[Spendable]:
    """The wallet's coins that may be spent now, the largest first, at most 2,000."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COINS,
            {
                "key_set": key_set.pk,
                "source": source.pk if source else None,
                "maturity": COINBASE_MATURITY,
                "most": MOST_COINS,
            },
        )
        return [Spendable(row_id, int(units)) for row_id, units in cursor.fetchall()]


def on_account(address: Address, what: AssetNetwork) -> int:
    """Units of an asset that an address can still spend, gas reserved by others taken off."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ON_ACCOUNT,
            {
                "address": address.pk,
                "asset_network": what.pk,
                "native": not what.contract,
                "states": UNDER_WAY,
            },
        )
        return int(cursor.fetchone()[0])


def native_on_account(address: Address) -> int:
    return on_account(address, native_of(address.network_id))


def native_of(network_id: int) -> AssetNetwork:
    """What fees are paid in on a network. Raises NotFound when it is not set up as an asset."""
    found = AssetNetwork.objects.filter(
        network_id=network_id, asset__code=F("network__native_asset")
    ).first()
    if found is None:
        raise NotFound("The network's own asset is not listed on it.", field="network")
    return found


def next_nonce(address_id: int) -> int:
    """The nonce of an address's next transaction, while its wallet is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_NONCE, {"address": address_id})
        return int(cursor.fetchone()[0])
