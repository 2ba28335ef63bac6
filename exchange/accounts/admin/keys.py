"""Staff screens: API keys and the browsers that people logged in with."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts import api_keys, devices
from exchange.accounts.models import ApiKey, LoginDevice
from exchange.core import clock
from exchange.core.actors import Actor
from exchange.portal import columns, filters, lookups
from exchange.portal.actions import StaffAction
from exchange.portal.desks import SUPPORT
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin


class FreezeKey(StaffAction):
    name = "freeze"
    label = gettext_lazy("Freeze")
    permission = "exchange.freeze_customer"
    icon = "stop"
    danger = True
    intro = gettext_lazy(
        "The very next request with the key fails. Freezing needs one person, letting it work "
        "again needs two."
    )

    def preview(self, row: ApiKey) -> str:
        return _("%(key)s of %(who)s, last used %(when)s") % {
            "key": row,
            "who": row.customer,
            "when": columns.ago(row.last_used_at) if row.last_used_at else _("never"),
        }

    def skips(self, row: ApiKey) -> str:
        if row.revoked_at is not None:
            return _("its owner revoked it")
        return _("frozen already") if row.frozen else ""

    def run(self, *, row: ApiKey, actor: Actor, values: dict[str, Any]) -> str:
        api_keys.freeze(key_id=row.pk, actor=actor, reason=values["reason"])
        return _("is frozen")


class ProposeUnfreeze(StaffAction):
    name = "propose-unfreeze"
    label = gettext_lazy("Propose unfreezing")
    permission = "exchange.unfreeze_customer"
    icon = "play"
    intro = gettext_lazy("Asks a colleague to let the key work again. Nothing changes until then.")

    def preview(self, row: ApiKey) -> str:
        return _("%(key)s of %(who)s") % {"key": row, "who": row.customer}

    def skips(self, row: ApiKey) -> str:
        return "" if row.frozen and row.revoked_at is None else _("it is not frozen")

    def run(self, *, row: ApiKey, actor: Actor, values: dict[str, Any]) -> str:
        proposal = api_keys.propose_unfreeze(key_id=row.pk, actor=actor, reason=values["reason"])
        return _("proposal %(id)s waits for a colleague") % {"id": proposal.pk}


def key_state(row: ApiKey) -> Any:
    if row.revoked_at is not None:
        return columns.badge(columns.QUIET, _("revoked"))
    if row.frozen:
        return columns.badge(columns.BAD, _("frozen"))
    if row.expires_at is not None and row.expires_at <= clock.now():
        return columns.badge(columns.QUIET, _("expired"))
    return columns.badge(columns.OK, _("live"))


def grants(row: ApiKey) -> str:
    names = [_("read")]
    names += [_("trade")] if row.can_trade else []
    names += [_("withdraw")] if row.can_withdraw else []
    return ", ".join(names)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    desks = ((SUPPORT, 40),)
    menu_label = gettext_lazy("API keys")
    says = gettext_lazy("Keys of customers' programs. Secrets are sealed and shown to nobody.")
    empty_says = gettext_lazy("Keys appear here when customers make them.")
    list_select_related = ("customer__user",)
    lookups = (
        lookups.by_prefix(ApiKey, "key", gettext_lazy("key, or how it starts"), least=8),
        lookups.by_word(
            "customer",
            gettext_lazy("“customer 42”"),
            lambda number: ApiKey.objects.filter(customer_id=number).values_list("pk", flat=True)[
                : lookups.MOST_HITS
            ],
        ),
    )
    row_actions = (FreezeKey, ProposeUnfreeze)
    list_display = (
        columns.computed("key", gettext_lazy("key"), lambda row: columns.mono(f"{row.key[:12]}…")),
        "label",
        columns.computed("state", gettext_lazy("state"), key_state),
        columns.computed("grants", gettext_lazy("may"), grants),
        columns.related(
            "customer",
            gettext_lazy("customer"),
            "customer",
            lambda row: (row.customer_id, row.customer),
        ),
        columns.when("last_used_at", gettext_lazy("last used")),
    )
    sections = (
        (
            gettext_lazy("Key"),
            (
                columns.identifier("key", gettext_lazy("key")),
                "label",
                columns.computed("grants", gettext_lazy("may"), grants),
                columns.computed(
                    "allowed_ips",
                    gettext_lazy("from"),
                    lambda row: ", ".join(row.allowed_ips) or _("any address"),
                ),
                list_display[4],
            ),
        ),
        (
            gettext_lazy("Life"),
            (
                columns.when("created_at", gettext_lazy("made")),
                columns.when("last_used_at", gettext_lazy("last used")),
                columns.when("expires_at", gettext_lazy("expires")),
                columns.when("revoked_at", gettext_lazy("revoked")),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("sealed_secret", "sealed_memo")

    def row_title(self, row: ApiKey) -> str:
        return _("API key %(label)s") % {"label": row.label}

    def headline(self, row: ApiKey) -> Any:
        return key_state(row)


class RevokeDevice(StaffAction):
    name = "revoke"
    label = gettext_lazy("Log out")
    permission = "exchange.change_logindevice"
    icon = "logout"
    intro = gettext_lazy("Ends the browser's session at its next request.")

    def preview(self, row: LoginDevice) -> str:
        return _("%(who)s on %(what)s") % {"who": row.user, "what": row}

    def skips(self, row: LoginDevice) -> str:
        return _("logged out already") if row.revoked_at else ""

    def run(self, *, row: LoginDevice, actor: Actor, values: dict[str, Any]) -> str:
        devices.revoke(user_id=row.user_id, device_id=row.pk, actor=actor, reason=values["reason"])
        return _("is logged out")


def device_state(row: LoginDevice) -> Any:
    if row.revoked_at is not None:
        return columns.badge(columns.QUIET, _("revoked"))
    if row.session_key:
        return columns.badge(columns.OK, _("logged in"))
    return columns.badge(columns.QUIET, _("logged out"))


@admin.register(LoginDevice)
class LoginDeviceAdmin(ReadOnlyAdmin):
    desks = ((SUPPORT, 50),)
    menu_label = gettext_lazy("Devices")
    says = gettext_lazy("Browsers that people logged in with, staff included.")
    empty_says = gettext_lazy("A row appears for each browser that somebody logs in with.")
    list_select_related = ("user",)
    lookups = (
        lookups.by_id(LoginDevice),
        lookups.by_text(
            LoginDevice,
            "user__email",
            gettext_lazy("e-mail"),
            clean=lambda text: text.strip().lower(),
            pattern=r"\S+@\S+",
        ),
    )
    list_filter = (filters.since("first_seen"),)
    row_actions = (RevokeDevice,)
    list_display = (
        columns.computed("user", gettext_lazy("who"), lambda row: row.user.email),
        columns.computed("state", gettext_lazy("state"), device_state),
        columns.identifier("ip", gettext_lazy("from")),
        columns.computed("browser", gettext_lazy("browser"), lambda row: row.user_agent[:80]),
        columns.when("first_seen", gettext_lazy("first seen")),
        columns.when("last_seen", gettext_lazy("last seen")),
    )
    sections = ((gettext_lazy("Device"), list_display),)


@finder(says=gettext_lazy("API key"), permission="exchange.view_apikey", order=30)
def find_key(text: str) -> list[tuple[Any, str]]:
    cleaned = text.rstrip("…")
    if len(cleaned) < 8 or not cleaned.isalnum():
        return []
    found = ApiKey.objects.filter(key__startswith=cleaned).only("key", "label")[:20]
    return [(f"{key.label} ({key.key[:12]}…)", columns.admin_url(ApiKey, key.pk)) for key in found]
