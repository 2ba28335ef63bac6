"""Staff screens: what a file holds or would hold, what came back, whether any file is right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting import acknowledge, export, files
from compliance.reporting.draft import FILE, READ
from compliance.reporting.fincen.read import MOST_BYTES
from compliance.reporting.models import Report, ReportFile
from compliance.reporting.states import State
from exchange.accounts.actors import actor_of
from exchange.audit.record import record
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.forms import Form
from exchange.portal.tables import Head, Table

MOST_SHOWN = 400_000  # characters of a file on a page; the download holds all of it


class UploadForm(Form):
    file = forms.FileField(label=gettext_lazy("File"))

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return upload


@page(
    desk=COMPLIANCE,
    path="compliance/reports/<int:report_id>/preview/",
    name="report_preview",
    label=gettext_lazy("Preview of the file"),
    permission=READ,
    in_menu=False,
)
def preview(request: HttpRequest, report_id: int) -> HttpResponse:
    """The file as it would be made now, indented for reading, with what is wrong with it."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise Http404(str(report_id))
    try:
        content = export.preview(report)
    except (KeyError, ValueError, TypeError, AttributeError):
        # A draft may lack what a file can't be made without.
        messages.warning(request, _("There is too little in it yet for a file."))
        return HttpResponseRedirect(columns.admin_url(Report, report_id))
    judged = report.kind in (*files.FINCEN, *files.FINTRAC)
    problems = files.problems_of(content) if judged else []
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "title": _("%(report)s: the file as it would be made now") % {"report": report},
        "file": _readable(content)[:MOST_SHOWN],
        "file_name": f"{report.reference}.{files.extension(report.kind)}",
        "file_says": _("%(n)s bytes; indented here, in one piece in the file")
        % {"n": f"{len(content):,}"},
        "tables": [_problems(problems)] if judged else [],
    }
    return TemplateResponse(request, "compliance/reporting/page.html", context)


def _readable(content: bytes) -> str:
    """XML with a line for each element; anything else as it is."""
    said = content.decode("utf-8", "replace")
    if not said.startswith("<?xml"):
        return said
    from xml.etree import ElementTree

    root = ElementTree.fromstring(content)  # noqa: S314  made by ourselves a moment ago
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode")


@page(
    desk=COMPLIANCE,
    path="compliance/reports/files/<int:file_id>/",
    name="report_file",
    label=gettext_lazy("Exported file"),
    permission=READ,
    in_menu=False,
)
def download(request: HttpRequest, file_id: int) -> HttpResponse:
    """The file to the byte. That somebody took it is written down."""
    from django.db import transaction

    row = ReportFile.objects.filter(pk=file_id).first()
    if row is None:
        raise Http404(str(file_id))
    with transaction.atomic():
        record(
            actor=actor_of(request),
            verb="reporting.download",
            target=row,
            after={"file": row.name, "sha256": row.sha256},
        )
    kind = files.MEDIA.get(row.name.rpartition(".")[2], "application/octet-stream")
    response = HttpResponse(bytes(row.content), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{row.name}"'
    response["Cache-Control"] = "no-store"
    return response


@page(
    desk=COMPLIANCE,
    path="compliance/reports/files/<int:file_id>/answer/",
    name="report_answer",
    label=gettext_lazy("Import FinCEN's answer"),
    permission=FILE,
    in_menu=False,
)
def answer(request: HttpRequest, file_id: int) -> HttpResponse:
    """FinCEN's acknowledgement of one exported file: BSA IDs and errors, report by report."""
    row = ReportFile.objects.filter(pk=file_id).defer("content").first()
    if row is None:
        raise Http404(str(file_id))
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            taken = acknowledge.import_answer(
                file_id=file_id,
                content=upload.read(),
                file_name=upload.name,
                actor=actor_of(request),
            )
        except Refused as refused:
            form.take(refused)
        else:
            for each in taken[:20]:
                messages.success(request, str(each))
            return HttpResponseRedirect(columns.admin_url(Report, taken[0].report_id))
    intro = _(
        "The acknowledgement of %s: the XML file that BSA E-Filing gives back, with a BSA ID or "
        "the errors of each report. Nothing is taken in by halves."
    )
    return _upload(request, form, gettext_lazy("Import"), intro % row.name, file_id=row.pk)


@page(
    desk=COMPLIANCE,
    path="compliance/reports/check/",
    name="report_check",
    label=gettext_lazy("Check a file"),
    says=gettext_lazy("Whether a file for FinCEN or FINTRAC is right, whoever made it."),
    permission=READ,
    order=65,
)
def check(request: HttpRequest) -> HttpResponse:
    """Nothing is kept of the file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    tables: list[Table] = []
    if request.method == "POST" and form.is_valid():
        try:
            problems = files.problems_of(form.cleaned_data["file"].read())
        except Refused as refused:
            form.take(refused)
        else:
            if not problems:
                messages.success(request, _("This file is right."))
            tables = [_problems(problems)]
    return _upload(request, form, gettext_lazy("Check"), "", tables)


def _problems(problems: list[Any]) -> Table:
    return Table(
        title=_("What is wrong"),
        heads=[Head(_("Where")), Head(_("Rule")), Head(_("What"))],
        rows=[(each.where or "/", columns.mono(each.code), each.says) for each in problems[:100]],
        empty=_("Nothing: it keeps the schema and every rule that we know."),
    )


class BatchForm(Form):
    reports = forms.MultipleChoiceField(
        label=gettext_lazy("Approved reports"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Report.objects.filter(state=State.APPROVED, kind__in=files.BATCHED)
        field = self.fields["reports"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (str(row.pk), f"{row.reference} · {row.title} · {row.due_on}")
            for row in rows.order_by("kind", "due_on")[: export.MOST_IN_A_FILE]
        ]
        # One file holds reports of one kind: those of the first are ticked already.
        kinds = list(rows.order_by("kind", "due_on").values_list("pk", "kind"))
        field.initial = [str(pk) for pk, kind in kinds if kind == kinds[0][1]]


@page(
    desk=COMPLIANCE,
    path="compliance/reports/batch/",
    name="report_batch",
    label=gettext_lazy("Export a batch"),
    says=gettext_lazy("Several approved SARs, or several CTRs, in one file for FinCEN."),
    permission=FILE,
    order=64,
)
def batch(request: HttpRequest) -> HttpResponse:
    """Of one kind only; each keeps its place, so that the answer finds it."""
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = export.export(
                report_ids=[int(each) for each in form.cleaned_data["reports"]],
                actor=actor_of(request),
            )
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("%(file)s is made.") % {"file": file.name})
            first = file.holds.order_by("place").values_list("report_id", flat=True)[0]
            return HttpResponseRedirect(columns.admin_url(Report, first))
    offered = form.fields["reports"].choices  # type: ignore[attr-defined]
    empty = "" if offered else _("No SAR or CTR is approved and waits.")
    return _upload(request, form, gettext_lazy("Export"), empty)


def _upload(
    request: HttpRequest,
    form: Form,
    button: Any,
    intro: str,
    tables: list[Table] | None = None,
    *,
    file_id: int | None = None,
) -> HttpResponse:
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "button": button,
        "intro": intro,
        "back": reverse("admin:report_calendar"),
        "tables": tables or [],
        "file_id": file_id,
    }
    wrong = request.method == "POST" and bool(form.errors)
    return TemplateResponse(
        request, "compliance/reporting/page.html", context, status=422 if wrong else 200
    )
