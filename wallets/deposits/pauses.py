"""Why nothing is credited right now, in words; empty when deposits go on."""

from __future__ import annotations

from django.utils.translation import gettext as _

from exchange.assets.models import Asset, AssetNetwork
from exchange.core import switches
from exchange.core.errors import Refused, SwitchedOff
from wallets.chains import health


def refuse_if_paused(listed: AssetNetwork) -> None:
    """Raise SwitchedOff or NotFollowing while deposits of this asset are not credited here.

    Read inside the transaction that credits. `listed` comes with its asset and network.
    """
    switches.refuse_if_closed(
        *switches.deposits(asset=listed.asset.code, network=listed.network.code)
    )
    if listed.asset.status != Asset.Status.ACTIVE or not listed.deposit_enabled:
        raise SwitchedOff(
            _("Deposits of %(asset)s over %(network)s are closed for the moment.")
            % {"asset": listed.asset.code, "network": listed.network.name},
            field="asset",
        )
    health.refuse_unless_following(listed.network_id)


def reason(listed: AssetNetwork) -> str:
    """What the customer is told while crediting is paused; empty when it is not."""
    try:
        refuse_if_paused(listed)
    except Refused as refused:
        return str(refused)
    return ""
