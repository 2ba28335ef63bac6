"""The reviewer's desk: one application at a time, its documents beside its data, one key to decide.

Deciding leads to the next application. Of high risk the first reviewer proposes, and the desk shows
it to a second one.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.identity import checks, decide, documents, jurisdictions, risk, submit
from compliance.identity.admin import method
from compliance.identity.admin.facts import described, people
from compliance.identity.models import Application
from compliance.identity.words import Ask, Note, Refusal
from exchange.accounts.actors import actor_of
from exchange.audit.models import Proposal
from exchange.core import clock
from exchange.core.errors import Conflict, Refused
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

State = Application.State


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the record. The customer never sees it."),
    )


class AskForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("What is needed"), choices=Ask.choices)
    words = forms.CharField(
        label=gettext_lazy("To the customer"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Added to the sentence above, in the letter and on their page."),
    )


class RefuseForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("Reason"), choices=Refusal.choices)
    words = WordsForm.base_fields["words"]


@page(
    desk=COMPLIANCE,
    path="compliance/review/",
    name="identity-desk",
    label=gettext_lazy("Applications to review"),
    says=gettext_lazy("One at a time, documents beside data: approve, ask or refuse by one key."),
    permission="compliance.review_application",
    order=4,
)
def identity_desk(request: HttpRequest) -> HttpResponse:
    """?id= names one; otherwise the oldest that waits, after ?after= when one was passed over."""
    row = _chosen(request)
    failed: tuple[str, Any] = ("", None)
    if request.method == "POST" and row is not None:
        act = request.POST.get("act", "")
        form = _form(act, request.POST)
        if form.is_valid() and _done(request, row, act, form):
            stays = f"?id={row.pk}" if act == "method" else ""
            return HttpResponseRedirect(reverse("admin:identity-desk") + stays)
        failed = (act, form)
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "waiting": _waiting(request)[:1000].count(),
        "row": row,
        **(_shown(request, row, failed) if row is not None else {}),
    }
    status = 422 if failed[0] else 200
    return TemplateResponse(request, "admin/compliance/identity_desk.html", context, status=status)


def _waiting(request: HttpRequest) -> Any:
    """Submitted ones that nobody else is reading, and proposals of others; the oldest first."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=clock.now()) | Q(
        claimed_by_id=request.user.pk
    )  # fmt: skip
    mine = Proposal.objects.filter(kind=decide.KIND, state=Proposal.State.OPEN)
    others = mine.exclude(proposed_by=request.user.pk).values("pk")
    wanted = Q(state=State.SUBMITTED) & free
    if request.user.has_perm(decide.HIGH_RISK):
        wanted |= Q(state=State.PROPOSED, proposal_id__in=others)
    return Application.objects.filter(wanted).order_by("submitted_at", "id")


def _chosen(request: HttpRequest) -> Application | None:
    rows = Application.objects.select_related("customer__user")
    named, after = request.GET.get("id", ""), request.GET.get("after", "")
    if named.isascii() and named.isdigit() and len(named) < 18:
        return rows.filter(pk=int(named)).exclude(state=State.DRAFT).first()
    waiting = _waiting(request).select_related("customer__user")
    row = None
    if after.isascii() and after.isdigit() and len(after) < 18:
        passed = Application.objects.filter(pk=int(after)).first()
        if passed is not None and passed.submitted_at is not None:
            row = waiting.filter(submitted_at__gt=passed.submitted_at).first()
    row = row or waiting.first()
    if row is not None and row.state == State.SUBMITTED and request.method == "GET":
        try:
            decide.claim(application_id=row.pk, actor=actor_of(request))
        except Conflict:  # somebody was quicker; they decide, and we see it as it is
            pass
    return row


def _form(act: str, data: Any) -> forms.Form:
    known = {"ask": AskForm, "refuse": RefuseForm, "method": method.MethodForm}
    return known.get(act, WordsForm)(data)


