"""How values look in lists and details: amounts, times, states, links; one way everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.core import clock
from exchange.core.money import grouped

NOTHING = "—"

OK, WATCH, BAD, INFO, QUIET = "ok", "watch", "bad", "info", "quiet"
SHAPES = {OK: "dot-ok", WATCH: "dot-watch", BAD: "dot-bad", INFO: "dot-info", QUIET: "dot-quiet"}

Column = Callable[[Any], Any]


def badge(tone: str, words: Any) -> SafeString:
    """A state in words, with a shape and a colour that say the same."""
    return format_html(
        '<span class="badge badge-{}"><svg class="dot" aria-hidden="true"><use href="#{}"></use>'
        "</svg>{}</span>",
        tone,
        SHAPES[tone],
        words,
    )


def amount_text(amount: Decimal | None) -> str:
    """1,234.5: grouped, and without trailing zeros. An amount is never rounded for show."""
    if amount is None:
        return NOTHING
    return grouped(amount)


def money(amount: Decimal | None, asset: str = "") -> SafeString:
    """An amount with its asset; negative ones are marked by sign and class."""
    if amount is None:
        return format_html('<span class="quiet">{}</span>', NOTHING)
    tone = "negative" if amount < 0 else "zero" if amount == 0 else ""
    unit = format_html(' <span class="unit">{}</span>', asset) if asset else ""
    return format_html('<span class="amount {}">{}{}</span>', tone, amount_text(amount), unit)


def signed(amount: Decimal) -> SafeString:
    """A change: always with its sign."""
    if amount == 0:
        return format_html('<span class="amount zero">{}</span>', 0)
    sign = "+" if amount > 0 else ""
    tone = "positive" if amount > 0 else "negative"
    return format_html('<span class="amount {}">{}{}</span>', tone, sign, amount_text(amount))


def moment(at: datetime | None) -> SafeString:
    """A time in UTC to the second; how long ago it is stands in its tooltip."""
    if at is None:
        return format_html('<span class="quiet">{}</span>', NOTHING)
    shown = timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), ago(at), shown)


def ago(at: datetime) -> str:
    """ "4 min ago", "in 3 h": the larger unit only."""
    seconds = (clock.now() - at).total_seconds()
    words = span(abs(seconds))
    return (
        _("in %(span)s") % {"span": words} if seconds < -1 else _("%(span)s ago") % {"span": words}
    )


def span(seconds: float) -> str:
    """A duration in its largest sensible unit."""
    if seconds < 1:
        return _("%(n)d ms") % {"n": seconds * 1000}
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d min") % {"n": seconds / 60}
    if seconds < 172_800:
        return _("%(n)d h") % {"n": seconds / 3600}
    return ngettext("%(n)d day", "%(n)d days", int(seconds / 86400)) % {"n": seconds / 86400}


def whole(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


def mono(text: Any) -> SafeString | str:
    """An identifier, set so that its characters can be told apart."""
    if text in (None, "", NOTHING):
        return NOTHING
    return format_html('<span class="mono">{}</span>', text)


def admin_url(model: type[Model] | str, key: Any, kind: str = "change") -> str:
    """The address of a row's page; empty when the model has none. A name alone is exchange's."""
    name = f"exchange_{model}" if isinstance(model, str) else model._meta.label_lower
    name = name.replace(".", "_")
    try:
        return reverse(f"admin:{name}_{kind}", args=[] if key is None else [quote(key)])
    except NoReverseMatch:
        return ""


def link(model: type[Model] | str, key: Any, words: Any) -> SafeString | str:
    """A link to a row's page, or the words alone when there is no such page."""
    url = admin_url(model, key)
    return format_html('<a href="{}">{}</a>', url, words) if url else words


def _column(name: str, label: Any, render: Column, order: str | None = None) -> Column:
    def column(row: Any) -> Any:
        return render(row)

    column.__name__ = name
    column.short_description = label  # type: ignore[attr-defined]
    if order:
        column.admin_order_field = order  # type: ignore[attr-defined]
    return column


def _value(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def when(field: str, label: Any) -> Column:
    return _column(field, label, lambda row: moment(_value(row, field)), field)


def day(field: str, label: Any) -> Column:
    """A date, written like the times beside it."""

    def render(row: Any) -> Any:
        at = _value(row, field)
        return NOTHING if at is None else at.isoformat()

    return _column(field, label, render, field)


def amount(field: str, label: Any, asset: str = "") -> Column:
    """An amount; `asset` is the path to its code, shown as the unit."""
    return _column(
        field,
        label,
        lambda row: money(_value(row, field), _value(row, asset) if asset else ""),
        field,
    )


def change(field: str, label: Any) -> Column:
    return _column(field, label, lambda row: signed(_value(row, field)))


def identifier(field: str, label: Any) -> Column:
    return _column(field, label, lambda row: mono(_value(row, field)), field)


def state(field: str, label: Any, tones: Mapping[Any, str]) -> Column:
    """A choice as a badge, in the words of the choice."""

    def render(row: Any) -> SafeString:
        display = getattr(row, f"get_{field}_display", None)
        value = _value(row, field)
        return badge(tones.get(value, QUIET), display() if display else value)

    return _column(field, label, render, field)


def flag(field: str, label: Any, yes: tuple[str, Any], no: tuple[str, Any]) -> Column:
    """A yes or no in words: each with its tone."""
    return _column(field, label, lambda row: badge(*(yes if _value(row, field) else no)), field)


def related(name: str, label: Any, model: str, words: Callable[[Any], tuple[Any, Any]]) -> Column:
    """A link to another row: `words` gives its key and what to call it."""

    def render(row: Any) -> Any:
        key, called = words(row)
        return NOTHING if key is None else link(model, key, called)

    return _column(name, label, render)


def computed(name: str, label: Any, render: Column) -> Column:
    """Whatever the function says of a row."""
    return _column(name, label, render)


def direction(*, up: bool, words: Any) -> SafeString:
    """Buy or sell, in or out: an arrow, a colour and the word."""
    return format_html(
        '<span class="direction {}"><span aria-hidden="true">{}</span> {}</span>',
        "up" if up else "down",
        "▲" if up else "▼",
        words,
    )


def together(parts: Iterable[Any]) -> SafeString:
    """Several badges in a row."""
    return format_html_join(" ", "{}", ((part,) for part in parts))
