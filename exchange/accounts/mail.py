"""Letters to users: asked for in the transaction that gives cause, sent after the commit.

`tell` puts the name of the letter and its facts into the outbox; the worker renders
`exchange/accounts/mail/<letter>.txt` (first line: the subject) in the user's language and sends
it, again and again until it went out. Secrets never stand in the outbox: a link that logs
somebody in is made at the moment of sending.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from exchange.accounts import reset_tokens
from exchange.accounts.models import Customer, User
from exchange.core import outbox

log = logging.getLogger(__name__)

TOPIC = "mail.send"
# Nothing is to be decided because of these, and nothing is lost without them: users may turn them
# off. Whatever is about money that is not where it was is no courtesy.
COURTESY = frozenset({"reward_paid", "sale_taken_back", "sale_tokens_due"})
_offered: dict[str, Callable[[User], str]] = {}


def offers(name: str, make: Callable[[User], str]) -> None:
    """Have a room above make a link for letters: `name` in the templates, made when one is sent."""
    _offered[name] = make


def tell(user_id: int, letter: str, **facts: str | int) -> None:
    """Ask for a letter. Must run inside the transaction that gives cause for it."""
    outbox.announce(TOPIC, user_id=user_id, letter=letter, facts=facts)


@outbox.consumes(TOPIC)
def send(payload: dict[str, Any]) -> None:
    """Render and send one letter; none to a user who is gone, or does not want it. Raises what the
    mail server says."""
    user = User.objects.filter(pk=payload["user_id"]).first()
    letter = payload["letter"]
    if user is None or (letter in COURTESY and not user.courtesy_letters):
        return
    send_to_user(user, letter, **{**payload["facts"], "link": _link(letter, user)})


def send_to_user(user: User, letter: str, **facts: Any) -> None:
    """Send a letter now, with the user's anti-phishing code. For consumers of the outbox."""
    code = Customer.objects.filter(user=user).values_list("anti_phishing_code", flat=True).first()
    known = {"name": user.get_short_name(), "known": True, "anti_phishing_code": code}
    offered = {name: _made(name, user) for name in _offered}
    _send(user.email, letter, user.language, {**offered, **facts, **known})


def send_to_stranger(address: str, letter: str, *, language: str, **facts: Any) -> None:
    """Send a letter now to somebody who is no user yet. For consumers of the outbox."""
    _send(address, letter, language, facts)


def _made(name: str, user: User) -> str:
    """A link of a room above. A letter that warns is worth more than one link in it."""
    try:
        return _offered[name](user)
    except Exception:
        log.exception("a letter goes out without its %s", name)
        return ""


def _send(address: str, letter: str, language: str, facts: dict[str, Any]) -> None:
    known = {"base_url": settings.BASE_URL}
    if letter in COURTESY:
        known["letters_link"] = settings.BASE_URL + reverse("letters")
    with translation.override(language):
        text = render_to_string(f"exchange/accounts/mail/{letter}.txt", {**facts, **known})
    subject, _, body = text.strip().partition("\n")
    EmailMessage(subject=subject.strip(), body=body.strip() + "\n", to=[address]).send()


def _link(letter: str, user: User) -> str:
    if letter != "password_reset":
        return settings.BASE_URL + reverse("security")
    return settings.BASE_URL + reverse("password-reset", args=[reset_tokens.issue(user)])
