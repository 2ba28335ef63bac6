"""Listings as a list, and one listing as a page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import LAUNCHPAD
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin
from launchpad.listings import insiders
from launchpad.listings.admin import page
from launchpad.listings.admin.tables import TONES
from launchpad.listings.models import Listing
from launchpad.listings.states import Stage
from launchpad.listings.words import VIEW


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    desks = ((LAUNCHPAD, 21),)
    menu_label = gettext_lazy("All listings")
    says = gettext_lazy("Every application and listing, the newest first.")
    empty_says = gettext_lazy("Projects appear here when they apply.")
    list_select_related = ("network", "customer__user")
    lookups = (
        lookups.by_id(Listing),
        lookups.by_text(
            Listing, "code", gettext_lazy("code"), clean=lambda t: t.strip().upper(),
            pattern=r"[A-Z0-9]{1,15}",
        ),
        lookups.by_text(
            Listing, "contract", gettext_lazy("contract"), clean=lambda t: t.strip().lower(),
            pattern=r"\S{20,}",
        ),
    )  # fmt: skip
    list_filter = (
        filters.choice(field="stage", title=gettext_lazy("stage"), options=Stage.choices),
    )
    list_display = (
        columns.computed("asset", gettext_lazy("asset"), str),
        columns.state("stage", gettext_lazy("stage"), TONES),
        columns.computed("class", gettext_lazy("class"), lambda row: row.get_asset_class_display()),
        columns.computed(
            "network", gettext_lazy("network"), lambda row: row.network or columns.NOTHING
        ),
        columns.when("since", gettext_lazy("in this stage since")),
        columns.when("created_at", gettext_lazy("begun")),
    )

    def row_title(self, row: Listing) -> str:
        return str(row)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Everything about one listing, and everything that can be done to it."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(object_id)
        insiders.saw(row, actor=actor_of(request))
        return page.show(
            request,
            row,
            {
                **self.admin_site.each_context(request),
                "title": self.row_title(row),
                "original": row,
                "opts": self.opts,
                "crumbs": self.crumbs(request),
                "history_url": self._history_url(request, row),
                "own_url": self.url_of(row),
            },
        )


@finder(says=gettext_lazy("listing"), permission=VIEW, order=62)
def find_listing(text: str) -> list[tuple[Any, str]]:
    code = text.strip().upper()
    if not code.isascii() or not code.isalnum() or len(code) > 15:
        return []
    rows = Listing.objects.filter(code=code).order_by("-pk")[:5]
    return [(str(row), columns.admin_url(Listing, row.pk)) for row in rows]
