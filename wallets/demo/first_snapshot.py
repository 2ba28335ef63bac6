"""The demo's first proof of reserves: taken when the chains hold what is owed, signed by the signer
and by two of the demo's three cosigners, published by two of its staff.

One step a call: every step is the usual verb, and a start that is cut off goes on where it was.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from exchange.accounts import roles
from exchange.accounts.models import User
from exchange.audit import proposals
from exchange.core.actors import Actor, system
from exchange.core.errors import Refused
from wallets.chains import nodes
from wallets.custody import offline, reconcile
from wallets.demo import keys
from wallets.reserves import offline as proving
from wallets.reserves import ownership, publish, snapshot
from wallets.reserves.models import Snapshot

SEED = system("demo seed")
REASON = "the demo's first proof of reserves"
MOST_TRIES = 3
State = Snapshot.State


def go_on() -> int:
    """Take the next step. Returns 1 when something was done; nothing after the first is published,
    nor when three have failed."""
    if Snapshot.objects.filter(state=State.PUBLISHED).exists():
        return 0
    latest = Snapshot.objects.order_by("-pk").first()
    if latest is None or latest.state in (State.FAILED, State.DISCARDED):
        return _take()
    if latest.state != State.READY or latest.requested_by != SEED.label:
        return 0  # it is being built, or somebody's own
    if latest.addresses.filter(proved_at=None).exists() and _prove(latest):
        return 1
    return _publish(latest)


def _take() -> int:
    """Only once the chains hold what the ledger says: funding takes the first minutes."""
    if Snapshot.objects.count() >= MOST_TRIES:
        return 0
    held = [row for row in reconcile.compared() if row.has_chain]
    if not held or any(row.difference < 0 for row in held):
        return 0
    snapshot.request(actor=SEED, reason=REASON)
    return 1


def _prove(taken: Snapshot) -> int:
    """The signer's addresses, then those of the cosigners whose keys lie beside the demo."""
    proved = ownership.prove_by_signer(snapshot_id=taken.pk)
    document = ownership.to_cosign(taken)
    for family in ("bitcoin", "evm"):
        for number in range(1, keys.THRESHOLD + 1):
            if not document["requests"]:
                return proved
            cosigner = _cosigner(family, number)
            if cosigner is None:
                continue
            try:
                signed = proving.sign(document, cosigner)
                report = ownership.hand_in(snapshot_id=taken.pk, document=signed, actor=SEED)
            except (offline.Stop, Refused):
                continue  # it is part of none of these addresses
            proved += len(report.proved)
    return proved


def _cosigner(family: str, number: int) -> offline.Cosigner | None:
    folder = Path(settings.VAR) / "cosigners"
    path, word = folder / f"{family}-{number}.key", folder / "passphrase.txt"
    if not path.exists() or not word.exists():
        return None
    return offline.read_key(path, word.read_text("ascii").strip())


def _publish(ready: Snapshot) -> int:
    """Proposed by the demo's treasury operator, approved by its compliance officer."""
    first, second = (_of(role) for role in (roles.TREASURY_OPERATOR, roles.COMPLIANCE_OFFICER))
    if first is None or second is None or not _all_development():
        return 0
    asked = publish.propose_publication(snapshot_id=ready.pk, actor=first, reason=REASON)
    proposals.approve(proposal_id=asked.pk, actor=second, reason=REASON)
    return 1


def _of(role: str) -> Actor | None:
    """A member of the demo's staff, who holds what their role holds."""
    user = User.objects.filter(groups__name=role, is_staff=True).order_by("pk").first()
    if user is None:
        return None
    return Actor(kind="staff", label=user.email, user_id=user.pk, may=user.has_perm)


def _all_development() -> bool:
    """Never in the name of people who look after chains that are worth something."""
    return all(nodes.node(code).development for code in nodes.configured())
