"""The queue: one hit at a time, both sides beside each other, decided with two keystrokes.

What a colleague proposed to clear comes first, with both sides: whoever agrees has compared them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.screening import decide, queries
from compliance.screening.admin.hits import TONES, parts, sides
from compliance.screening.models import Blocking, Hit
from exchange.accounts.actors import actor_of
from exchange.audit import proposals
from exchange.audit.models import Proposal
from exchange.core.errors import Refused
from exchange.portal import columns
from exchange.portal.desks import COMPLIANCE, page
from exchange.portal.tables import Head, Table

MOST_COUNTED = 1_000
# Chosen by the keys 1 to 7. They are written into the audit log as they stand.
WHY = (
    ("birth", gettext_lazy("Another date of birth")),
    ("country", gettext_lazy("Another nationality or country")),
    ("name", gettext_lazy("Another name when read in full")),
    ("kind", gettext_lazy("A person and not a company, or the other way round")),
    ("papers", gettext_lazy("Documents and photo show somebody else")),
    ("identical", gettext_lazy("Name, birth and documents agree")),
    ("missing", gettext_lazy("More documents are needed")),
)


class DecisionForm(forms.Form):
    why = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=WHY, widget=forms.RadioSelect, required=False
    )
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the audit log. The customer never sees it."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("why") and not values.get("words", "").strip():
            raise forms.ValidationError(_("Choose a reason or write one."))
        return values

    @property
    def reason(self) -> str:
        chosen = dict(WHY).get(self.cleaned_data["why"], "")
        return ". ".join(filter(None, (str(chosen), self.cleaned_data["words"].strip())))


class SecondForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the audit log. Empty: that you compared both sides."),
    )


@page(
    desk=COMPLIANCE,
    path="compliance/screening/",
    name="screening-desk",
    label=gettext_lazy("Hits to decide"),
    says=gettext_lazy("Possible matches with a list, the likeliest first: compare, decide."),
    permission="compliance.view_hit",
    order=12,
)
def screening_desk(request: HttpRequest) -> HttpResponse:
    """?id= names one, ?after= the one to go on from; otherwise the likeliest that waits."""
    others = decide.proposed_ids(besides=request.user.pk)
    hit = _chosen(request, others)
    second = SECOND.get(request.POST.get("act", ""))
    form = DecisionForm(None if second else request.POST or None)
    second_form = SecondForm(request.POST if second else None, auto_id="second-%s")
    if request.method == "POST" and hit is not None:
        if not request.user.has_perm(decide.PERMISSION):
            raise PermissionDenied
        if second:
            done = second_form.is_valid() and second(request, hit, second_form)
        else:
            done = form.is_valid() and _decided(request, hit, form)
        if done:
            return HttpResponseRedirect(f"{reverse('admin:screening-desk')}?after={hit.pk}")
    waiting = queries.waiting()
    proposed = waiting.filter(pk__in=decide.proposed_ids())[:MOST_COUNTED].count()
    context = {
        **request.staff_context,  # type: ignore[attr-defined]
        "form": form,
        "second_form": second_form,
        "hit": hit,
        "is_second": hit is not None and hit.pk in others,
        "may_decide": request.user.has_perm(decide.PERMISSION),
        "waiting": waiting[:MOST_COUNTED].count() - proposed,
        "proposed": proposed,
        **(_shown(hit) if hit is not None else {}),
    }
    return TemplateResponse(request, "admin/compliance/screening_desk.html", context)


def _chosen(request: HttpRequest, others: list[int]) -> Hit | None:
    waiting = queries.waiting().select_related("customer__user", "entry")
    if (named := _number(request, "id")) is not None:
        return waiting.filter(pk=named).first()
    if (second := waiting.filter(pk__in=others).first()) is not None:
        return second
    rest = waiting.exclude(pk__in=decide.proposed_ids())
    last = Hit.objects.filter(pk=_number(request, "after") or 0).first()
    if last is not None:
        after = rest.filter(score__lt=last.score) | rest.filter(score=last.score, pk__gt=last.pk)
        if (following := after.first()) is not None:
            return following
    return rest.first()


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _decided(request: HttpRequest, hit: Hit, form: DecisionForm) -> bool:
    """Did the verb accept it? Its refusal stands on the form."""
    actor = actor_of(request)
    act = request.POST.get("act", "")
    try:
        if act == "true":
            decide.confirm(hit_id=hit.pk, actor=actor, reason=form.reason)
            said = _("Hit %(id)s is confirmed: the account is frozen and OFAC's clock runs.")
        elif act == "false":
            decide.propose_clear(hit_id=hit.pk, actor=actor, reason=form.reason)
            said = _("Clearing hit %(id)s waits for a colleague's agreement.")
        else:
            decide.leave_unsure(hit_id=hit.pk, actor=actor, reason=form.reason)
            said = _("Hit %(id)s stays in the queue.")
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, said % {"id": hit.pk})
    return True


def _agreed(request: HttpRequest, hit: Hit, form: SecondForm) -> bool:
    return _second(request, hit, form, proposals.approve, _("Hit %(id)s is cleared."))


def _disagreed(request: HttpRequest, hit: Hit, form: SecondForm) -> bool:
    return _second(request, hit, form, proposals.reject, _("Hit %(id)s waits again."))


def _second(
    request: HttpRequest, hit: Hit, form: SecondForm, verb: Callable[..., Proposal], said: str
) -> bool:
    """The second person's word. Did the verb accept it?"""
    waiting = decide.proposed(hit)
    try:
        if waiting is None:
            raise Refused(_("Nothing waits for a second person any more."))
        reason = form.cleaned_data["words"].strip() or _("Compared both sides.")
        decided = verb(proposal_id=waiting.pk, actor=actor_of(request), reason=reason)
        if decided.state == Proposal.State.FAILED:
            raise Refused(_("Approved, but not carried out: %(why)s") % {"why": decided.outcome})
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, said % {"id": hit.pk})
    return True


SECOND = {"agree": _agreed, "disagree": _disagreed}


def _shown(hit: Hit) -> dict[str, Any]:
    blocking = Blocking.objects.filter(hit=hit).first()
    return {
        "state": columns.badge(TONES[Hit.State(hit.state)], hit.get_state_display()),
        "sides": sides(hit),
        "parts": parts(hit),
        "earlier": _earlier(hit),
        "proposal": decide.proposed(hit),
        "blocked_since": blocking.known_at if blocking is not None else None,
        "removed": hit.entry is not None and hit.entry.removed_in_id is not None,
    }


def _earlier(hit: Hit) -> Table:
    return Table(
        title=_("Decided before about these two"),
        heads=[Head(_("When")), Head(_("Decision")), Head(_("Why")), Head(_("Who"))],
        rows=[
            (
                columns.link(Hit, row.pk, columns.moment(row.decided_at)),
                columns.badge(TONES[Hit.State(row.state)], row.get_state_display()),
                row.reason or columns.NOTHING,
                row.decided_by,
            )
            for row in queries.earlier_decisions(hit)[:10]
        ],
        empty=_("This is the first time that they were compared."),
    )
