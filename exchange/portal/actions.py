"""What staff do to rows: named, permitted, previewed, reasoned, carried out by a verb, reported.

An action is a class that its ModelAdmin lists. Choosing it opens a page that says, row by row, what
will happen and what will be skipped and why; only with a reason does it run. The verb checks the
permission again and writes the audit log in its own transaction: one row's refusal leaves the
others done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exchange.accounts.actors import actor_of
from exchange.core.actors import Actor
from exchange.core.errors import Refused

MOST_ROWS = 100
REPORTED = 20


class ReasonForm(forms.Form):
    """Why. Everything that staff do is written down with it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Goes into the audit log, for whoever asks in a year."),
    )


class StaffAction(ABC):
    """One thing that staff may do to rows of one kind. Subclasses say what and call the verb."""

    name: ClassVar[str]
    label: ClassVar[Any]
    permission: ClassVar[str]
    # What it does and what it does not, in a sentence or two above the list.
    intro: ClassVar[Any] = ""
    icon: ClassVar[str] = "bolt"
    danger: ClassVar[bool] = False
    form_class: ClassVar[type[forms.Form]] = ReasonForm

    def __init__(self, user: Any) -> None:
        self.user = user

    @abstractmethod
    def preview(self, row: Any) -> str:
        """What will happen to this row, in words."""

    def skips(self, row: Any) -> str:
        """Why this row would be left alone; empty when it would not."""
        return ""

    @abstractmethod
    def run(self, *, row: Any, actor: Actor, values: dict[str, Any]) -> str:
        """Do it, through a verb. Returns what was done, in words. Raises Refused.

        `values` is what the form gathered; `values["reason"]` is never empty.
        """

    def allowed(self) -> bool:
        """Whether this member of staff may do it at all."""
        return self.user.has_perm(self.permission)


@dataclass(slots=True)
class Report:
    """What happened: row and words, for those done and those skipped."""

    done: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, request: HttpRequest) -> None:
        """Show it on the next page."""
        if self.done:
            count = len(self.done)
            title = ngettext("Done for %(n)s row.", "Done for %(n)s rows.", count) % {"n": count}
            messages.success(request, _told(title, self.done))
        if self.skipped:
            count = len(self.skipped)
            title = ngettext("Skipped %(n)s row.", "Skipped %(n)s rows.", count) % {"n": count}
            messages.warning(request, _told(title, self.skipped))


def run_all(action: StaffAction, rows: list[Any], actor: Actor, values: dict[str, Any]) -> Report:
    """Run an action over rows one by one: a refusal is reported and the rest goes on."""
    report = Report()
    for row in rows:
        if why := action.skips(row):
            report.skipped.append((str(row), why))
            continue
        try:
            report.done.append((str(row), action.run(row=row, actor=actor, values=values)))
        except Refused as refusal:
            report.skipped.append((str(row), str(refusal)))
    return report


def view(request: HttpRequest, model_admin: Any, action: StaffAction) -> HttpResponse:
    """The action's page: the preview and the form; posted with a reason, it runs."""
    if not action.allowed():
        raise PermissionDenied
    rows = _chosen(request, model_admin)
    form = action.form_class(request.POST or None)
    back = _back(request, model_admin, rows)
    if request.method == "POST" and form.is_valid():
        run_all(action, rows, actor_of(request), form.cleaned_data).tell(request)
        return HttpResponseRedirect(back)
    previews = [(row, action.skips(row)) for row in rows]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": action.label,
        "action": action,
        "opts": model_admin.opts,
        "model_admin": model_admin,
        "form": form,
        "will": [
            (row, model_admin.url_of(row), action.preview(row)) for row, why in previews if not why
        ],
        "wont": [(row, model_admin.url_of(row), why) for row, why in previews if why],
        "back": back,
        "crumbs": model_admin.crumbs(request),
    }
    return TemplateResponse(
        request, "admin/act.html", context, status=422 if request.method == "POST" else 200
    )


def _chosen(request: HttpRequest, model_admin: Any) -> list[Any]:
    keys = [key for key in request.GET.get("ids", "").split(",") if key][: MOST_ROWS + 1]
    if len(keys) > MOST_ROWS:
        raise Http404(f"at most {MOST_ROWS} rows at once")
    try:
        rows = list(model_admin.get_queryset(request).filter(pk__in=keys).order_by("pk"))
    except ValueError as error:
        raise Http404("no such rows") from error
    if not rows:
        raise Http404("no such rows")
    return rows


def _back(request: HttpRequest, model_admin: Any, rows: list[Any]) -> str:
    if len(rows) == 1 and request.GET.get("from") != "list":
        return model_admin.url_of(rows[0])
    return model_admin.list_url()


def _told(title: str, lines: list[tuple[str, str]]) -> str:
    shown = format_html_join("", "<li><strong>{}</strong> {}</li>", lines[:REPORTED])
    rest = len(lines) - REPORTED
    more = format_html("<li>{}</li>", _("… and %(n)s more") % {"n": rest}) if rest > 0 else ""
    return format_html("<p>{}</p><ul>{}{}</ul>", title, shown, more)
