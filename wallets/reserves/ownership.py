"""Gather proofs that addresses are ours: from the signer, and from cosigners who sign offline.

What is signed was fixed with the snapshot: its name, its time, the network, a block's height and
hash, the address. A signature over any other day's or block's text does not fit, so nothing can be
replayed. Every signature is verified here before it is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from exchange.audit.record import record
from exchange.core import clock, dispatch
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound, Refused
from wallets import chains
from wallets.addresses import derive
from wallets.addresses.models import KeySet
from wallets.chains.interface import ChainUnavailable
from wallets.custody.cold.terms import SafeState, safe_state
from wallets.reserves import bip322, eip191
from wallets.reserves.bip322 import BadProof
from wallets.reserves.models import ReserveAddress, Snapshot
from wallets.reserves.snapshot import State, locked
from wallets.sending import signer
from wallets.sending.errors import SignerRefused, SignerUnavailable

log = logging.getLogger(__name__)

ITSELF = system("reserves.prove")
BATCH = 200
MOST_UPLOADED = 5000
Scheme = KeySet.Scheme
BITCOIN = (Scheme.WPKH, Scheme.WSH_MULTI)


@dataclass(slots=True)
class Report:
    """What came of an upload: addresses proved, those that need more cosigners, those refused."""

    proved: list[str] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def verify(row: ReserveAddress, signature: str) -> None:
    """Raises BadProof unless the signature is by this address's owner, over its very text."""
    if row.scheme in BITCOIN:
        bip322.verify(row.written, row.message, signature)
    elif row.scheme == Scheme.SAFE:
        raise BadProof("A Safe's proof is put together from its owners' signatures.")
    else:
        eip191.verify(row.written, row.message, signature)


def ask_again(*, snapshot_id: int, actor: Actor, reason: str) -> None:
    """Have the signer asked once more for what it refused or did not answer."""
    actor.require("wallets.prove_ownership")
    with transaction.atomic():
        snapshot = _locked_ready(snapshot_id)
        _unsigned(snapshot_id).update(last_error="")
        record(actor=actor, verb="reserves.ask_signer_again", target=snapshot, reason=reason)
        dispatch.after_commit("reserves.prove", queue="reports", snapshot_id=snapshot_id)


def prove_by_signer(*, snapshot_id: int) -> int:
    """Have every address signed whose key the signer holds. Returns how many were proved.

    Stops when the signer is away; the sweep goes on later. A refusal is written down on the row.
    """
    proved = 0
    for row in _to_sign(snapshot_id):
        place = row.address
        try:
            address, signature = signer.message(
                key=place.key_set.signer_key,
                text=row.message,
                index=place.index,
                branch=int(place.change),
            )
            if address != row.written:
                raise BadProof(f"The signer derives {address} there.")
            verify(row, signature)
        except SignerUnavailable as error:
            log.warning("ownership proofs of snapshot %s wait: %s", snapshot_id, error)
            break
        except (SignerRefused, BadProof) as refusal:
            ReserveAddress.objects.filter(pk=row.pk).update(last_error=str(refusal)[:500])
            continue
        proved += _keep(row.pk, signature, ITSELF)
    return proved


def hand_in(*, snapshot_id: int, document: object, actor: Actor) -> Report:
    """Take what cosigners signed. `document` is the file that `offline.py` writes:

    {"snapshot": name, "signatures": [{"network", "address", "signature", "signer"?}, …]}. With
    `signer` (a public key) it is one cosigner's part; enough parts make the proof. One bad
    signature is reported and the rest goes on. Raises Invalid for a document of another shape.
    """
    actor.require("wallets.prove_ownership")
    report = Report()
    safes = _safes(snapshot_id, document)
    with transaction.atomic():
        snapshot = _locked_ready(snapshot_id)
        for entry in _entries(document, snapshot):
            label = f"{entry['network']} {entry['address']}"
            try:
                row = _row(snapshot, entry)
                if row.proved_at is not None:
                    continue
                missing = _take(row, entry, safes, actor)
            except Refused as refusal:
                report.refused.append((label, str(refusal)))
                continue
            if missing:
                report.waiting.append((label, missing))
            else:
                report.proved.append(label)
        record(
            actor=actor,
            verb="reserves.hand_in_proofs",
            target=snapshot,
            after={
                "proved": len(report.proved),
                "waiting": len(report.waiting),
                "refused": len(report.refused),
            },
        )
    return report


def to_cosign(snapshot: Snapshot) -> dict[str, Any]:
    """What cosigners take to their offline machines: the texts, and the scripts they belong to."""
    rows = (
        snapshot.addresses.filter(proved_at=None, scheme__in=[Scheme.WSH_MULTI, Scheme.SAFE])
        .select_related("network", "address__key_set__network")
        .order_by("pk")[:MOST_UPLOADED]
    )
    return {
        "format": "holdfast-ownership-1",
        "snapshot": snapshot.name,
        "requests": [
            {
                "network": row.network.code,
                "address": row.written,
                "scheme": row.scheme,
                "message": row.message,
                "index": row.address.index,
                "change": row.address.change,
                "witness_script": _witness_script(row).hex()
                if row.scheme == Scheme.WSH_MULTI
                else "",
            }
            for row in rows
        ],
    }


def _take(
    row: ReserveAddress, entry: Mapping[str, str], safes: Mapping[str, SafeState], actor: Actor
) -> str:
    """Returns what is still missing, in words; empty when the address is proved."""
    signature, by = entry["signature"], entry["signer"]
    if row.scheme == Scheme.SAFE:
        return _owner_signed(row, signature, safes.get(row.written), actor)
    if row.scheme == Scheme.WSH_MULTI and by:
        signature, missing = _cosigned(row, by, signature)
        if missing:
            return missing
    verify(row, signature)
    _keep(row.pk, signature, actor)
    return ""