def _done(request: HttpRequest, row: Application, act: str, form: forms.Form) -> bool:
    """Did the verb accept it? Its refusal stands on the form."""
    actor, values = actor_of(request), form.cleaned_data
    verbs = {
        "approve": lambda: decide.approve(application_id=row.pk, actor=actor, **values),
        "ask": lambda: decide.ask(application_id=row.pk, actor=actor, **values),
        "refuse": lambda: decide.refuse(application_id=row.pk, actor=actor, **values),
        "confirm": lambda: decide.confirm(
            application_id=row.pk, actor=actor, reason=values["words"]
        ),
        "turn-down": lambda: decide.turn_down(
            application_id=row.pk, actor=actor, reason=values["words"]
        ),
    }
    if act not in verbs and act != "method":
        raise PermissionDenied
    try:
        if act == "method":
            method.record(row, values, actor)
            return True
        after = verbs[act]()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    messages.success(
        request,
        _("%(who)s: %(state)s.") % {"who": row.full_name, "state": after.get_state_display()},
    )
    return True


def _shown(request: HttpRequest, row: Application, failed: tuple[str, Any]) -> dict[str, Any]:
    rated, said = risk.rate(row), checks.ask_all(row)
    home = jurisdictions.rules_of(row.country)
    proposal = Proposal.objects.filter(pk=row.proposal_id or 0).first()
    return {
        "facts": described(row),
        "tables": [
            _checks_table(said),
            _risk_table(rated),
            _mismatch_table(row),
            people(row),
            method.recorded(row),
            _decisions_table(row),
        ],
        "notes": [Note(note).label for note in row.notes],
        "rated": rated,
        "home": home,
        "papers": list(
            row.documents.filter(state="kept").prefetch_related("pictures").order_by("id")
        ),
        "may_see": request.user.has_perm(documents.PERMISSION),
        "open": row.state == State.SUBMITTED,
        "proposed": row.state == State.PROPOSED,
        "proposal": proposal,
        "own": proposal is not None and proposal.proposed_by_id == request.user.pk,
        "ready": not checks.standing_in_the_way(said),
        "failed": failed[0],
        "error_form": failed[1],
        "ask_form": failed[1] if failed[0] == "ask" else AskForm(),
        "refuse_form": failed[1] if failed[0] == "refuse" else RefuseForm(),
        "method_form": failed[1] if failed[0] == "method" else method.MethodForm(),
        "words_form": WordsForm(auto_id="second-%s"),
    }


def _checks_table(said: list[checks.Said]) -> Table:
    return Table(
        title=_("What has to be settled"),
        heads=[Head(_("Check")), Head(_("Says")), Head(_("Why"))],
        rows=[[each.name, str(each.verdict), each.says or "—"] for each in said],
        empty=_("No room has registered a check."),
    )


def _risk_table(rated: risk.Rated) -> Table:
    return Table(
        title=_("Risk"),
        heads=[Head(_("Because")), Head(_("Points"), numeric=True)],
        rows=[[rule.says, rule.points] for rule in rated.reasons],
        empty=_("No rule of the table applies."),
        note=_("%(risk)s, %(score)s points, by the table of %(version)s.")
        % {"risk": rated.risk.label, "score": rated.score, "version": risk.VERSION},
    )


def _said_of(field: str) -> str:
    """A field in the words of what is said beside the documents."""
    return {
        "family_name": _("Family name"),
        "given_names": _("Given names"),
        "birth_date": _("Born"),
        "id_expires_on": _("Valid until"),
        "nationality": _("Citizenship"),
        "id_number": _("Number"),
    }.get(field, field)


def _mismatch_table(row: Application) -> Table:
    return Table(
        title=_("The document's lines and the form"),
        heads=[Head(_("Field")), Head(_("Lines")), Head(_("Form"))],
        rows=[[_said_of(field), *sides] for field, *sides in submit.disagreements(row)],
        empty=_("Nothing disagrees, or no lines were copied."),
    )


def _decisions_table(row: Application) -> Table:
    return Table(
        title=_("What was decided before"),
        heads=[Head(_("When")), Head(_("Who")), Head(_("What")), Head(_("Why"))],
        rows=[
            [f"{d.at:%Y-%m-%d %H:%M}", d.by, d.get_verb_display(), f"{d.code} {d.words}".strip()]
            for d in row.decisions.order_by("-id")[:20]
        ],
        empty=_("Nothing yet."),
    )
