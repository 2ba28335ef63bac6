"""A report's contents as parts of a page: single forms, and lists of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.reporting.admin import fields as f
from compliance.reporting.models import Report
from exchange.portal.forms import Form

Contents = dict[str, Any]
Kind = Report.Kind

SHOWN = 25  # of a list can be changed on a page; what comes after them stays as it is
MOST = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`key` is where its fields stand in the contents; an empty one is the contents themselves."""

    key: str
    title: Any
    form: type[Form]
    many: bool = False
    one: Any = ""  # what one of a list is called


PEOPLE = gettext_lazy("Person")
TRANSACTIONS = Part(
    key="transactions",
    title=gettext_lazy("Transactions"),
    form=f.TransactionForm,
    many=True,
    one=gettext_lazy("Transaction"),
)
CANADIANS = Part(
    key="persons",
    title=gettext_lazy("People and companies"),
    form=f.CanadianPersonForm,
    many=True,
    one=PEOPLE,
)


def _items(form: type[Form]) -> Part:
    return Part(
        key="items",
        title=gettext_lazy("Property"),
        form=form,
        many=True,
        one=gettext_lazy("Item"),
    )


def _whole(title: Any, form: type[Form]) -> Part:
    return Part(key="", title=title, form=form)


PARTS: dict[str, tuple[Part, ...]] = {
    Kind.SAR: (
        Part(
            key="subjects",
            title=gettext_lazy("Whom it is about"),
            form=f.SubjectForm,
            many=True,
            one=gettext_lazy("Subject"),
        ),
        Part(key="activity", title=gettext_lazy("Suspicious activity"), form=f.ActivityForm),
        _whole(gettext_lazy("Narrative"), f.SarForm),
        Part(
            key="virtual_addresses",
            title=gettext_lazy("Virtual currency addresses"),
            form=f.AddressForm,
            many=True,
            one=gettext_lazy("Address"),
        ),
        Part(
            key="ip_addresses",
            title=gettext_lazy("IP addresses"),
            form=f.IpForm,
            many=True,
            one=gettext_lazy("IP address"),
        ),
    ),
    Kind.CTR: (
        _whole(gettext_lazy("Cash"), f.CtrForm),
        Part(
            key="details",
            title=gettext_lazy("What the cash was for"),
            form=f.DetailForm,
            many=True,
            one=gettext_lazy("Part"),
        ),
        Part(
            key="persons",
            title=gettext_lazy("People"),
            form=f.CashPersonForm,
            many=True,
            one=PEOPLE,
        ),
    ),
    Kind.STR: (
        _whole(gettext_lazy("Suspicion"), f.StrForm),
        CANADIANS,
        Part(
            key="transactions",
            title=gettext_lazy("Transactions"),
            form=f.SuspiciousTransactionForm,
            many=True,
            one=gettext_lazy("Transaction"),
        ),
    ),
    Kind.LVCTR: (CANADIANS, TRANSACTIONS),
    Kind.EFTR: (_whole(gettext_lazy("Transfer"), f.EftrForm), CANADIANS, TRANSACTIONS),
    Kind.OFAC_BLOCKED: (_items(f.BlockedItemForm), _whole(gettext_lazy("Remarks"), f.OfacForm)),
    Kind.OFAC_REJECTED: (_items(f.RejectedItemForm), _whole(gettext_lazy("Remarks"), f.OfacForm)),
    Kind.OFAC_ANNUAL: (
        _whole(gettext_lazy("Annual report"), f.AnnualForm),
        _items(f.BlockedItemForm),
    ),
}


@dataclass(slots=True)
class Row:
    """A form on the page, with what the last check said of its fields."""

    title: Any
    form: Form
    said: dict[str, list[str]]
    listed: bool

    @property
    def lines(self) -> list[tuple[Any, list[str]]]:
        return [
            (bound, self.said.get(bound.name, [])) for bound in self.form if bound.name != "gone"
        ]

    @property
    def gone(self) -> Any:
        return self.form["gone"] if "gone" in self.form.fields else None


@dataclass(slots=True)
class Shown:
    """A part on the page."""

    part: Part
    rows: list[Row]
    said: list[str] = field(default_factory=list)  # of the list as a whole
    kept: int = 0  # items that are not shown, and stay

    @property
    def count_name(self) -> str:
        return f"{self.part.key}-count"


