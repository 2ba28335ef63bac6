"""Staff screens: coins, networks, and coins on networks."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.assets.models import Asset, AssetNetwork, Network
from exchange.portal import columns, filters, lookups
from exchange.portal.audited import AuditedAdmin
from exchange.portal.desks import LISTINGS
from exchange.portal.finder import finder
from exchange.portal.tables import Head, Table

TONES = {
    Asset.Status.ACTIVE: columns.OK,
    Asset.Status.SUSPENDED: columns.WATCH,
    Asset.Status.DELISTED: columns.QUIET,
}
ON, OFF = (columns.OK, gettext_lazy("on")), (columns.QUIET, gettext_lazy("off"))


def by_code(model: Any, field: str, says: Any) -> lookups.Lookup:
    """A ticker or a network's code, typed in either case."""
    return lookups.by_text(
        model, field, says, clean=lambda text: text.strip().upper(), pattern=r"[A-Z0-9]{1,20}"
    )


@admin.register(Asset)
class AssetAdmin(AuditedAdmin):
    desks = ((LISTINGS, 10),)
    menu_label = gettext_lazy("Assets")
    says = gettext_lazy("Coins and tokens that balances are kept in, and how precisely.")
    empty_says = gettext_lazy("Assets appear here when they are seeded or added.")
    big = False
    lookups = (
        by_code(Asset, "code", gettext_lazy("code")),
        lookups.by_text(Asset, "name", gettext_lazy("name")),
    )
    numeric = ("precision", "rank")
    sortable_by = ("code", "name", "precision", "rank")
    list_filter = (
        filters.choice(field="status", title=gettext_lazy("status"), options=Asset.Status.choices),
        filters.choice(field="kind", title=gettext_lazy("kind"), options=Asset.Kind.choices),
    )
    list_display = (
        "code",
        "name",
        columns.state("status", gettext_lazy("status"), TONES),
        columns.computed("kind", gettext_lazy("kind"), lambda row: row.get_kind_display()),
        "precision",
        "rank",
    )
    sections = ((gettext_lazy("Asset"), ("code", "name", "kind", "status", "precision", "rank")),)
    form_sections = (
        (gettext_lazy("Asset"), ("code", "name", "kind", "precision", "status", "rank")),
    )
    # Balances are kept in them: a change would rewrite what every old amount means.
    fixed_fields = ("code", "precision")

    def headline(self, row: Asset) -> Any:
        return columns.badge(TONES[Asset.Status(row.status)], row.get_status_display())

    def row_title(self, row: Asset) -> str:
        return f"{row.code} · {row.name}"

    def tables(self, request: HttpRequest, row: Asset) -> list[Table]:
        networks = row.networks.select_related("network").order_by("network__code")
        return [
            Table(
                title=_("Networks"),
                heads=[
                    Head(_("Network")),
                    Head(_("Deposits")),
                    Head(_("Withdrawals")),
                    Head(_("Least withdrawal"), numeric=True),
                    Head(_("Fee"), numeric=True),
                ],
                rows=[
                    (
                        columns.link("assetnetwork", each.pk, each.network),
                        columns.badge(*(ON if each.deposit_enabled else OFF)),
                        columns.badge(*(ON if each.withdraw_enabled else OFF)),
                        columns.money(each.withdraw_min, row.code),
                        columns.money(each.withdraw_fee, row.code),
                    )
                    for each in networks
                ],
                empty=_("It moves on no network yet."),
            )
        ]


