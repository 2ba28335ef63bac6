"""Sign up, log in with password and then a code, log out."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import django_otp
from axes.helpers import get_lockout_response
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exchange.accounts import (
    devices,
    invitations,
    restrictions,
    second_factor,
    sign_up_links,
    throttle,
)
from exchange.accounts.actors import actor_of, client_ip
from exchange.accounts.models import User, normal_email
from exchange.accounts.sign_up import AddressTaken, ask, sign_up
from exchange.accounts.web import forms
from exchange.accounts.web.frame import place_after_login, wanted_place
from exchange.core import switches
from exchange.core.actors import CUSTOMER, STAFF, Actor
from exchange.core.errors import Invalid, Refused, Restricted
from exchange.portal.pages import action, open_page

PENDING = "login_pending"
CAME_BY_COOKIE = "came_by"  # set by whoever's link led here
SIGN_UP_TOKEN, WANTED = "sign_up_token", "sign_up_wanted"
PENDING_SECONDS = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"
# axes counts by login and address together; these bound guessing spread over many of either.
WRONG_TO_ONE_LOGIN, WRONG_FROM_ONE_ADDRESS = 30, 60
WITHIN = timedelta(minutes=15)


@open_page
def signup(request: HttpRequest) -> HttpResponse:
    """Ask for an account. The answer is the same whether or not the address has one."""
    if request.user.is_authenticated:
        return redirect(place_after_login(request, wanted_place(request)))
    closed = switches.closed(switches.SIGN_UP)
    form = forms.SignUp(request.POST or None)
    if not closed and form.is_valid():
        try:
            ask(
                email=form.cleaned_data["email"],
                actor=actor_of(request),
                language=get_language() or "en",
            )
        except Refused as refused:
            form.take(refused)
        else:
            request.session[WANTED] = wanted_place(request)
            return render(request, "exchange/accounts/signup_sent.html")
    context = {"form": form, "closed": closed, "next": wanted_place(request)}
    return render(request, "exchange/accounts/signup.html", context)


@open_page
def signup_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address, so that no log, history or referrer keeps it."""
    request.session[SIGN_UP_TOKEN] = token
    return redirect("signup-open")


@open_page
def signup_open(request: HttpRequest) -> HttpResponse:
    """Choose the password: the account is open, and one is logged in."""
    if request.user.is_authenticated:
        return redirect(place_after_login(request, ""))
    page = "exchange/accounts/signup_open.html"
    try:
        email = sign_up_links.email_of(request.session.get(SIGN_UP_TOKEN, ""))
    except Invalid as useless:
        return render(request, page, {"problem": str(useless)}, status=410)
    form = forms.FirstPassword(
        request.POST or None, initial={"came_by": request.COOKIES.get(CAME_BY_COOKIE, "")[:40]}
    )
    if form.is_valid():
        try:
            customer = sign_up(
                email=email,
                password=form.cleaned_data["password"],
                actor=actor_of(request),
                language=get_language() or "en",
                came_by=form.cleaned_data["came_by"],
            )
        except AddressTaken as taken:
            return render(request, page, {"problem": str(taken)}, status=410)
        except Refused as refused:
            form.take(refused)
        else:
            place = request.session.pop(WANTED, "")
            del request.session[SIGN_UP_TOKEN]
            auth.login(request, customer.user, backend=BACKEND)
            messages.success(request, _("Welcome. Your account is open."))
            return redirect(place_after_login(request, place))
    return render(request, page, {"form": form, "email": email})


