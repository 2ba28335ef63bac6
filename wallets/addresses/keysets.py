"""Which public keys our addresses come from.

Whoever could change them could have every deposit paid to themselves, so a new key set is a
proposal that a second person approves after comparing its first address with the signer's or the
cold wallet's own display. A retired set's addresses stay ours.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from exchange.assets.models import Network
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound
from wallets.addresses import derive
from wallets.addresses.models import KeySet

PERMISSION = "wallets.register_key_set"
KIND = "addresses.register_key_set"
RETIRE = "addresses.retire_key_set"


def register(
    *,
    network: Network,
    name: str,
    role: str,
    scheme: str,
    public: str,
    actor: Actor,
    reason: str,
    signer_key: str = "",
    threshold: int = 1,
    signers: int = 1,
    first_address: str = "",
) -> KeySet:
    """Register the public half of a wallet: for the seed and for approved proposals.

    The same name with the same contents is the same set. `first_address` is what the holder of the
    private half says address 0 is; it must be what is derived here. Raises PermissionRefused,
    BadKey, Conflict when the role has an active set already or the name has other contents.
    """
    actor.require(PERMISSION)
    _checked(network, name, role, scheme, public, threshold, signers, first_address)
    with transaction.atomic():
        Network.objects.select_for_update(no_key=True).get(pk=network.pk)
        wanted = {
            "role": role,
            "scheme": scheme,
            "public": public,
            "threshold": threshold,
            "signers": signers,
            "signer_key": signer_key,
        }
        standing = KeySet.objects.filter(network=network, name=name).first()
        if standing is not None:
            if any(getattr(standing, field) != value for field, value in wanted.items()):
                raise Conflict(
                    _("%(name)s exists with other contents.") % {"name": name}, field="name"
                )
            return standing
        if KeySet.objects.filter(network=network, role=role, active=True).exists():
            raise Conflict(
                _("%(network)s has an active %(role)s key set. Retire it first.")
                % {"network": network.name, "role": role},
                field="role",
            )
        made = KeySet.objects.create(network=network, name=name, **wanted)
        record(
            actor=actor,
            verb="addresses.register_key_set",
            target=made,
            reason=reason,
            after={"network": network.code, "name": name, **wanted},
        )
    return made


def propose(
    *,
    network_code: str,
    name: str,
    role: str,
    scheme: str,
    public: str,
    actor: Actor,
    reason: str,
    signer_key: str = "",
    threshold: int = 1,
    signers: int = 1,
    first_address: str = "",
) -> Proposal:
    """Ask a colleague to register a key set. Raises as `register`, but for what time changes."""
    network = _network(network_code)
    _checked(network, name, role, scheme, public, threshold, signers, first_address)
    first = derive.derived(network=network, scheme=scheme, public=public, index=0)
    return proposals.propose(
        kind=KIND,
        payload={
            "network": network_code,
            "name": name,
            "role": role,
            "scheme": scheme,
            "public": public,
            "signer_key": signer_key,
            "threshold": threshold,
            "signers": signers,
            "first_address": first.address,
        },
        summary=f"Register {name} on {network_code} as {role}; its first address is"
        f" {first.address}",
        reason=reason,
        actor=actor,
        target=network,
    )


@proposals.proposal_kind(KIND, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _register(*, payload: dict[str, Any], actor: Actor) -> str:
    made = register(
        network=_network(payload["network"]),
        actor=actor,
        reason="approved proposal",
        **{name: value for name, value in payload.items() if name != "network"},
    )
    return f"{made.name} makes {made.role} addresses on {payload['network']}"


def propose_retirement(*, key_set_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to stop a set from making new addresses. Raises NotFound, Conflict."""
    keys = KeySet.objects.select_related("network").filter(pk=key_set_id).first()
    if keys is None:
        raise NotFound(f"There is no key set {key_set_id}.", field="key_set_id")
    if not keys.active:
        raise Conflict(_("This key set is retired already."))
    return proposals.propose(
        kind=RETIRE,
        payload={"key_set_id": key_set_id},
        summary=f"Retire {keys.name} on {keys.network.code}: it makes no new addresses",
        reason=reason,
        actor=actor,
        target=keys,
    )


@proposals.proposal_kind(RETIRE, permission_to_propose=PERMISSION, permission_to_approve=PERMISSION)
def _retire(*, payload: dict[str, Any], actor: Actor) -> str:
    keys = KeySet.objects.select_for_update().get(pk=payload["key_set_id"])
    if not keys.active:
        raise Conflict(_("This key set is retired already."))
    keys.active = False
    keys.save(update_fields=["active"])
    record(actor=actor, verb="addresses.retire_key_set", target=keys)
    return f"{keys.name} makes no new addresses; what is paid to the old ones still counts"


def _network(code: str) -> Network:
    network = Network.objects.filter(code=code).first()
    if network is None:
        raise NotFound(f"There is no network {code}.", field="network")
    return network


def _checked(
    network: Network,
    name: str,
    role: str,
    scheme: str,
    public: str,
    threshold: int,
    signers: int,
    first_address: str,
) -> None:
    if not name or len(name) > 40:
        raise Invalid("A name has 1 to 40 characters.", field="name", limit=40)
    if role not in KeySet.Role.values:
        raise Invalid(f"There is no role {role}.", field="role", limit=KeySet.Role.values)
    if scheme not in KeySet.Scheme.values:
        raise Invalid(f"There is no scheme {scheme}.", field="scheme", limit=KeySet.Scheme.values)
    if not 1 <= threshold <= signers:
        raise Invalid("The threshold is from one to all of them.", field="threshold", limit=signers)
    derive.check(
        network=network, scheme=scheme, public=public, threshold=threshold, signers=signers
    )
    first = derive.derived(network=network, scheme=scheme, public=public, index=0)
    if first_address and first_address not in (first.address, first.key):
        raise Invalid(
            _("Its first address is %(here)s here, and %(there)s there.")
            % {"here": first.address, "there": first_address},
            field="first_address",
            limit=first.address,
        )
