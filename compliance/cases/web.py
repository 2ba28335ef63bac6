"""Customers' pages: questions about their account. Nothing here says that there is a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.cases import questions
from compliance.cases.evidence import MOST_BYTES
from compliance.cases.models import CaseQuestion
from exchange.accounts.actors import actor_of
from exchange.core.errors import NotFound, Refused
from exchange.portal.forms import Form
from exchange.portal.pages import customer_page, user_of

SHOWN = 50


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some files, or none."""

    widget = ManyFiles(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.txt,.csv", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > questions.MOST_FILES:
            raise forms.ValidationError(_("At most five files."))
        if any(each.size > MOST_BYTES for each in files):
            raise forms.ValidationError(_("At most 10 MB a file."))
        return [super(FilesField, self).clean(each, initial) for each in files]


class AnswerForm(Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=questions.LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    documents = FilesField(
        label=gettext_lazy("Documents, if they help"),
        required=False,
        help_text=gettext_lazy("Up to five: PDF, photo (JPEG, PNG) or text; 10 MB each."),
    )


@customer_page
def listing(request: HttpRequest) -> HttpResponseBase:
    """What we asked, what was answered."""
    rows = questions.of_customer(user_of(request).customer.pk)[:SHOWN]
    return render(request, "compliance/cases/questions.html", {"rows": rows})


@customer_page
def question(request: HttpRequest, question_id: int) -> HttpResponseBase:
    """One question: to answer, or as it was answered."""
    row = (
        questions.of_customer(user_of(request).customer.pk)
        .filter(pk=question_id)
        .prefetch_related("files")
        .first()
    )
    if row is None:
        raise Http404
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _answered(request, row, form):
        messages.success(request, _("Thank you. Your answer has arrived."))
        return redirect("account-questions")
    return render(
        request,
        "compliance/cases/question.html",
        {"row": row, "form": form},
        status=422 if request.method == "POST" else 200,
    )


def _answered(request: HttpRequest, row: CaseQuestion, form: AnswerForm) -> bool:
    """Did the verb take it? Its refusal stands on the form."""
    try:
        questions.answer(
            question_id=row.pk,
            text=form.cleaned_data["text"],
            files=[(each.name, each.read()) for each in form.cleaned_data["documents"]],
            actor=actor_of(request),
        )
    except NotFound as unknown:
        raise Http404 from unknown
    except Refused as refused:
        form.take(refused)
        return False
    return True


urlpatterns = [
    path("account/questions", listing, name="account-questions"),
    path("account/questions/<int:question_id>", question, name="account-question"),
]
