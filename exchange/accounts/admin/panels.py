"""Panels of the customer's page: restrictions, keys, devices, and what was done to the account."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from exchange.accounts import api_keys, devices, second_factor
from exchange.accounts.admin.keys import device_state, grants, key_state
from exchange.accounts.admin.restrictions import standing
from exchange.accounts.models import ApiKey, Customer, Restriction
from exchange.audit.models import AuditEvent
from exchange.portal import columns, confidential
from exchange.portal.panels import ROWS, panel
from exchange.portal.tables import Head, Table


@panel(permission="exchange.view_restriction", order=5)
def restrictions(request: HttpRequest, customer: Customer) -> Table:
    rows = Restriction.objects.filter(customer=customer).order_by("-pk")[:ROWS]
    return Table(
        title=_("Restrictions"),
        heads=[Head(_("May not")), Head(_("Now")), Head(_("Since")), Head(_("Reason"))],
        rows=[
            (
                columns.link("restriction", row.pk, row.get_kind_display()),
                standing(row),
                columns.moment(row.imposed_at),
                row.reason,
            )
            for row in rows
        ],
        empty=_("Was never restricted."),
    )


@panel(permission="exchange.view_apikey", order=40)
def keys(request: HttpRequest, customer: Customer) -> Table:
    rows = api_keys.of_customer(customer_id=customer.pk)[:ROWS]
    return Table(
        title=_("API keys"),
        heads=[Head(_("Key")), Head(_("State")), Head(_("May")), Head(_("Last used"))],
        rows=[
            (
                columns.link("apikey", row.pk, f"{row.label} ({row.key[:8]}…)"),
                key_state(row),
                grants(row),
                columns.moment(row.last_used_at),
            )
            for row in rows
        ],
        empty=_("Has no key: trades by hand."),
        more_url=f"{columns.admin_url(ApiKey, None, 'changelist')}?q=customer {customer.pk}",
        more_label=_("All keys"),
    )


@panel(permission="exchange.view_logindevice", order=50)
def logins(request: HttpRequest, customer: Customer) -> Table:
    rows = devices.of_user(user_id=customer.user_id)[:ROWS] if customer.user_id else []
    factor = second_factor.is_on(user_id=customer.user_id) if customer.user_id else False
    return Table(
        title=_("Devices"),
        heads=[Head(_("Browser")), Head(_("State")), Head(_("From")), Head(_("Last seen"))],
        rows=[
            (
                columns.link("logindevice", row.pk, row.user_agent[:40] or "?"),
                device_state(row),
                columns.mono(row.ip),
                columns.moment(row.last_seen),
            )
            for row in rows
        ],
        empty=_("Not logged in anywhere."),
        note=_("Second factor: on.") if factor else _("Second factor: off."),
    )


@panel(permission="exchange.view_auditevent", order=90, wide=True)
def trail(request: HttpRequest, customer: Customer) -> Table:
    """What was done to the account, and what its owner did: two indexes, newest first."""
    about = Q(target_type="customer", target_id=str(customer.pk))
    readable = confidential.readable_events(request.user, AuditEvent.objects.all())
    ids: set[int] = set(readable.filter(about).order_by("-pk").values_list("pk", flat=True)[:ROWS])
    if customer.user_id:
        own = readable.filter(user_id=customer.user_id).order_by("-pk")
        ids.update(own.values_list("pk", flat=True)[:ROWS])
    rows = AuditEvent.objects.filter(pk__in=ids).order_by("-pk")[: ROWS * 2]
    listed = columns.admin_url(AuditEvent, None, "changelist")
    return Table(
        title=_("Audit trail"),
        heads=[Head(_("At")), Head(_("What")), Head(_("By")), Head(_("Reason")), Head(_("From"))],
        rows=[
            (
                columns.moment(row.at),
                columns.link("auditevent", row.pk, columns.mono(row.verb)),
                row.actor,
                row.reason or columns.NOTHING,
                columns.mono(row.ip or columns.NOTHING),
            )
            for row in rows
        ],
        empty=_("Nothing was recorded about this customer yet."),
        more_url=f"{listed}?target_type=customer&target_id={customer.pk}",
        more_label=_("All about this customer"),
    )
