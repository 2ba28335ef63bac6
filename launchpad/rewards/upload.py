"""Read an uploaded list of recipients: a customer's number or e-mail address, and an amount.

All lines are looked at before any is refused, so that whoever made the file mends it once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from exchange.accounts.models import Customer, normal_email
from exchange.core.errors import Invalid
from exchange.core.money import parse
from launchpad.rewards.errors import BadRecipients

MOST_BYTES = 2_000_000
MOST_LINES = 20_000
MOST_TOLD = 100


class Row(NamedTuple):
    customer_id: int
    amount: Decimal


class _Line(NamedTuple):
    number: int
    who: str
    amount: Decimal


def read(content: bytes, *, precision: int) -> list[Row]:
    """Rows in the order of the file; a first line of headings is left out.

    Raises BadRecipients naming every bad line (at most a hundred), Invalid (file) when it is too
    large, empty or no text.
    """
    if len(content) > MOST_BYTES:
        raise Invalid("The file is too large.", field="file", limit=MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("The file is no UTF-8 text.", field="file") from error
    if "\x00" in text:
        raise Invalid("The file is no text.", field="file")
    try:
        lines, bad = _lines(text, precision)
    except csv.Error as error:
        raise Invalid(f"The file is no table: {error}.", field="file") from error
    if not lines and not bad:
        raise Invalid("The file has no lines.", field="file")
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines.", field="file", limit=MOST_LINES)
    rows = _with_customers(lines, bad)
    if bad:
        told = [f"line {number}: {why}" for number, why in sorted(bad.items())[:MOST_TOLD]]
        more = f" … and {len(bad) - MOST_TOLD} more" if len(bad) > MOST_TOLD else ""
        raise BadRecipients("; ".join(told) + more, field="file", limit=told)
    return rows


def _lines(text: str, precision: int) -> tuple[list[_Line], dict[int, str]]:
    lines: list[_Line] = []
    bad: dict[int, str] = {}
    for number, cells in enumerate(csv.reader(io.StringIO(text)), start=1):
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if number == 1 and cells[:1] and cells[0].casefold() in ("customer", "customer_id"):
            continue
        if len(lines) > MOST_LINES or len(bad) > MOST_LINES:
            break
        if len(cells) != 2:
            bad[number] = "a customer and an amount, with a comma between"
            continue
        try:
            amount = parse(cells[1], field="amount", precision=precision)
        except Invalid as invalid:
            bad[number] = str(invalid)
            continue
        lines.append(_Line(number, cells[0][:254], amount))
    return lines, bad


def _with_customers(lines: Sequence[_Line], bad: dict[int, str]) -> list[Row]:
    numbers = [int(each.who) for each in lines if _is_number(each.who)]
    emails = [normal_email(each.who) for each in lines if not _is_number(each.who)]
    main = Customer.objects.filter(parent=None)
    known = set(main.filter(pk__in=numbers).values_list("pk", flat=True))
    by_email = dict(main.filter(user__email__in=emails).values_list("user__email", "pk"))
    rows: list[Row] = []
    first: dict[int, int] = {}
    for line in lines:
        if _is_number(line.who):
            customer_id = int(line.who) if int(line.who) in known else None
        else:
            customer_id = by_email.get(normal_email(line.who))
        if customer_id is None:
            bad[line.number] = "there is no such main account"
        elif customer_id in first:
            bad[line.number] = f"this customer stands in line {first[customer_id]} already"
        else:
            first[customer_id] = line.number
            rows.append(Row(customer_id, line.amount))
    return rows


def _is_number(who: str) -> bool:
    return who.isascii() and who.isdigit() and len(who) < 19
