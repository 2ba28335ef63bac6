"""What an application says, as staff read it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from compliance.identity import apply, jurisdictions, risk
from compliance.identity.models import Application
from compliance.identity.words import Funds, Office, Paper, Purpose
from exchange.core import clock
from exchange.portal import columns
from exchange.portal.tables import Head, Table


def described(row: Application) -> list[tuple[Any, Any]]:
    """Names and values, in the order in which a reviewer compares them with the pictures."""
    born = row.birth_date
    age = "" if born is None else f" ({risk.years_between(born, clock.now().date())})"
    address = ", ".join(filter(None, (row.street, row.postal_code, row.city, row.region)))
    common: list[tuple[Any, Any]] = [
        (_("Customer"), columns.link("customer", row.customer_id, row.customer)),
        (_("Asks for"), row.get_tier_display()),
        (_("Name"), row.full_name),
        (_("In other letters"), row.native_name or columns.NOTHING),
        (_("Born or incorporated"), f"{born or columns.NOTHING}{age}"),
        (_("Country"), jurisdictions.name_of(row.country)),
        (_("Address"), address or columns.NOTHING),
        (_("Does"), row.occupation or columns.NOTHING),
    ]
    if row.is_company:
        of_kind: list[tuple[Any, Any]] = [
            (_("Register number"), columns.mono(row.registration_number)),
            (_("Filled in by"), f"{row.contact_name}, {row.contact_role}"),
        ]
    else:
        of_kind = [
            (_("Citizenship"), jurisdictions.name_of(row.nationality)),
            (_("Document"), Paper(row.id_kind).label if row.id_kind else columns.NOTHING),
            (_("Issued by"), jurisdictions.name_of(row.id_country) or columns.NOTHING),
            (_("Number"), columns.mono(apply.opened(row, "id_number") or columns.NOTHING)),
            (
                _("Valid until"),
                row.id_expires_on.isoformat() if row.id_expires_on else columns.NOTHING,
            ),
        ]
    return [
        *common,
        *of_kind,
        (_("Public office"), _offices(row)),
        (_("For"), Purpose(row.purpose).label if row.purpose else columns.NOTHING),
        (_("Money from"), Funds(row.source_of_funds).label if row.source_of_funds else "—"),
        (_("A year"), columns.money(row.declared_yearly, "USD")),
        (_("Sent from"), columns.mono(f"{row.ip or '—'} {row.ip_country}")),
        (_("Sent"), columns.moment(row.submitted_at)),
    ]


def people(row: Application) -> Table:
    """Who stands behind a company."""
    return Table(
        title=_("Who is behind it"),
        heads=[
            Head(_("Name")), Head(_("Is")), Head(_("Share"), numeric=True), Head(_("Country")),
            Head(_("Born")),
        ],
        rows=[
            [o.full_name, o.get_role_display(), f"{o.percent} %", o.country, o.birth_date or "—"]
            for o in row.owners.order_by("-percent", "id")[:50]
        ],
        empty=_("A person: nobody."),
    )  # fmt: skip


def _offices(row: Application) -> str:
    said = [
        f"{Office(d.office).label}: {d.position} {d.holder} {d.country}".strip()
        for d in row.declarations.exclude(office=Office.NONE)[:20]
    ]
    return "; ".join(said) or _("none declared")
