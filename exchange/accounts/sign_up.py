"""Become a customer: ask for a letter, and open the account with the link in it.

Asking tells nobody whether an address has an account. The page answers alike because it does not
know: who has one is looked up when the letter is written, by the worker, and the letter says it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.accounts import mail, passwords, sign_up_links, throttle
from exchange.accounts.models import Customer, User, normal_email
from exchange.audit.record import record
from exchange.core import outbox, switches
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, Invalid

A_DAY_FROM_ONE_ADDRESS = 200
ASKED = "accounts.sign_up_asked"
CAME_BY = "accounts.came_by"  # {customer_id, code}: somebody's code was given with the sign-up
LETTERS_TO_ONE_ADDRESS, WITHIN = 3, timedelta(minutes=15)


class AddressTaken(Conflict):
    """There is an account with this e-mail address already."""

    code = "address_taken"


def ask(*, email: str, actor: Actor, language: str = "en") -> None:
    """Send a letter: a link that opens an account or, to whoever has one, that they have one.

    At most three letters to one address in a quarter of an hour: more are dropped in silence.
    Raises SwitchedOff while sign-up is closed, Invalid (email), TooManyTries after 200 a day from
    one IP address.
    """
    email = normal_email(email)
    _validate(email, "")
    if actor.ip:
        throttle.spend(
            "sign-up-ask", actor.ip, limit=A_DAY_FROM_ONE_ADDRESS, within=timedelta(days=1)
        )
    try:
        throttle.spend("sign-up-to", email, limit=LETTERS_TO_ONE_ADDRESS, within=WITHIN)
    except throttle.TooManyTries:
        return
    with transaction.atomic():
        switches.refuse_if_closed(switches.SIGN_UP)
        outbox.announce(ASKED, email=email, language=_known(language))


@outbox.consumes(ASKED)
def answer(payload: dict[str, Any]) -> None:
    """Write the letter. Only its reader learns which one it is."""
    email = payload["email"]
    user = User.objects.filter(email=email).first()
    if user is not None:
        mail.send_to_user(user, "address_taken", link=settings.BASE_URL + reverse("login"))
        return
    link = settings.BASE_URL + reverse("signup-link", args=[sign_up_links.issue(email)])
    mail.send_to_stranger(email, "sign_up", language=payload["language"], link=link)


def sign_up(
    *,
    email: str,
    password: str,
    actor: Actor,
    name: str = "",
    language: str = "en",
    came_by: str = "",
) -> Customer:
    """Open an account: a user who can log in, and the customer that will hold balances. `came_by`
    is the code of whoever sent them; what it is good for is for rooms above.

    Raises SwitchedOff while sign-up is closed, Invalid (email, password), AddressTaken,
    TooManyTries after 200 accounts a day from one IP address.
    """
    email = normal_email(email)
    _validate(email, name)
    user = User(email=email, name=name, language=_known(language))
    passwords.validate(password, user=user)
    if actor.ip:
        throttle.spend("sign-up", actor.ip, limit=A_DAY_FROM_ONE_ADDRESS, within=timedelta(days=1))
    user.set_password(password)
    try:
        with transaction.atomic():
            switches.refuse_if_closed(switches.SIGN_UP)
            user.save()
            customer = Customer.objects.create(user=user)
            record(
                actor=_as_the_new_customer(actor, user, customer),
                verb="accounts.sign_up",
                target=customer,
                after={"email": email},
            )
            mail.tell(user.pk, "welcome")
            if came_by.strip():
                outbox.announce(CAME_BY, customer_id=customer.pk, code=came_by.strip()[:40])
    except IntegrityError as error:
        if User.objects.filter(email=email).exists():
            raise AddressTaken(
                _("There is an account with this address already. Log in, or reset its password."),
                field="email",
            ) from error
        raise
    return customer


def _validate(email: str, name: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from error
    if len(email) > 254:
        raise Invalid(_("This address is too long."), field="email", limit=254)
    if len(name) > 150:
        raise Invalid(_("This name is too long."), field="name", limit=150)


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else "en"


def _as_the_new_customer(actor: Actor, user: User, customer: Customer) -> Actor:
    if actor.user_id is not None:
        return actor
    return Actor(
        kind=actor.kind,
        label=user.email,
        user_id=user.pk,
        customer_id=customer.pk,
        ip=actor.ip,
        request_id=actor.request_id,
    )
