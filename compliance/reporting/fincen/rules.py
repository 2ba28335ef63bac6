"""What a batch file must obey: the schema, and what FinCEN's guide asks beyond it.

`problems_of` is for any file, ours or not: it is what `manage.py validate_report` runs, and what
our own files pass through before anybody may approve them.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from compliance.reporting.fincen import ctr_rules, sar_rules
from compliance.reporting.fincen.read import NAMESPACE, PREFIX, children, name, read, text
from compliance.reporting.fincen.schema import against_schema
from compliance.reporting.problems import Found, Problem

FORMS = {"SARX": sar_rules, "CTRX": ctr_rules}
DECLARED = re.compile(
    rb"\A\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>)?(?:\s|<!--.*?-->)*<([\w.-]+:)?", re.S
)


def problems_of(content: bytes) -> list[Problem]:
    """Everything that is wrong with a file; empty when it may be sent. Raises Unreadable."""
    root = read(content)
    found = Found()
    if name(root) != "EFilingBatchXML" or root.tag != f"{{{NAMESPACE}}}EFilingBatchXML":
        found.add("/", "root", _("The root has to be EFilingBatchXML of www.fincen.gov/base."))
        return found.problems
    prefix = DECLARED.match(content)
    found.need(
        prefix and prefix.group(1) == f"{PREFIX}:".encode(),
        "/",
        "prefix",
        _("FinCEN expects the prefix fc2 before every element."),
    )
    form = text(root, "FormTypeCode")
    if form not in FORMS:
        found.add("/FormTypeCode", "form", _("The form has to be SARX or CTRX."))
        return found.problems
    against_schema(root, form, found)
    _no_stray_spaces(root, found)
    _numbering(root, found)
    _counts(root, form, found)
    for number, activity in enumerate(children(root, "Activity"), start=1):
        FORMS[form].check(activity, f"/Activity[{number}]", found)
    return found.problems


def _no_stray_spaces(root: Element, found: Found) -> None:
    """In any value, also those whose type would forgive it."""
    for element in root.iter():
        value = element.text or ""
        if len(element) or not value:
            continue
        if value != value.strip() or any(each in value for each in "\t\r\n"):
            found.add(
                f"/{name(element)}",
                "spaces",
                _("“%(value)s” has spaces at an end, a tab or a line break.")
                % {"value": value[:60]},
            )


def _numbering(root: Element, found: Found) -> None:
    seen: set[str] = set()
    for element in root.iter():
        number = element.get("SeqNum")
        if element is root or number is None:
            continue
        where = f"/{name(element)}"
        good = number.isascii() and number.isdigit() and int(number) > 0
        found.need(good, where, "sequence", _("SeqNum has to be a number from 1 on."))
        key = number.lstrip("0")
        found.need(key not in seen, where, "sequence", _("SeqNum %s stands twice.") % number)
        seen.add(key)


def _counts(root: Element, form: str, found: Found) -> None:
    activities = children(root, "Activity")
    real = {
        "ActivityCount": len(activities),
        "PartyCount": sum(len(children(each, "Party")) for each in activities),
        "TotalAmount": sum((FORMS[form].amount_of(each) for each in activities), Decimal(0)),
    }
    if form == "SARX":
        attached = sum(len(children(each, "ActivitySupportDocument")) for each in activities)
        real |= {"ActivityAttachmentCount": attached, "AttachmentCount": attached}
    for attribute, count in real.items():
        said = root.get(attribute, "")
        found.need(
            _same(said, Decimal(count)),
            f"/@{attribute}",
            "count",
            _("%(attribute)s says %(said)s, and the file holds %(count)s.")
            % {"attribute": attribute, "said": said or _("nothing"), "count": count},
        )


def _same(said: str, count: Decimal) -> bool:
    try:
        return Decimal(said) == count
    except InvalidOperation:
        return False