def _cosigned(row: ReserveAddress, by: str, signature: str) -> tuple[str, str]:
    """Keep one cosigner's part. Returns the whole proof, or what is missing."""
    script = _witness_script(row)
    try:
        key, part = bytes.fromhex(by), bytes.fromhex(signature)
    except ValueError as error:
        raise BadProof("Key and signature of a cosigner are hex.", field="signature") from error
    if key not in bip322.read_script(script).keys:
        raise BadProof("This is no key of the address.", field="signer")
    if not bip322.signed_by(key, script, row.message, part):
        raise BadProof("The signature is not of this key over this text.", field="signature")
    row.partial[key.hex()] = part.hex()
    row.save(update_fields=["partial"])
    parts = {bytes.fromhex(k): bytes.fromhex(s) for k, s in row.partial.items()}
    needs = bip322.read_script(script).needs
    if len(parts) < needs:
        return "", f"{len(parts)} of {needs} cosigners have signed"
    return bip322.combined(script, parts), ""


def _owner_signed(
    row: ReserveAddress, signature: str, state: SafeState | None, actor: Actor
) -> str:
    """Keep one owner's signature of a Safe. Returns what is missing; empty when it is proved."""
    if state is None:
        raise BadProof("The node can't say who owns this Safe: hand it in again later.")
    owner = eip191.signer_of(row.message, signature)
    if owner not in state.owners:
        raise BadProof(f"{owner} is no owner of this Safe.", field="signature")
    row.partial[owner] = signature
    row.save(update_fields=["partial"])
    parts = [each for by, each in sorted(row.partial.items()) if by in state.owners]
    if len(parts) < state.threshold:
        return f"{len(parts)} of {state.threshold} owners have signed"
    proof = json.dumps(parts)
    eip191.verify_owners(row.message, proof, owners=list(state.owners), needs=state.threshold)
    _keep(row.pk, proof, actor)
    return ""


def _safes(snapshot_id: int, document: object) -> dict[str, SafeState]:
    """Owners and thresholds of the Safes that a document names, as their contracts say now.

    Asks nodes, so it holds no lock and no transaction.
    """
    entries = document.get("signatures") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return {}
    named = {str(each.get("address")) for each in entries if isinstance(each, dict)}
    rows = ReserveAddress.objects.filter(
        snapshot_id=snapshot_id, scheme=Scheme.SAFE, written__in=list(named)[:MOST_UPLOADED]
    ).select_related("network")
    found = {}
    for row in rows:
        try:
            found[row.written] = safe_state(chains.adapter(row.network.code), row.written)
        except (ChainUnavailable, NotFound) as error:
            log.warning("the owners of Safe %s are not known: %s", row.written, error)
    return found


def _witness_script(row: ReserveAddress) -> bytes:
    return derive.witness_script(
        row.address.key_set, index=row.address.index, change=row.address.change
    )


def _keep(row_id: int, signature: str, actor: Actor) -> int:
    """Write a verified proof down, unless the snapshot has moved on meanwhile."""
    kept = ReserveAddress.objects.filter(
        pk=row_id, proved_at=None, snapshot__state=State.READY
    ).update(
        signature=signature,
        proved_at=clock.now(),
        proved_by=actor.label[:254],
        partial={},
        last_error="",
    )
    return int(kept)


def _entries(document: object, snapshot: Snapshot) -> Iterator[dict[str, str]]:
    if not isinstance(document, dict) or not isinstance(document.get("signatures"), list):
        raise Invalid("This is no file of signatures.", field="document")
    if document.get("snapshot") != snapshot.name:
        raise Invalid("These signatures are for another snapshot.", field="document")
    if len(document["signatures"]) > MOST_UPLOADED:
        raise Invalid("Too many signatures at once.", field="document", limit=MOST_UPLOADED)
    for entry in document["signatures"]:
        if not isinstance(entry, dict):
            raise Invalid("This is no file of signatures.", field="document")
        names = ("network", "address", "signature", "signer")
        yield {name: str(entry.get(name) or "")[:20_000] for name in names}


def _row(snapshot: Snapshot, entry: Mapping[str, str]) -> ReserveAddress:
    row = (
        snapshot.addresses.select_for_update(of=("self",))
        .filter(network__code=entry["network"], written=entry["address"])
        .select_related("address__key_set__network")
        .first()
    )
    if row is None:
        raise Invalid("The snapshot has no such address.", field="address")
    return row


def _locked_ready(snapshot_id: int) -> Snapshot:
    snapshot = locked(snapshot_id)
    if snapshot.state != State.READY:
        raise Conflict(f"Snapshot {snapshot.name} is {snapshot.state}.", limit=snapshot.state)
    return snapshot


def _unsigned(snapshot_id: int) -> Any:
    return ReserveAddress.objects.filter(
        snapshot_id=snapshot_id, snapshot__state=State.READY, proved_at=None
    ).exclude(address__key_set__signer_key="")


def _to_sign(snapshot_id: int) -> Iterator[ReserveAddress]:
    """In batches by key: nothing is kept open while the signer is asked."""
    after = 0
    while True:
        rows = list(
            _unsigned(snapshot_id)
            .filter(pk__gt=after, last_error="")
            .select_related("address__key_set")
            .order_by("pk")[:BATCH]
        )
        if not rows:
            return
        yield from rows
        after = rows[-1].pk
