"""Reference data that staff may edit: every save asks why, and is written to the audit log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.accounts.actors import actor_of
from exchange.audit.record import record
from exchange.core.money import plain
from exchange.portal.screens import StaffAdmin

EDIT = "edit"


class AmountInput(forms.TextInput):
    """An amount without the zeros that the database keeps behind it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return plain(value) if isinstance(value, Decimal) else super().format_value(value)


class AuditedForm(forms.ModelForm):
    """A model's form that also asks why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Goes into the audit log, for whoever asks in a year."),
    )


class AuditedAdmin(StaffAdmin):
    """A row's page shows it; `?edit=1` opens the form. Saving records what changed, and why.

    The audit event and the change are one transaction: Django's change form opens it.
    """

    form = AuditedForm
    formfield_overrides = {models.DecimalField: {"widget": AmountInput}}
    # Fields of the form, by section; `reason` comes by itself.
    form_sections: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    # What can be set when a row is added and never afterwards.
    fixed_fields: tuple[str, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sections = [(title, {"fields": fields}) for title, fields in self.form_sections]
        return [*sections, (gettext_lazy("Why"), {"fields": ("reason",)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fixed_fields if obj is not None else ()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        editing = request.method == "POST" or EDIT in request.GET
        if editing and self.has_change_permission(request):
            extra = {"crumbs": self.crumbs(request), **(extra_context or {})}
            return super(StaffAdmin, self).change_view(request, object_id, form_url, extra)
        edit_url = f"?{urlencode({EDIT: 1})}" if self.has_change_permission(request) else ""
        return super().change_view(
            request, object_id, form_url, {"edit_url": edit_url, **(extra_context or {})}
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"crumbs": self.crumbs(request), **(extra_context or {})}
        return super().add_view(request, form_url, extra)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        changed = [name for name in form.changed_data if name != "reason"]
        if change and not changed:
            return
        before = {name: _plain(form.initial.get(name)) for name in changed} if change else None
        super().save_model(request, obj, form, change)
        after = {name: _plain(form.cleaned_data[name]) for name in changed}
        record(
            actor=actor_of(request),
            verb=f"{self.room()}.{'change' if change else 'add'}_{self.opts.model_name}",
            target=obj,
            reason=form.cleaned_data["reason"],
            before=before,
            after=after,
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        messages.success(request, _("%(row)s was added.") % {"row": obj})
        return HttpResponseRedirect(self.url_of(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        messages.success(request, _("%(row)s was saved.") % {"row": obj})
        return HttpResponseRedirect(self.url_of(obj))

    def room(self) -> str:
        """The room that the model lives in: the first part of the audit log's verbs."""
        return self.model.__module__.split(".")[1]


def _plain(value: Any) -> Any:
    """As the audit log keeps it: rows by their name."""
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, models.QuerySet | list | tuple):
        return sorted(str(each) for each in value)
    return value
