"""Which parameters a vote may change, within which bounds, and how a change is made.

Rooms above add theirs with `declare`. What is not declared here can't be voted on: a vote never
touches keys, limits of law, or who may do what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.assets.models import AssetNetwork
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from exchange.core.foreign import amount_of
from exchange.core.money import plain
from exchange.markets.models import Market

HIGHEST_RATE = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing that a vote may change, of many targets (a market, an asset on a network)."""

    key: str
    label: object  # translated when it is shown
    target_label: object
    about: object  # what values it takes
    targets: Callable[[], list[str]]
    current: Callable[[str], str]  # raises NotFound for an unknown target
    check: Callable[[str, str], None]  # target, value; raises Invalid
    change: Callable[[str, str, Actor], None]  # inside a transaction


_declared: dict[str, Parameter] = {}


def declare(parameter: Parameter) -> None:
    """Let votes change it."""
    if parameter.key in _declared:
        raise RuntimeError(f"there are two parameters called {parameter.key}")
    _declared[parameter.key] = parameter


def declared() -> list[Parameter]:
    return list(_declared.values())


def named(key: str) -> Parameter:
    """Raises Invalid for what a vote can't change."""
    if key not in _declared:
        raise Invalid(_("A vote can't change this."), field="parameter", limit=sorted(_declared))
    return _declared[key]


def targets_of(key: str) -> list[str]:
    """Of what a parameter can be changed. Raises Invalid."""
    return named(key).targets()


def refuse_change(key: str, target: str, value: str) -> None:
    """Raise Invalid or NotFound unless this may become the parameter's value."""
    parameter = named(key)
    parameter.check(target, value)
    if parameter.current(target) == value:
        raise Invalid(_("It has this value already."), field="value", limit=value)


def amount(text: str, *, least: Decimal, most: Decimal, digits: int) -> Decimal:
    """A plain number within bounds. Raises Invalid naming `value`."""
    number = amount_of(text)
    if number is None or plain(number) != text:
        raise Invalid(_("Write a plain number, such as 0.001."), field="value")
    if not least <= number <= most:
        raise Invalid(
            _("It must lie between %(least)s and %(most)s.")
            % {"least": plain(least), "most": plain(most)},
            field="value",
            limit=f"{plain(least)}-{plain(most)}",
        )
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        raise Invalid(_("It has too many digits."), field="value", limit=digits)
    return number


def _market(symbol: str, *, lock: bool = False) -> Market:
    rows = Market.objects.select_for_update() if lock else Market.objects
    found = rows.filter(symbol=symbol).exclude(status=Market.Status.DELISTED).first()
    if found is None:
        raise NotFound(_("There is no such market."), field="target")
    return found


def _markets() -> list[str]:
    rows = Market.objects.exclude(status=Market.Status.DELISTED).order_by("rank", "symbol")
    return list(rows.values_list("symbol", flat=True)[:500])


def _rate(which: str) -> Parameter:
    def check(symbol: str, value: str) -> None:
        rate = amount(value, least=Decimal(0), most=HIGHEST_RATE, digits=6)
        market = _market(symbol)
        maker = rate if which == "maker_rate" else market.maker_rate
        taker = rate if which == "taker_rate" else market.taker_rate
        if maker > taker:
            raise Invalid(
                _("A maker's rate is never above a taker's."),
                field="value",
                limit=plain(taker if which == "maker_rate" else maker),
            )

    def change(symbol: str, value: str, actor: Actor) -> None:
        check(symbol, value)
        market = _market(symbol, lock=True)
        setattr(market, which, Decimal(value))
        market.save(update_fields=[which])

    labels = {
        "maker_rate": gettext_lazy("Maker fee of a market"),
        "taker_rate": gettext_lazy("Taker fee of a market"),
    }
    return Parameter(
        key=f"market.{which}",
        label=labels[which],
        target_label=gettext_lazy("market"),
        about=gettext_lazy("A share of what is traded: 0.001 is 0.1 %. From 0 to 0.01."),
        targets=_markets,
        current=lambda symbol: plain(getattr(_market(symbol), which)),
        check=check,
        change=change,
    )


def _listed(target: str, *, lock: bool = False) -> AssetNetwork:
    code, _at, network = target.partition(" on ")
    rows = AssetNetwork.objects.select_for_update(of=("self",)) if lock else AssetNetwork.objects
    found = rows.select_related("asset").filter(asset__code=code, network__code=network).first()
    if found is None:
        raise NotFound(_("This asset is not withdrawn over this network."), field="target")
    return found


def _withdrawals() -> list[str]:
    rows = AssetNetwork.objects.order_by("asset__rank", "network__code")
    pairs = rows.values_list("asset__code", "network__code")[:500]
    return [f"{code} on {network}" for code, network in pairs]


def _check_withdraw_fee(target: str, value: str) -> None:
    listed = _listed(target)
    # Never more than what may be withdrawn at least: a withdrawal must have something to arrive.
    amount(value, least=Decimal(0), most=listed.withdraw_min, digits=listed.asset.precision)


def _change_withdraw_fee(target: str, value: str, actor: Actor) -> None:
    _check_withdraw_fee(target, value)
    listed = _listed(target, lock=True)
    listed.withdraw_fee = Decimal(value)
    listed.save(update_fields=["withdraw_fee"])


declare(_rate("maker_rate"))
declare(_rate("taker_rate"))
declare(
    Parameter(
        key="withdrawal.fee",
        label=gettext_lazy("Withdrawal fee of an asset on a network"),
        target_label=gettext_lazy("asset and network"),
        about=gettext_lazy("An amount of the asset, from 0 to the least withdrawal."),
        targets=_withdrawals,
        current=lambda target: plain(_listed(target).withdraw_fee),
        check=_check_withdraw_fee,
        change=_change_withdraw_fee,
    )
)
