"""Which vaults there are: named by two people here, and by an administrator in the signer's policy.

The policy decides: a vault that it does not name is refused before anything is written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from eth_utils import is_address, to_checksum_address

from exchange.assets.models import AssetNetwork
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from exchange.core.money import parse, plain, to_units
from wallets import chains
from wallets.addresses.models import KeySet
from wallets.custody.models import Vault
from wallets.custody.vaults.calls import Reader
from wallets.sending import signer

PERMISSION = "wallets.register_vault"
KIND = "custody.register_vault"
EVM = "evm"


class NotInPolicy(Refused):
    """The signer's policy names no such vault: nothing would ever be signed."""

    code = "vault_not_in_policy"


def propose_vault(
    *, asset_network_id: int, address: str, alone: Decimal, actor: Actor, reason: str
) -> Proposal:
    """Ask a colleague to let a network's hot wallet lend an asset to a vault. `alone` is how much
    of it one person may move in 24 hours.

    Raises PermissionRefused, NotFound, Invalid, Conflict (another asset's vault, no hot wallet),
    NotInPolicy, SignerUnavailable, ChainUnavailable.
    """
    actor.require(PERMISSION)
    _, what, address, alone = _examined(asset_network_id, address, alone)
    return proposals.propose(
        kind=KIND,
        payload={"asset_network": what.pk, "address": address, "alone": plain(alone)},
        summary=(
            f"Lend {what.asset.code} on {what.network.code} to the vault {address}; one person"
            f" moves up to {plain(alone)} a day"
        ),
        reason=reason,
        actor=actor,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _registered(*, payload: dict[str, Any], actor: Actor) -> str:
    made = register(
        asset_network_id=int(payload["asset_network"]),
        address=payload["address"],
        alone=Decimal(payload["alone"]),
        actor=actor,
    )
    return f"{made} is registered"


def register(*, asset_network_id: int, address: str, alone: Decimal, actor: Actor) -> Vault:
    """Enter a vault, or the new limit of one: by an approved proposal, or one of our own processes.

    Raises as `propose_vault` does.
    """
    actor.require(PERMISSION)
    hot, what, address, alone = _examined(asset_network_id, address, alone)
    with transaction.atomic():
        made, new = Vault.objects.get_or_create(
            key_set=hot,
            address=address,
            defaults={
                "asset_network": what,
                "alone": to_units(alone, what.decimals),
                "registered_by": actor.label,
                "registered_at": clock.now(),
            },
        )
        if not new:
            made.alone = to_units(alone, what.decimals)
            made.save(update_fields=["alone"])
        record(
            actor=actor,
            verb="custody.register_vault",
            target=made,
            after={"address": address, "asset": what.asset.code, "alone": plain(alone)},
        )
    return made


def limits_of(key_set: KeySet, address: str) -> dict[str, Any]:
    """What the signer's policy says of a vault. Raises NotInPolicy, SignerUnavailable."""
    key = signer.status()["keys"].get(key_set.signer_key, {})
    found = key.get("vaults", {}).get(address.lower())
    if found is None:
        raise NotInPolicy(
            f"The signer's policy does not let {key_set.name} lend to {address}: an administrator"
            " has to name the vault in it first.",
            field="vault",
        )
    return dict(found)


def _examined(
    asset_network_id: int, address: str, alone: Decimal
) -> tuple[KeySet, AssetNetwork, str, Decimal]:
    what = (
        AssetNetwork.objects.select_related("asset", "network").filter(pk=asset_network_id).first()
    )
    if what is None:
        raise NotFound("This asset is not on this network.", field="asset_network")
    if not is_address(address):
        raise Invalid("This is no address of a contract.", field="address")
    address = to_checksum_address(address)
    if what.network.family != EVM or not what.contract:
        raise Invalid("Vaults take tokens of EVM networks.", field="asset_network")
    if what.network.code not in chains.configured():
        raise Conflict(f"There is no node for {what.network.code}.", field="network")
    alone = parse(alone, field="alone", precision=what.decimals)
    hot = KeySet.objects.filter(network=what.network, role="hot", active=True).first()
    if hot is None:
        raise Conflict(f"There is no hot wallet on {what.network.code}.", field="network")
    named = limits_of(hot, address)
    token = Reader(what.network.code).asset(address)
    if token.lower() != what.contract.lower() or named["asset"] != what.asset.code:
        raise Conflict(f"This vault takes {token}, which is not {what}.", field="address")
    return hot, what, address, alone
