"""What an officer can do on the case page, as forms: one for each verb."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compliance.cases import neutral, questions
from compliance.cases.dispose import LOOK_AGAIN_DAYS
from compliance.cases.models import Case
from compliance.cases.reasons import REASONS
from compliance.cases.states import MOVES, Disposition, Queue
from exchange.accounts.models import Restriction

READ_BY_OTHERS = _("Other desks read this too: say nothing of a report.")


def _long(rows: int = 3, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class CaseForm(forms.Form):
    """Knows the case that it is about; fields have ids of their own on a page of many forms."""

    def __init__(self, *args: Any, case: Case, people: list[tuple[int, str]], **kw: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kw})
        self.case, self.people = case, people
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices that depend on the case."""


class Note(CaseForm):
    text = forms.CharField(label=_("Note"), max_length=5000, widget=_long(4))


class Dispose(CaseForm):
    ending = forms.ChoiceField(label=_("Ends as"))
    rationale = forms.CharField(
        label=_("Why, in a sentence"),
        max_length=1000,
        widget=_long(3),
        help_text=_("For whoever asks in a year. Without jargon."),
    )
    look_again_days = forms.TypedChoiceField(
        label=_("Look again, when monitored, after"),
        coerce=int,
        choices=[(days, _("%(n)s days") % {"n": days}) for days in LOOK_AGAIN_DAYS],
        initial=LOOK_AGAIN_DAYS[0],
    )

    def prepare(self) -> None:
        self.fields["ending"].choices = [  # type: ignore[attr-defined]
            ("", "—"),  # nothing is chosen for anybody
            *(
                (
                    Disposition(disposition).label,
                    [(f"{disposition}:{code}", words) for code, words in codes.items()],
                )
                for disposition, codes in REASONS.items()
            ),
        ]


class HandOn(CaseForm):
    queue = forms.ChoiceField(label=_("To"))
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))

    def prepare(self) -> None:
        self.fields["queue"].choices = [  # type: ignore[attr-defined]
            (queue, Queue(queue).label) for queue in sorted(MOVES[self.case.queue])
        ]


class Ask(CaseForm):
    customer_id = forms.TypedChoiceField(label=_("Whom"), coerce=int)
    text = forms.CharField(
        label=_("Question"),
        max_length=questions.LONGEST,
        widget=_long(4),
        help_text=_("They read exactly this. Words that would tip somebody off are refused."),
    )
    days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=questions.MOST_DAYS,
        initial=questions.DAYS,
    )

    def prepare(self) -> None:
        self.fields["customer_id"].choices = self.people[:50]  # type: ignore[attr-defined]
        self.templates = list(neutral.QUESTIONS.values())


class Evidence(CaseForm):
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG, JPEG or text, up to 10 MB. Kept encrypted, every look is logged."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.txt,.csv,.json"}),
    )


class Facts(CaseForm):
    at = forms.DateTimeField(
        label=_("First known at (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))

    def prepare(self) -> None:
        self.fields["at"].initial = self.case.facts_known_at


class Link(CaseForm):
    other_id = forms.IntegerField(label=_("Case number"), min_value=1, max_value=2**62)
    why = forms.CharField(label=_("Why"), max_length=300)


class Restrict(CaseForm):
    customer_id = forms.TypedChoiceField(label=_("Whom"), coerce=int)
    kind = forms.ChoiceField(
        label=_("They may not"), choices=Restriction.Kind.choices, initial="withdrawal"
    )
    reason = forms.CharField(
        label=_("Why, for staff"), max_length=500, widget=_long(2), help_text=READ_BY_OTHERS
    )
    customer_message = forms.CharField(
        label=_("What the customer is told"),
        max_length=300,
        required=False,
        help_text=_("Neutral words, or none."),
    )

    def prepare(self) -> None:
        self.fields["customer_id"].choices = self.people[:50]  # type: ignore[attr-defined]


class Lift(CaseForm):
    restriction_id = forms.TypedChoiceField(label=_("Restriction"), coerce=int)
    reason = forms.CharField(
        label=_("Why"), max_length=500, widget=_long(2), help_text=READ_BY_OTHERS
    )

    def prepare(self) -> None:
        standing = Restriction.objects.filter(
            customer_id__in=[key for key, _words in self.people[:50]], lifted_at__isnull=True
        ).order_by("id")[:50]
        self.fields["restriction_id"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"#{row.customer_id}: {row.get_kind_display()}") for row in standing
        ]


class Reassign(CaseForm):
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))


class Decide(CaseForm):
    """The second person's word on what waits for one."""

    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))


class Reopen(CaseForm):
    reason = forms.CharField(label=_("Why"), max_length=500, widget=_long(2))


class Bare(CaseForm):
    """Nothing to fill in: claim, give back."""


class Withdraw(CaseForm):
    question_id = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
