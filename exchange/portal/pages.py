"""What customers' pages share: whose they are, no copies in caches, no secrets in error reports."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from exchange.accounts.models import User

View = Callable[..., HttpResponseBase]


def open_page(view: View) -> View:
    """A page for anybody."""
    guarded = require_http_methods(["GET", "HEAD", "POST"])(view)
    return never_cache(sensitive_post_parameters()(guarded))


def own_page(view: View) -> View:
    """A page for whoever is logged in, about themselves."""
    return open_page(login_required(view))


def action(view: View) -> View:
    """Something to do, never to look at: POST only."""
    return never_cache(
        sensitive_post_parameters()(require_http_methods(["POST"])(login_required(view)))
    )


def customer_page(view: View) -> View:
    """A page about the customer's account; staff, who have none, are sent to Security."""

    @wraps(view)
    def for_customers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request.user, "customer", None) is None:
            return redirect("security")
        return view(request, *args, **kwargs)

    return own_page(for_customers)


def user_of(request: HttpRequest) -> User:
    """Whoever is logged in: for pages behind `own_page`."""
    user = request.user
    assert isinstance(user, User)
    return user
