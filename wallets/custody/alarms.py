"""Raise an alarm about our coins, and act on it at once: close switches, freeze the signer.

The alarm is written in the transaction that noticed (a followed block's, mostly), which holds
locks; acting on it is a transaction of its own right after that commit, in the same process. What
could not be done then (a process killed in between, a signer that does not answer) stays on the
alarm and is tried again by the task `custody.enforce`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from exchange.assets.models import Asset, Network
from exchange.audit.record import record
from exchange.audit.switches import throw_switch
from exchange.core import clock, outbox, switches
from exchange.core.actors import Actor, system
from exchange.core.errors import Conflict, Invalid, NotFound
from wallets.addresses.models import KeySet
from wallets.custody.models import CustodyAlarm
from wallets.sending import signer

log = logging.getLogger(__name__)

Kind, Grade = CustodyAlarm.Kind, CustodyAlarm.Grade
DETECTOR = system("custody detectors")
MOST = 20

Freeze = Callable[[str], object]  # tells the signer to freeze, and why


def raise_alarm(
    *,
    kind: str,
    grade: str,
    reference: str,
    says: str,
    facts: dict[str, Any],
    network: Network | None = None,
    asset: Asset | None = None,
    key_set: KeySet | None = None,
    close: Sequence[str] = (),
    freeze_signer: bool = False,
) -> CustodyAlarm:
    """Write an alarm down; switches are closed right after the commit. Raising it twice is once.

    Must run inside the transaction that noticed. `reference` is what makes it one alarm.
    """
    alarm, new = CustodyAlarm.objects.get_or_create(
        reference=reference,
        defaults={
            "kind": kind,
            "grade": grade,
            "network": network,
            "asset": asset,
            "key_set": key_set,
            "says": says[:500],
            "facts": facts,
            "switches": list(close),
            "raised_at": clock.now(),
            "freeze_signer": freeze_signer,
            "switched_at": None if close else clock.now(),
        },
    )
    if new:
        log.error("custody alarm %s: %s", alarm.pk, says)
        record(actor=DETECTOR, verb="custody.raise_alarm", target=alarm, after={"says": says})
        outbox.announce("custody.alarm", alarm_id=alarm.pk, kind=kind, grade=grade, says=says)
        transaction.on_commit(lambda: _act_now(alarm.pk))
    return alarm


def enforce(*, limit: int = MOST, freeze: Freeze | None = None) -> int:
    """Act on alarms that were not acted on yet. Returns how many. Safe to run twice."""
    waiting = CustodyAlarm.objects.filter(switched_at__isnull=True) | CustodyAlarm.objects.filter(
        freeze_signer=True, frozen_at__isnull=True, closed_at__isnull=True
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(act_on(alarm_id=alarm_id, freeze=freeze) for alarm_id in ids)


def act_on(*, alarm_id: int, freeze: Freeze | None = None) -> int:
    """Close an alarm's switches, then freeze the signer. Returns 1 when both are done.

    The switches first: they need nothing but our own database.
    """
    alarm = CustodyAlarm.objects.get(pk=alarm_id)
    if alarm.switched_at is None:
        with transaction.atomic():
            for name in alarm.switches:
                _close(name, alarm)
            CustodyAlarm.objects.filter(pk=alarm_id).update(switched_at=clock.now())
    if not alarm.freeze_signer or alarm.frozen_at is not None:
        return 1
    try:
        (freeze or _freeze)(f"custody alarm {alarm.pk}: {alarm.says}"[:300])
    except (signer.SignerUnavailable, signer.SignerRefused) as error:
        log.error("alarm %s: the signer could not be frozen: %s", alarm.pk, error)
        return 0
    CustodyAlarm.objects.filter(pk=alarm_id, frozen_at__isnull=True).update(frozen_at=clock.now())
    return 1


def close_alarm(*, alarm_id: int, actor: Actor, finding: str) -> CustodyAlarm:
    """Close an alarm with what was found. Its switches stay as they are: opening takes two people.

    Raises PermissionRefused, Invalid without a finding, NotFound, Conflict.
    """
    actor.require("wallets.close_custody_alarm")
    if not finding.strip():
        raise Invalid("Say what was found.", field="finding")
    with transaction.atomic():
        alarm = CustodyAlarm.objects.select_for_update().filter(pk=alarm_id).first()
        if alarm is None:
            raise NotFound(f"There is no alarm {alarm_id}.", field="alarm_id")
        if alarm.closed_at is not None:
            raise Conflict("This alarm is closed already.")
        alarm.closed_at, alarm.closed_by = clock.now(), actor.label
        alarm.finding = finding.strip()[:500]
        alarm.save(update_fields=["closed_at", "closed_by", "finding"])
        record(actor=actor, verb="custody.close_alarm", target=alarm, reason=finding)
    return alarm


def standing(*, kind: str, grade: str, key_set_id: int | None, asset_id: int | None) -> bool:
    """Is there an open alarm of this kind already? One indexed query over open alarms."""
    about = {"key_set": key_set_id, "asset": asset_id}
    return CustodyAlarm.objects.filter(
        closed_at__isnull=True, kind=kind, grade=grade, **about
    ).exists()


def _close(name: str, alarm: CustodyAlarm) -> None:
    """A switch that nobody knows would close nothing: then all withdrawals are closed."""
    try:
        throw_switch(name=name, close=True, actor=DETECTOR, reason=alarm.says[:400])
    except Invalid:
        log.error("alarm %s names a switch that is not there: %s", alarm.pk, name)
        throw_switch(name=switches.WITHDRAWALS, close=True, actor=DETECTOR, reason=alarm.says[:400])


def _freeze(why: str) -> None:
    signer.freeze(by="custody detectors", reason=why)


def _act_now(alarm_id: int) -> None:
    """In the process that noticed. Whatever goes wrong here is left to the sweep."""
    try:
        act_on(alarm_id=alarm_id)
    except Exception:
        log.exception("alarm %s could not be acted on at once", alarm_id)
