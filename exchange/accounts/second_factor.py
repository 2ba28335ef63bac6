"""The second factor: an authenticator app, and ten recovery codes for the day the phone is lost.

Codes are checked in a transaction of their own, so that a miss is counted whatever the caller does
next; never call these verbs inside another transaction.
"""

from __future__ import annotations

import base64
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.accounts import devices, mail, told
from exchange.accounts.models import Authenticator, RecoveryCode, RecoveryCodes, SecondFactor, User
from exchange.accounts.throttle import TooManyTries
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.audit.record import record
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.core.errors import Conflict, NotFound, PermissionRefused, Refused

SECRET_BYTES = 20  # RFC 4226 recommends 160 bits
SET_UP_WITHIN = timedelta(minutes=15)
CODES = 10
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that can be taken for another
CODE_LENGTH, CODE_GROUP = 12, 4


class WrongCode(Refused):
    """The code is wrong, too old, or was used before."""

    code = "wrong_code"


class SecondFactorNeeded(Refused):
    """This is only for accounts with an authenticator app."""

    code = "second_factor_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the phone has to learn: `secret` in base32 to type, `uri` to scan."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    on: bool
    recovery_codes_left: int


def is_on(*, user_id: int) -> bool:
    return Authenticator.objects.filter(user_id=user_id, confirmed=True).exists()


def status(*, user_id: int) -> Status:
    left = RecoveryCode.objects.filter(codes__user_id=user_id, used_at=None).count()
    return Status(on=is_on(user_id=user_id), recovery_codes_left=left)


def show_code(*, user_id: int, code: str, actor: Actor) -> SecondFactor:
    """Check a code from the phone, or a recovery code, and use it up. Returns what accepted it.

    Raises SecondFactorNeeded, WrongCode, TooManyTries (`limit`: when the next try is allowed).
    """
    _own(actor, user_id)
    factor = _factor_for(code, user_id) if code.strip() else None
    if factor is None:
        if not is_on(user_id=user_id):
            raise SecondFactorNeeded(_("Set up an authenticator app first."), field="code")
        raise _wrong()
    _try(factor, code, actor)
    return factor


def start_enrolment(*, user_id: int, actor: Actor, code: str = "") -> Enrolment:
    """Begin to set up an app. It counts only once `confirm_enrolment` has seen a code from it.

    Starting again forgets the attempt before. Whoever replaces a working app shows a code first.
    """
    _own(actor, user_id)
    if is_on(user_id=user_id):
        show_code(user_id=user_id, code=code, actor=actor)
    secret = secrets.token_bytes(SECRET_BYTES)
    with transaction.atomic():
        user = _locked_user(user_id)
        Authenticator.objects.filter(user=user, confirmed=False).delete()
        _keep(user, secret, confirmed=False)
        record(actor=actor, verb="accounts.start_authenticator", target=user)
    return _enrolment(user, secret)


def enrolment_under_way(*, user_id: int, actor: Actor) -> Enrolment:
    """The attempt that waits for its first code, to be shown again. Raises NotFound."""
    _own(actor, user_id)
    pending = _pending(user_id)
    return _enrolment(pending.user, pending.secret())


def confirm_enrolment(*, user_id: int, code: str, actor: Actor) -> list[str]:
    """The app showed a right code: from now on logins ask for it. Returns new recovery codes.

    This is the only time the codes are known. Raises NotFound, WrongCode, TooManyTries.
    """
    _own(actor, user_id)
    pending = _pending(user_id)
    _try(pending, code, actor)
    with transaction.atomic():
        user = _locked_user(user_id)
        replaced, _by_model = Authenticator.objects.filter(user=user, confirmed=True).delete()
        if not Authenticator.objects.filter(pk=pending.pk).update(confirmed=True):
            raise Conflict(_("Start setting up the app again."))
        codes = _new_codes(user)
        _changed(user)
        event = record(
            actor=actor,
            verb="accounts.confirm_authenticator",
            target=user,
            after={"replaced": bool(replaced)},
        )
        if replaced:  # the first one makes theft harder
            told.lock_changed(user_id=user_id, event=event)
        mail.tell(user_id, "second_factor_on")
    return codes


def turn_off(*, user_id: int, code: str, actor: Actor) -> None:
    """Log in with the password alone again. Not for staff. Raises WrongCode, TooManyTries."""
    _own(actor, user_id)
    if User.objects.filter(pk=user_id, is_staff=True).exists():
        raise PermissionRefused(_("Staff accounts keep their second factor."))
    show_code(user_id=user_id, code=code, actor=actor)
    with transaction.atomic():
        user = _locked_user(user_id)
        _remove(user)
        event = record(actor=actor, verb="accounts.turn_second_factor_off", target=user)
        told.lock_changed(user_id=user_id, event=event)
        mail.tell(user_id, "second_factor_off")


def new_recovery_codes(*, user_id: int, code: str, actor: Actor) -> list[str]:
    """Ten fresh codes; the old ones stop working. Raises WrongCode, TooManyTries."""
    show_code(user_id=user_id, code=code, actor=actor)
    with transaction.atomic():
        user = _locked_user(user_id)
        codes = _new_codes(user)
        record(actor=actor, verb="accounts.renew_recovery_codes", target=user)
        mail.tell(user_id, "recovery_codes_new")
    return codes


