"""What a vote may change of rewards: the discount for holders of BMX, and what VIP tiers ask for.

A change writes a new table of tiers, as two people's own proposal of one does.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from exchange.core.money import plain
from launchpad.governance.parameters import Parameter, amount, declare
from launchpad.rewards import tiers, vip

HOLDERS = "BMX"  # the target of what there is one of only


def _one(target: str) -> None:
    if target != HOLDERS:
        raise NotFound(_("There is one of these only: BMX."), field="target")


def _level(target: str) -> tiers.Tier:
    found = next((tier for tier in tiers.table().tiers if tier.name == target), None)
    if found is None:
        raise NotFound(_("There is no such tier."), field="target")
    return found


def _with_discount(table: tiers.Table, value: str) -> tiers.Table:
    percent = amount(value, least=Decimal(0), most=Decimal(50), digits=2)
    return table._replace(bmx_discount_ppm=int(percent * tiers.PERCENT))


def _with_least(table: tiers.Table, value: str) -> tiers.Table:
    return table._replace(bmx_least=amount(value, least=Decimal(1), most=Decimal(10**9), digits=0))


def _with_grace(table: tiers.Table, value: str) -> tiers.Table:
    days = amount(value, least=Decimal(0), most=Decimal(90), digits=0)
    return table._replace(grace_days=int(days))


def _of_all(
    key: str,
    label: object,
    about: object,
    read: Callable[[tiers.Table], str],
    write: Callable[[tiers.Table, str], tiers.Table],
) -> Parameter:
    """A figure of which the table has one."""

    def check(target: str, value: str) -> None:
        _one(target)
        write(tiers.table(), value)

    def current(target: str) -> str:
        _one(target)
        return read(tiers.table())

    def change(target: str, value: str, actor: Actor) -> None:
        check(target, value)
        vip.write_table(write(tiers.table(), value), actor=actor, reason="a vote passed it")

    return Parameter(
        key=key,
        label=label,
        target_label=gettext_lazy("coin"),
        about=about,
        targets=lambda: [HOLDERS],
        current=current,
        check=check,
        change=change,
    )


def _of_a_tier(key: str, label: object, about: object, column: str, digits: int) -> Parameter:
    """A column of one tier; the table must stay one in which higher asks for more."""

    def changed(target: str, value: str) -> tiers.Table:
        asked = _level(target)
        number = amount(value, least=Decimal(0), most=Decimal(10**9), digits=digits)
        table = tiers.table()
        rows = [
            tier.row() | ({column: plain(number)} if tier.level == asked.level else {})
            for tier in table.tiers
        ]
        try:
            return table._replace(tiers=tiers.checked(rows))
        except Invalid as wrong:
            raise Invalid(str(wrong), field="value", limit=wrong.limit) from wrong

    def check(target: str, value: str) -> None:
        changed(target, value)

    def change(target: str, value: str, actor: Actor) -> None:
        vip.write_table(changed(target, value), actor=actor, reason="a vote passed it")

    return Parameter(
        key=key,
        label=label,
        target_label=gettext_lazy("tier"),
        about=about,
        targets=lambda: [tier.name for tier in tiers.table().tiers],
        current=lambda target: _level(target).row()[column],
        check=check,
        change=change,
    )


declare(
    _of_all(
        "vip.bmx_discount",
        gettext_lazy("Discount on fees for who holds BMX"),
        gettext_lazy("In percent, from 0 to 50."),
        lambda table: plain(table.bmx_discount),
        _with_discount,
    )
)
declare(
    _of_all(
        "vip.bmx_least",
        gettext_lazy("BMX that must be held for the discount"),
        gettext_lazy("A whole number of BMX, held on average over thirty days."),
        lambda table: plain(table.bmx_least),
        _with_least,
    )
)
declare(
    _of_all(
        "vip.grace_days",
        gettext_lazy("Days for which a VIP tier is kept"),
        gettext_lazy("From 0 to 90, after less was traded and held."),
        lambda table: str(table.grace_days),
        _with_grace,
    )
)
declare(
    _of_a_tier(
        "vip.tier_bmx",
        gettext_lazy("BMX that a VIP tier asks for"),
        gettext_lazy("A whole number, more than the tier below asks for."),
        "bmx",
        0,
    )
)
declare(
    _of_a_tier(
        "vip.taker_discount",
        gettext_lazy("A VIP tier's discount on taker fees"),
        gettext_lazy("In percent, no less than the tier below gives, at most 90."),
        "taker_discount",
        2,
    )
)