def shown(
    report: Report, data: Mapping[str, Any] | None, said: dict[str, list[str]], more: str = ""
) -> list[Shown]:
    """The page's parts: of the row, or of what was sent. `more` names a list to lengthen."""
    found = []
    for part in PARTS[report.kind]:
        inside = report.payload.get(part.key, {}) if part.key else report.payload
        if not part.many:
            form = _form(part, part.key or "whole", inside or {}, data)
            found.append(Shown(part, [Row("", form, _of(said, part.key), False)]))
            continue
        items = list(inside or [])
        count = _count(data, part) if data is not None else min(len(items), SHOWN)
        count += more == part.key
        rows = [_listed(part, number, items, data, said, more) for number in range(count)]
        found.append(Shown(part, rows, said.get(part.key, []), max(len(items) - SHOWN, 0)))
    return found


def _listed(
    part: Part,
    number: int,
    items: list[Contents],
    data: Mapping[str, Any] | None,
    said: dict[str, list[str]],
    more: str,
) -> Row:
    initial = items[number] if number < len(items) else {}
    fresh = data is not None and more == part.key and f"{part.key}-{number}-gone" not in data
    sent = None if fresh and not _was_sent(part, number, data) else data
    form = _form(part, f"{part.key}-{number}", initial, sent)
    form.fields["gone"] = forms.BooleanField(label=_("Take out"), required=False)
    return Row(f"{part.one} {number + 1}", form, _of(said, f"{part.key}.{number}"), True)


def _was_sent(part: Part, number: int, data: Mapping[str, Any] | None) -> bool:
    begins = f"{part.key}-{number}-"
    return data is not None and any(name.startswith(begins) for name in data)


def _form(part: Part, prefix: str, initial: Contents, data: Mapping[str, Any] | None) -> Form:
    form = part.form(data, prefix=prefix)
    form.initial = {
        name: f.shown(each, initial[name]) for name, each in form.fields.items() if name in initial
    }
    return form


def _count(data: Mapping[str, Any], part: Part) -> int:
    said = str(data.get(f"{part.key}-count", "0"))
    return min(int(said), SHOWN) if said.isascii() and said.isdigit() and len(said) < 4 else 0


def _of(said: dict[str, list[str]], begins: str) -> dict[str, list[str]]:
    """What was said of fields below a place, by their names."""
    if not begins:
        return said
    return {
        where.removeprefix(f"{begins}."): words
        for where, words in said.items()
        if where.startswith(f"{begins}.")
    }


def valid(page: list[Shown]) -> bool:
    """Every form is asked, so that each says what is wrong with it."""
    answers = [row.form.is_valid() for each in page for row in each.rows]
    return all(answers)


def contents_of(report: Report, page: list[Shown]) -> Contents:
    """What the forms say, with what they do not show."""
    contents: Contents = {
        key: value for key, value in report.payload.items() if key not in ("filer",)
    }
    for each in page:
        made = [_values(row, report, each.part) for row in each.rows if not _gone(row)]
        if each.part.many:
            before = report.payload.get(each.part.key) or []
            contents[each.part.key] = [*made, *before[SHOWN:]][:MOST]
        elif each.part.key:
            contents[each.part.key] = made[0]
        else:
            contents |= made[0]
    return contents


def _gone(row: Row) -> bool:
    return bool(row.form.cleaned_data.get("gone"))


def _values(row: Row, report: Report, part: Part) -> Contents:
    return {name: f.said(value) for name, value in row.form.cleaned_data.items() if name != "gone"}


def where_words(report: Report, where: str) -> str:
    """A place in the contents as the page calls it: "Subject 1: Last name"."""
    if where.startswith("file:"):
        return _("In the file: %s") % (where.removeprefix("file:") or "/")
    if where.startswith("filer."):
        return _("Who files: %s") % where.removeprefix("filer.").replace("_", " ")
    pieces = where.split(".")
    for part in PARTS[report.kind]:
        if part.key != (pieces[0] if part.key else ""):
            continue
        rest = pieces[1:] if part.key else pieces
        name = (
            f"{part.one} {int(rest.pop(0)) + 1}"
            if part.many and rest and rest[0].isdigit()
            else part.title
        )
        return f"{name}: {_label(part, rest[0])}" if rest else str(name)
    whole = next((each for each in PARTS[report.kind] if not each.key), None)
    return _label(whole, where) if whole is not None else where


def _label(part: Part, name: str) -> str:
    field = part.form().fields.get(name)
    return str(field.label) if field is not None else name
