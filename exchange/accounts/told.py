"""What this room tells those who watch (`core.facts`): logins, devices, changed locks.

Of customers only; who works here is the audit log's business. A person is one however many
sub-accounts they have: the facts name the main account.
"""

from __future__ import annotations

from exchange.accounts.models import Customer, LoginDevice
from exchange.audit.models import AuditEvent
from exchange.core import facts
from exchange.core.facts import FactKind

DEVICE_LETTERS = 32  # of the hash: enough to tell browsers apart, for whoever joins by it


def logged_in(*, device: LoginDevice, event: AuditEvent, is_new: bool) -> None:
    """Somebody logged in; `is_new` when never before, or not since it was revoked, from here."""
    customer_id = _customer_of(device.user_id)
    if customer_id is None:
        return
    if is_new:
        facts.report(
            kind=FactKind.DEVICE,
            customer_id=customer_id,
            at=event.at,
            reference=str(event.pk),
            device=word_for(device),
            ip=device.ip,
            extra={"browser": device.browser},
        )
    facts.report(
        kind=FactKind.LOGIN,
        customer_id=customer_id,
        at=event.at,
        reference=str(event.pk),
        device=word_for(device),
        ip=device.ip,
    )


def lock_changed(*, user_id: int, event: AuditEvent) -> None:
    """A password or a second factor is another one now, or gone."""
    customer_id = _customer_of(user_id)
    if customer_id is None:
        return
    facts.report(
        kind=FactKind.CREDENTIAL_CHANGE,
        customer_id=customer_id,
        at=event.at,
        reference=str(event.pk),
        ip=event.ip,
        extra={"verb": event.verb},
    )


def word_for(device: LoginDevice | None) -> str:
    """The same browser has the same word, whoever logs in from it."""
    return device.fingerprint[:DEVICE_LETTERS] if device is not None else ""


def _customer_of(user_id: int) -> int | None:
    return Customer.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