@open_page
def login(request: HttpRequest) -> HttpResponse:
    """The first step: address and password."""
    place = wanted_place(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(place_after_login(request, place))
    form = forms.Login(request.POST or None)
    if form.is_valid():
        email = normal_email(form.cleaned_data["username"])
        try:
            _refuse_guessing(request, email)
        except throttle.TooManyTries:
            return get_lockout_response(request, credentials={"username": email})
        user = auth.authenticate(request, username=email, password=form.cleaned_data["password"])
        if user is None:
            _count_miss(request, email)
            form.add_error(None, _("The address or the password is wrong."))
        else:
            try:
                return _password_was_right(request, user, place)
            except Restricted as restricted:
                form.add_error(None, str(restricted))
    return render(request, "exchange/accounts/login.html", {"form": form, "next": place})


@open_page
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step: the code on the phone."""
    return _second_step(request, forms.Code, "exchange/accounts/login_code.html")


@open_page
def login_recovery(request: HttpRequest) -> HttpResponse:
    """The second step without the phone: a recovery code."""
    return _second_step(request, forms.RecoveryCode, "exchange/accounts/login_recovery.html")


@action
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("home")


def _password_was_right(request: HttpRequest, user: Any, place: str) -> HttpResponse:
    """Log in, or ask for the code first. Raises Restricted."""
    restrictions.refuse_login(user_id=user.pk)
    throttle.forget("login-to", user.email)
    if request.user.is_authenticated:
        auth.logout(request)  # whoever was logged in here before is not the one who logs in now
    if not second_factor.is_on(user_id=user.pk):
        auth.login(request, user, backend=BACKEND)
        return redirect(place_after_login(request, place))
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "since": int(time.time()),
        "state": user.get_session_auth_hash(),
    }
    query = f"?{urlencode({'next': place})}" if place else ""
    return redirect(reverse("login-code") + query)


def _second_step(request: HttpRequest, form_class: type[forms.Form], page: str) -> HttpResponse:
    place = wanted_place(request)
    user = _pending_user(request)
    if user is None:
        messages.info(request, _("Please start again with your password."))
        return redirect(reverse("login") + (f"?{urlencode({'next': place})}" if place else ""))
    form = form_class(request.POST or None)
    if form.is_valid():
        try:
            restrictions.refuse_login(user_id=user.pk)
            factor = second_factor.show_code(
                user_id=user.pk,
                code=form.cleaned_data["code"],
                actor=_half_way_in(request, user),
            )
        except Refused as refused:
            form.take(refused)
        else:
            del request.session[PENDING]
            auth.login(request, user, backend=BACKEND)
            django_otp.login(request, factor)
            invitations.take_up(user_id=user.pk, actor=actor_of(request))
            return redirect(place_after_login(request, place))
    return render(request, page, {"form": form, "next": place})


def _pending_user(request: HttpRequest) -> User | None:
    """Who gave the right password at most five minutes ago, and has not changed it since."""
    pending = request.session.get(PENDING)
    if pending is None:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    fresh = time.time() - pending["since"] <= PENDING_SECONDS
    if user is None or not fresh:
        return None
    unchanged = constant_time_compare(pending["state"], user.get_session_auth_hash())
    return user if unchanged else None


def _half_way_in(request: HttpRequest, user: User) -> Actor:
    """Whoever knows the password: may show a code, and holds no permission."""
    return Actor(
        kind=STAFF if user.is_staff else CUSTOMER,
        label=user.email,
        user_id=user.pk,
        ip=client_ip(request),
        request_id=getattr(request, "request_id", ""),
    )


def _refuse_guessing(request: HttpRequest, email: str) -> None:
    """Raise TooManyTries. A stranger's guesses don't lock out the owner's own browser."""
    throttle.refuse_if_spent("login-from", client_ip(request), limit=WRONG_FROM_ONE_ADDRESS)
    if not devices.knows(email=email, token=request.COOKIES.get(devices.COOKIE, "")):
        throttle.refuse_if_spent("login-to", email, limit=WRONG_TO_ONE_LOGIN)


def _count_miss(request: HttpRequest, email: str) -> None:
    for name, who, limit in (
        ("login-to", email, WRONG_TO_ONE_LOGIN),
        ("login-from", client_ip(request), WRONG_FROM_ONE_ADDRESS),
    ):
        try:
            throttle.spend(name, who, limit=limit, within=WITHIN)
        except throttle.TooManyTries:
            continue  # the next try is refused before the password is looked at
