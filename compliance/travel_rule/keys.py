"""Our own name among providers, and the key with which we sign. Its private half is sealed."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from compliance.travel_rule.ivms101.parts import Provider
from compliance.travel_rule.models import ProviderKey
from compliance.travel_rule.wire import public_of
from exchange.audit.record import record
from exchange.core import clock, vault
from exchange.core.actors import Actor
from exchange.core.errors import NotFound

PERMISSION = "compliance.change_directory"


def ourselves() -> Provider:
    return Provider(
        name=settings.TRAVEL_RULE_NAME,
        lei=settings.TRAVEL_RULE_LEI,
        country=settings.TRAVEL_RULE_COUNTRY,
    )


def make(*, actor: Actor, reason: str = "") -> ProviderKey:
    """Make a key and use it from now on; the one before is retired. Tell the others first: what
    is signed with a key that they do not know yet, they refuse."""
    actor.require(PERMISSION)
    key = Ed25519PrivateKey.generate()
    public = public_of(key)
    with transaction.atomic():
        ProviderKey.objects.select_for_update().filter(retired_at=None).update(
            retired_at=clock.now()
        )
        made = ProviderKey.objects.create(
            public_key=public,
            sealed=vault.seal(key.private_bytes_raw(), context=f"provider-key:{public}"),
            made_at=clock.now(),
        )
        record(
            actor=actor,
            verb="travel_rule.make_key",
            target=made,
            reason=reason,
            after={"public_key": public},
        )
    return made


def in_use() -> Ed25519PrivateKey:
    """Raises NotFound while there is none."""
    row = ProviderKey.objects.filter(retired_at=None).first()
    if row is None:
        raise NotFound("There is no key for travel-rule messages yet.")
    raw = vault.unseal(bytes(row.sealed), context=f"provider-key:{row.public_key}")
    return Ed25519PrivateKey.from_private_bytes(raw)
