"""The directory of other providers. What decides where personal data go takes two people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from compliance.travel_rule import client
from compliance.travel_rule.client import Unreachable
from compliance.travel_rule.ivms101.validate import LEI
from compliance.travel_rule.ivms101.words import COUNTRIES
from compliance.travel_rule.models import Counterparty, CounterpartyAddress
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid, NotFound

CHANGE = "compliance.change_directory"
CHANGE_KIND = "travel_rule.change_counterparty"
FIELDS = ("name", "lei", "jurisdiction", "endpoint", "public_key", "status", "note")
Status, Proof = Counterparty.Status, CounterpartyAddress.Proof


def propose(*, values: dict[str, str], actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to enter a provider, or to change one (named by its LEI).

    Raises Invalid naming the field, Conflict, PermissionRefused.
    """
    clean = _clean(values)
    known = Counterparty.objects.filter(lei=clean["lei"]).first()
    before = {name: getattr(known, name) for name in FIELDS} if known is not None else {}
    changes = {name: value for name, value in clean.items() if before.get(name, "") != value}
    if not changes:
        raise Invalid("Nothing would change.", field="name")
    words = "; ".join(f"{name}: {value or 'nothing'}" for name, value in sorted(changes.items()))
    what = f"Change {known.name}" if known is not None else f"Enter {clean['name']}"
    return proposals.propose(
        kind=CHANGE_KIND,
        payload={"values": clean},
        summary=f"{what} in the directory of providers. {words}"[:1000],
        reason=reason,
        actor=actor,
        target=known,
    )


@proposals.proposal_kind(CHANGE_KIND, permission_to_propose=CHANGE, permission_to_approve=CHANGE)
def _change(*, payload: dict[str, Any], actor: Actor) -> str:
    return f"{enter(values=payload['values'], actor=actor)} stands in the directory"


def enter(*, values: dict[str, str], actor: Actor) -> Counterparty:
    """Write a provider down. Staff propose it; seeds and approvals call it."""
    actor.require(CHANGE)
    clean = _clean(values)
    with transaction.atomic():
        row = Counterparty.objects.select_for_update().filter(lei=clean["lei"]).first()
        row = row or Counterparty(lei=clean["lei"])
        before = {name: getattr(row, name) for name in FIELDS} if row.pk else {}
        for name, value in clean.items():
            setattr(row, name, value)
        row.save()
        record(
            actor=actor,
            verb="travel_rule.change_counterparty",
            target=row,
            before=before,
            after=clean,
        )
    return row


def suspend(*, counterparty_id: int, actor: Actor, reason: str) -> Counterparty:
    """Stop exchanging anything with a provider at once. One person may: it is the safe way."""
    actor.require(CHANGE)
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    with transaction.atomic():
        row = Counterparty.objects.select_for_update().filter(pk=counterparty_id).first()
        if row is None:
            raise NotFound(f"There is no provider {counterparty_id}.", field="counterparty_id")
        before, row.status = row.status, Status.SUSPENDED
        row.save()
        record(
            actor=actor,
            verb="travel_rule.suspend_counterparty",
            target=row,
            reason=reason,
            before={"status": before},
            after={"status": row.status},
        )
    return row


def note_address(
    *, counterparty_id: int, network: str, key: str, evidence: str, actor: Actor
) -> CounterpartyAddress:
    """Write down that an address is a provider's, and how that is known."""
    actor.require(CHANGE)
    if not evidence.strip():
        raise Invalid("Say how that is known.", field="evidence")
    return _keep_address(counterparty_id, network, key, Proof.NOTED, evidence, actor)


def ask_address(
    *, counterparty_id: int, network: str, address: str, key: str, actor: Actor
) -> CounterpartyAddress | None:
    """Ask a provider whether an address is its own; its signed yes is the proof. None: it is not.

    Raises Conflict when it can't be asked.
    """
    actor.require(CHANGE)
    row = Counterparty.objects.filter(pk=counterparty_id).first()
    if row is None or not row.reachable:
        raise Conflict("This provider can't be asked.")
    try:
        answer = client.ask(row, "addresses", {"network": network, "address": address}, about=None)
    except Unreachable as error:
        raise Conflict(f"It did not answer: {error}") from error
    if answer.body.get("outcome") != "ours":
        return None
    evidence = f"its signed answer of {clock.now():%Y-%m-%d %H:%M} UTC"
    return _keep_address(counterparty_id, network, key, Proof.CONFIRMED, evidence, actor)


def _keep_address(
    counterparty_id: int, network: str, key: str, proof: str, evidence: str, actor: Actor
) -> CounterpartyAddress:
    if not network or not key or len(network) > 20 or len(key) > 128:
        raise Invalid("Name a network and an address.", field="key")
    with transaction.atomic():
        row, made = CounterpartyAddress.objects.get_or_create(
            network=network,
            key=key,
            defaults={
                "counterparty_id": counterparty_id,
                "proof": proof,
                "evidence": evidence[:500],
                "at": clock.now(),
            },
        )
        if not made and row.counterparty_id != counterparty_id:
            raise Conflict("This address is known to be another provider's.", field="key")
        if not made and proof == Proof.CONFIRMED:
            row.proof, row.evidence, row.at = proof, evidence[:500], clock.now()
            row.save()
        record(
            actor=actor,
            verb="travel_rule.note_address",
            target=row,
            reason=evidence,
            after={"counterparty": counterparty_id, "network": network, "key": key},
        )
    return row


def active() -> list[Counterparty]:
    """Providers that a customer can choose from, by name."""
    return list(Counterparty.objects.exclude(status=Status.SUSPENDED).order_by("name")[:500])


def _clean(values: dict[str, str]) -> dict[str, str]:
    clean = {name: str(values.get(name, "")).strip() for name in FIELDS}
    clean["lei"], clean["jurisdiction"] = clean["lei"].upper(), clean["jurisdiction"].upper()
    clean["status"] = clean["status"] or Status.CHECKED
    if not clean["name"] or len(clean["name"]) > 100:
        raise Invalid("A name has 1 to 100 characters.", field="name", limit=100)
    if not LEI.match(clean["lei"]):
        raise Invalid("An LEI has 18 capitals or digits, and two digits.", field="lei")
    if clean["jurisdiction"] not in COUNTRIES:
        raise Invalid("Name the country by its two letters.", field="jurisdiction")
    if clean["status"] not in Status.values:
        raise Invalid("There is no such status.", field="status")
    if len(clean["note"]) > 500:
        raise Invalid("A note has at most 500 characters.", field="note", limit=500)
    _refuse_bad_endpoint(clean)
    return clean


def _refuse_bad_endpoint(clean: dict[str, str]) -> None:
    parts = urlsplit(clean["endpoint"])
    if clean["endpoint"]:
        secure = parts.scheme == "https" or (
            settings.TRAVEL_RULE_PLAIN_HTTP and parts.scheme == "http"
        )
        if not secure or not parts.hostname or parts.query or parts.username:
            raise Invalid("An endpoint is an https address.", field="endpoint")
        if len(clean["endpoint"]) > 300:
            raise Invalid("That address is too long.", field="endpoint", limit=300)
        if not clean["public_key"]:
            raise Invalid(
                "An endpoint needs the key that its answers are signed with.", field="public_key"
            )
    if clean["public_key"]:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(clean["public_key"]))
        except ValueError as error:
            raise Invalid("A key has 64 hexadecimal digits.", field="public_key") from error
