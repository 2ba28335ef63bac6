"""Staff screens: every case as a list, and one case as a page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import queries
from compliance.cases.admin import page, words
from compliance.cases.models import Case
from compliance.cases.states import Disposition, Queue, State
from exchange.accounts.actors import actor_of
from exchange.portal import columns, filters, lookups
from exchange.portal.desks import COMPLIANCE
from exchange.portal.finder import finder
from exchange.portal.screens import ReadOnlyAdmin

SEE_FILINGS = "compliance.see_filings"


def _of_customer(number: int) -> Any:
    about = Case.objects.filter(people__customer_id=number).order_by("-id")
    return about.values_list("pk", flat=True)[: lookups.MOST_HITS]


class EndingFilter(filters.ChoiceFilter):
    """How a case ended: only whoever may know of reports may ask for those that were."""

    title = gettext_lazy("ending")
    parameter_name = "disposition"
    options = tuple(Disposition.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in Disposition.values:
            return queryset
        return queryset.filter(disposition=self.value())


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    desks = ((COMPLIANCE, 22),)
    menu_label = gettext_lazy("All cases")
    says = gettext_lazy("Every case, open and closed, newest first.")
    empty_says = gettext_lazy("Cases open by themselves when a scenario raises an alert.")
    list_select_related = ("owner", "customer__user")
    lookups = (
        lookups.by_id(Case),
        lookups.by_word("customer", gettext_lazy("“customer 42”"), _of_customer),
    )
    list_filter = (
        filters.choice(
            field="state", title=gettext_lazy("state"), options=State.choices, indexed=False
        ),
        filters.choice(
            field="queue", title=gettext_lazy("queue"), options=Queue.choices, indexed=False
        ),
        EndingFilter,
        filters.since("opened_at"),
    )
    numeric = ("exposure_usd",)
    list_display = (
        columns.identifier("pk", gettext_lazy("case")),
        columns.computed("about", gettext_lazy("about"), words.about),
        columns.computed("stands", gettext_lazy("queue or ending"), words.state),
        columns.computed("due", gettext_lazy("our clock"), words.due),
        columns.computed("owner", gettext_lazy("owner"), words.whose),
        columns.amount("exposure_usd", gettext_lazy("exposure, USD")),
        columns.when("facts_known_at", gettext_lazy("facts first known")),
        columns.when("opened_at", gettext_lazy("opened")),
    )
    list_display_links = (list_display[0],)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A case may be about to become a report: who may not know of those sees none."""
        return super().has_view_permission(request, obj) and request.user.has_perm(SEE_FILINGS)

    def waiting(self, request: HttpRequest) -> QuerySet[Case]:
        return queries.waiting_for(actor_of(request))

    def row_title(self, row: Case) -> str:
        return _("Case %(id)s") % {"id": row.pk}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The case's page: everything about it, and everything that can be done to it."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(object_id)
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


@finder(says=gettext_lazy("case"), permission=SEE_FILINGS, order=45)
def find_case(text: str) -> list[tuple[Any, str]]:
    """ "case 42": the number alone is more often a customer's."""
    word, _space, rest = text.strip().partition(" ")
    number = lookups.whole_number(rest)
    if word.casefold() != "case" or number is None:
        return []
    return [
        (str(case), columns.admin_url(Case, case.pk)) for case in Case.objects.filter(pk=number)
    ]