def install(*, user_id: int, secret: bytes, actor: Actor) -> list[str]:
    """Give a user a known authenticator at once: for the demo's seed and for tests.

    Returns the recovery codes. Needs `exchange.add_authenticator`, which no role has.
    """
    actor.require("exchange.add_authenticator")
    with transaction.atomic():
        user = _locked_user(user_id)
        _remove(user)
        _keep(user, secret, confirmed=True)
        codes = _new_codes(user)
        record(actor=actor, verb="accounts.install_authenticator", target=user)
    return codes


def propose_reset(*, user_id: int, actor: Actor, reason: str) -> Proposal:
    """Ask a colleague to let somebody in who lost phone and codes, after checking who they are."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(field="user_id")
    return proposals.propose(
        kind="accounts.reset_second_factor",
        payload={"user_id": user_id},
        summary=f"Remove the second factor of {user.email}",
        reason=reason,
        actor=actor,
        target=user,
    )


@proposals.proposal_kind(
    "accounts.reset_second_factor",
    permission_to_propose="exchange.reset_second_factor",
    permission_to_approve="exchange.reset_second_factor",
)
def _reset(*, payload: dict[str, Any], actor: Actor) -> str:
    user = _locked_user(payload["user_id"])
    if actor.user_id == user.pk:
        raise PermissionRefused("Nobody decides about their own second factor.")
    _remove(user)
    ended = devices.end_sessions(user_id=user.pk)
    event = record(actor=actor, verb="accounts.reset_second_factor", target=user)
    told.lock_changed(user_id=user.pk, event=event)
    mail.tell(user.pk, "second_factor_off")
    return f"removed; {ended} session(s) ended"


def _own(actor: Actor, user_id: int) -> None:
    if actor.user_id != user_id:
        raise PermissionRefused


def _pending(user_id: int) -> Authenticator:
    pending = Authenticator.objects.filter(
        user_id=user_id, confirmed=False, created_at__gt=clock.now() - SET_UP_WITHIN
    ).first()
    if pending is None:
        raise NotFound(_("Start setting up the app again."))
    return pending


def _factor_for(code: str, user_id: int) -> SecondFactor | None:
    """By its shape: digits come from the app, anything else is meant as a recovery code."""
    kind = Authenticator if code.replace(" ", "").isdigit() else RecoveryCodes
    return kind.objects.filter(user_id=user_id, confirmed=True).first()


def _try(factor: SecondFactor, code: str, actor: Actor) -> None:
    until = factor.waits_until()
    if until is not None:
        seconds = math.ceil((until - clock.now()).total_seconds())
        raise TooManyTries(
            ngettext(
                "Too many wrong codes. Wait %(seconds)d second, then try again.",
                "Too many wrong codes. Wait %(seconds)d seconds, then try again.",
                seconds,
            )
            % {"seconds": seconds},
            field="code",
            limit=until,
        )
    with transaction.atomic(durable=True):
        right = factor.verify_token(code)
        if not right:
            record(
                actor=actor,
                verb="accounts.refuse_code",
                target=factor,
                after={"misses": factor.throttling_failure_count},
            )
        elif isinstance(factor, RecoveryCodes):
            left = factor.codes.filter(used_at=None).count()
            record(
                actor=actor, verb="accounts.use_recovery_code", target=factor, after={"left": left}
            )
            mail.tell(factor.user_id, "recovery_code_used", left=left)
    if not right:
        raise _wrong()


def _wrong() -> WrongCode:
    return WrongCode(
        _("This code is wrong, too old or was used before. Wait for the next one."), field="code"
    )


def _locked_user(user_id: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


def _keep(user: User, secret: bytes, *, confirmed: bool) -> Authenticator:
    return Authenticator.objects.create(
        user=user,
        name=_("authenticator app"),
        confirmed=confirmed,
        sealed_secret=Authenticator.sealed(secret, user_id=user.pk),
    )


def _remove(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()
    RecoveryCodes.objects.filter(user=user).delete()
    _changed(user)


def _changed(user: User) -> None:
    user.second_factor_changed_at = clock.now()
    user.save(update_fields=["second_factor_changed_at"])


def _new_codes(user: User, choose: Callable[[str], str] = secrets.choice) -> list[str]:
    holder, _created = RecoveryCodes.objects.get_or_create(
        user=user, defaults={"name": _("recovery codes")}
    )
    holder.codes.all().delete()
    codes = ["".join(choose(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(codes=holder, digest=RecoveryCode.digest_of(code, user_id=user.pk))
        for code in codes
    )
    return [_grouped(code) for code in codes]


def _grouped(code: str) -> str:
    return "-".join(code[i : i + CODE_GROUP] for i in range(0, len(code), CODE_GROUP))


def _enrolment(user: User, secret: bytes) -> Enrolment:
    typed = base64.b32encode(secret).decode()
    issuer = settings.OTP_TOTP_ISSUER
    query = urlencode({"secret": typed, "issuer": issuer, "digits": 6, "period": 30})
    return Enrolment(secret=typed, uri=f"otpauth://totp/{quote(f'{issuer}:{user.email}')}?{query}")
