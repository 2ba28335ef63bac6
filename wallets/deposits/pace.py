"""How long confirmations usually take, in words for somebody who waits."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.core.errors import NotFound
from wallets.chains import nodes


def words(network: str, confirmations: int) -> str:
    """ "about 20 minutes"; empty where nobody can say: no node, or blocks made on demand."""
    try:
        node = nodes.node(network)
    except NotFound:
        return ""
    if node.development:
        return ""
    minutes = -(-node.seconds_a_block * confirmations // 60)
    if minutes <= 1:
        return _("about a minute")
    if minutes < 120:
        return ngettext("about %(n)s minute", "about %(n)s minutes", minutes) % {"n": minutes}
    hours = -(-minutes // 60)
    return ngettext("about %(n)s hour", "about %(n)s hours", hours) % {"n": hours}
