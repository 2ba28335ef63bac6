"""Give a customer of the demo coins of a development chain, the way a stranger would send them.

The coins are made on the chain and sent to the customer's own deposit address; everything after
that is the exchange's usual walk.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.travel_rule import incoming, owners
from exchange.audit.record import record
from exchange.core.actors import Actor
from exchange.core.errors import Invalid, NotFound
from exchange.core.money import plain
from wallets.addresses import issue
from wallets.chains import nodes
from wallets.chains.interface import ChainUnavailable
from wallets.demo import faucet, tokens
from wallets.deposits import offers
from wallets.deposits.offers import Offer

MOST = {"BTC": Decimal(5), "LTC": Decimal(100), "ETH": Decimal(50), "BNB": Decimal(100)}
MOST_TOKENS = Decimal(100_000)
MOST_BLOCKS, DEEPEST = 20, 6


class FaucetDry(Invalid):
    """The chain does not answer, or has nothing to give."""

    code = "faucet_dry"


def on_offer() -> list[Offer]:
    """What the faucet gives: everything that can be deposited over a development chain."""
    _only_in_the_demo()
    found = [offer for coin in offers.coins() for offer in offers.of_asset(coin.code)]
    given = tokens.stood_in_for()
    return [o for o in found if _is_development(o.network) and (o.is_native or o.asset in given)]


def most(asset: str) -> Decimal:
    """At once, of an asset."""
    return MOST.get(asset, MOST_TOKENS)


def hand_out(*, customer_id: int, asset: str, network: str, amount: Decimal, actor: Actor) -> str:
    """Send coins to the customer's deposit address, made now if need be. Returns the transaction.

    Raises NotFound, Invalid, FaucetDry and what `issue` raises.
    """
    _only_in_the_demo()
    offer = next((o for o in on_offer() if (o.asset, o.network) == (asset, network)), None)
    if offer is None:
        raise NotFound(_("The faucet does not give this."), field="asset")
    if not 0 < amount <= most(asset):
        raise Invalid(
            _("At most %(most)s at once.") % {"most": plain(most(asset))},
            field="amount",
            limit=most(asset),
        )
    own = issue.issue(customer_id=customer_id, network_id=offer.network_id, actor=actor)
    try:
        txid = faucet.give(network=network, asset=asset, address=own.address, amount=amount)
    except ChainUnavailable as error:
        raise FaucetDry(_("The chain does not answer just now. Try again.")) from error
    _said_to_be_their_own(customer_id, network, txid, actor)
    _note(actor, "demo.hand_out", network, asset=asset, amount=amount, txid=txid)
    return txid


def _said_to_be_their_own(customer_id: int, network: str, txid: str, actor: Actor) -> None:
    """Whoever asks the faucet knows where the coins come from: the travel rule need not ask."""
    owners.declare(
        new=owners.NewOwner(
            customer_id=customer_id,
            network=network,
            key=incoming.of_transaction(txid),
            kind=owners.Kind.OWN_WALLET,
        ),
        actor=actor,
    )


def mine(*, network: str, blocks: int, actor: Actor) -> None:
    """Make blocks, so that nobody has to wait for confirmations."""
    _only_in_the_demo()
    if not 1 <= blocks <= MOST_BLOCKS:
        raise Invalid(_("1 to %(n)s blocks.") % {"n": MOST_BLOCKS}, field="blocks")
    try:
        faucet.mine(network=network, blocks=blocks)
    except ChainUnavailable as error:
        raise FaucetDry(_("The chain does not answer just now. Try again.")) from error
    _note(actor, "demo.mine", network, blocks=blocks)


def fork(*, network: str, depth: int, actor: Actor) -> None:
    """Have the chain replace its last blocks, to see what becomes of deposits in them."""
    _only_in_the_demo()
    if not 1 <= depth <= DEEPEST:
        raise Invalid(_("1 to %(n)s blocks.") % {"n": DEEPEST}, field="depth")
    try:
        faucet.reorg(network=network, depth=depth)
    except ChainUnavailable as error:
        raise FaucetDry(_("The chain does not answer just now. Try again.")) from error
    _note(actor, "demo.fork", network, depth=depth)


def _note(actor: Actor, verb: str, network: str, **what: object) -> None:
    with transaction.atomic():
        record(actor=actor, verb=verb, target_type="network", target_id=network, after=what)


def _is_development(network: str) -> bool:
    try:
        return nodes.node(network).development
    except NotFound:
        return False


def _only_in_the_demo() -> None:
    if not settings.DEMO_FAUCET:
        raise NotFound(_("There is no faucet here."))
