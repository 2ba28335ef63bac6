"""Tasks: send what is due, look at what is overdue, forget what need not be kept."""

from __future__ import annotations

from celery import shared_task

from compliance.travel_rule import decide, directory, listed, send, sweep  # noqa: F401


@shared_task(name="travel_rule.send", acks_late=True)
def send_due() -> int:
    """Safe to run twice and alongside itself."""
    return send.send_due()


@shared_task(name="travel_rule.confirm", acks_late=True)
def confirm(message_id: int) -> int:
    """Tell the other provider the transaction. Safe to run twice."""
    return send.confirm(message_id=message_id)


@shared_task(name="travel_rule.tell", acks_late=True)
def tell(message_id: int) -> int:
    """Tell the other provider what we decided. Safe to run twice."""
    return send.tell_originator(message_id=message_id)


@shared_task(name=listed.TASK, acks_late=True)
def screen_names(owner_id: int = 0, message_id: int = 0) -> int:
    """Compare whom a customer or a message names with the lists; without either, whatever waits.
    Safe to run twice."""
    if owner_id:
        return listed.screen_owner(owner_id=owner_id)
    if message_id:
        return listed.screen_message(message_id=message_id)
    done = listed.screen_waiting()
    if done:
        listed.sweep()  # more may wait: make room for others, and come again
    return done


@shared_task(name="travel_rule.sweep", acks_late=True)
def go_on() -> int:
    """What is due, overdue or was missed. Safe to run twice and alongside itself."""
    done = send.send_due() + sweep.overdue() + sweep.confirm_missed() + sweep.forget_nonces()
    return done + listed.sweep()


@shared_task(name="travel_rule.erase", acks_late=True)
def erase() -> int:
    """Personal data whose time is over. Safe to run twice."""
    return sweep.erase()