@admin.register(Network)
class NetworkAdmin(AuditedAdmin):
    desks = ((LISTINGS, 20),)
    menu_label = gettext_lazy("Networks")
    says = gettext_lazy("Chains that assets are deposited from and withdrawn to.")
    empty_says = gettext_lazy("Networks appear here when they are seeded or added.")
    big = False
    lookups = (by_code(Network, "code", gettext_lazy("code")),)
    numeric = ("confirmations",)
    sortable_by = ("code", "name", "confirmations")
    list_display = (
        "code",
        "name",
        "family",
        "native_asset",
        "confirmations",
        columns.flag(
            "memo_required",
            gettext_lazy("memo"),
            yes=(columns.WATCH, gettext_lazy("required")),
            no=(columns.QUIET, gettext_lazy("none")),
        ),
    )
    sections = (
        (
            gettext_lazy("Network"),
            ("code", "name", "family", "native_asset", "confirmations", "memo_name"),
        ),
    )
    form_sections = (
        (
            gettext_lazy("Network"),
            (
                "code",
                "name",
                "family",
                "native_asset",
                "confirmations",
                "memo_required",
                "memo_name",
            ),
        ),
    )
    fixed_fields = ("code", "family")

    def row_title(self, row: Network) -> str:
        return f"{row.name} ({row.code})"


@admin.register(AssetNetwork)
class AssetNetworkAdmin(AuditedAdmin):
    desks = ((LISTINGS, 30),)
    menu_label = gettext_lazy("Assets on networks")
    says = gettext_lazy(
        "Contracts, decimals, fees and minimums; deposits and withdrawals on or off."
    )
    empty_says = gettext_lazy("A row appears here for each network that an asset moves on.")
    big = False
    ordering = ("asset__rank", "network__code")
    raw_id_fields = ("asset", "network")
    list_select_related = ("asset", "network")
    lookups = (
        by_code(AssetNetwork, "asset__code", gettext_lazy("asset")),
        by_code(AssetNetwork, "network__code", gettext_lazy("network")),
        lookups.by_text(AssetNetwork, "contract", gettext_lazy("contract"), pattern=r"\S{20,}"),
    )
    numeric = ("withdraw_min", "withdraw_fee", "decimals")
    list_filter = (
        filters.choice(
            field="deposit_enabled",
            title=gettext_lazy("deposits"),
            options=(("True", gettext_lazy("on")), ("False", gettext_lazy("off"))),
        ),
        filters.choice(
            field="withdraw_enabled",
            title=gettext_lazy("withdrawals"),
            options=(("True", gettext_lazy("on")), ("False", gettext_lazy("off"))),
        ),
    )
    list_display = (
        columns.computed("name", gettext_lazy("asset on network"), str),
        columns.flag("deposit_enabled", gettext_lazy("deposits"), yes=ON, no=OFF),
        columns.flag("withdraw_enabled", gettext_lazy("withdrawals"), yes=ON, no=OFF),
        "decimals",
        columns.amount("withdraw_min", gettext_lazy("least withdrawal"), "asset__code"),
        columns.amount("withdraw_fee", gettext_lazy("fee"), "asset__code"),
    )
    sections = (
        (
            gettext_lazy("On the network"),
            (
                columns.related(
                    "asset", gettext_lazy("asset"), "asset", lambda row: (row.asset_id, row.asset)
                ),
                columns.related(
                    "network",
                    gettext_lazy("network"),
                    "network",
                    lambda row: (row.network_id, row.network),
                ),
                columns.identifier("contract", gettext_lazy("contract")),
                "decimals",
            ),
        ),
        (
            gettext_lazy("In and out"),
            (
                *list_display[1:3],
                columns.amount("deposit_min", gettext_lazy("least deposit"), "asset__code"),
                *list_display[4:],
            ),
        ),
    )
    form_sections = (
        (gettext_lazy("On the network"), ("asset", "network", "contract", "decimals")),
        (
            gettext_lazy("In and out"),
            ("deposit_enabled", "withdraw_enabled", "deposit_min", "withdraw_min", "withdraw_fee"),
        ),
    )
    fixed_fields = ("asset", "network", "contract", "decimals")

    def row_title(self, row: AssetNetwork) -> str:
        return str(row)


@finder(says=gettext_lazy("asset"), permission="exchange.view_asset", order=60)
def find_asset(text: str) -> list[tuple[Any, str]]:
    found = Asset.objects.filter(code=text.upper())
    return [(f"{asset.code} · {asset.name}", columns.admin_url(Asset, asset.pk)) for asset in found]
