"""The demo's other provider: entered in the directory, given customers, and having it announce
payments, so that an officer sees messages go back and forth.

The peer is a process of its own (`compliance.demo.peer`); this tells it what to say, once.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings

from compliance.demo.peer import folder as peer
from compliance.travel_rule import directory, keys, people
from compliance.travel_rule.ivms101.parts import Message, Party, Provider, build
from compliance.travel_rule.models import Counterparty, ProviderKey
from exchange.accounts.models import Customer
from exchange.assets.models import Network
from exchange.core import clock
from exchange.core.actors import system
from exchange.core.errors import Refused
from wallets.addresses import issue
from wallets.chains import nodes

SEED = system("demo seed")
FOLDER = "travel-peer"
# Its customers, at addresses that nobody here owns: BIP-173's and EIP-55's examples.
CUSTOMERS = {
    "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080": {"name": "Robert Barnes"},
    "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": {"name": "Robert Barnes", "slow": True},
}
NETWORK, ASSET = "BTC", "BTC"


def introduce() -> int:
    """Enter the peer, and lay its first letters out. Returns 1 when something was done; safe to
    run twice: the peer's folder remembers."""
    folder = settings.VAR / FOLDER
    config = peer.read(folder / "config.json")
    if not config or not settings.TRAVEL_PEER_PORT or peer.read(folder / "introduced.json"):
        return 0
    if not ProviderKey.objects.filter(retired_at=None).exists():
        keys.make(actor=SEED, reason="demo")
    row = directory.enter(
        values={
            "name": config["name"],
            "lei": config["lei"],
            "jurisdiction": config["jurisdiction"],
            "endpoint": f"https://127.0.0.1:{settings.TRAVEL_PEER_PORT}/travel-rule/v1",
            "public_key": config["public_key"],
            "status": Counterparty.Status.ACTIVE,
            "note": "The demo's own peer: a process on this machine.",
        },
        actor=SEED,
    )
    peer.write(folder / "customers.json", CUSTOMERS)
    letters = _letters(row)
    for letter in letters:
        peer.post(folder, "transfers", letter)
    peer.write(folder / "introduced.json", {"at": clock.now().isoformat(), "sent": len(letters)})
    return 1


def _letters(row: Counterparty) -> list[dict[str, Any]]:
    """Three payments to our customers: one in order, one to another name, one with a fault."""
    if NETWORK not in nodes.configured():
        return []
    network = Network.objects.get(code=NETWORK)
    made: list[dict[str, Any]] = []
    holders = Customer.objects.filter(user__isnull=False, user__is_staff=False, parent=None)
    for number, customer in enumerate(holders.order_by("pk")[:3]):
        try:
            own = issue.issue(customer_id=customer.pk, network_id=network.pk, actor=SEED)
        except Refused:
            continue
        known = people.party_of(customer.pk)
        name = known if known is not None and number != 1 else Party(family_name="Quartermain")
        made.append(_letter(row, own.address, name, f"0.{number + 4}", faulty=number == 2))
    return made


def _letter(
    row: Counterparty, address: str, to: Party, amount: str, *, faulty: bool
) -> dict[str, Any]:
    message = build(
        Message(
            originator=Party(
                family_name="Barnes",
                given_names="Robert",
                street="7 Harbour Street",
                city="Halifax",
                country="CA",
                customer_number="M-1047",
                accounts=("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",),
            ),
            beneficiary=Party(
                company=to.company,
                family_name=to.family_name,
                given_names=to.given_names,
                accounts=(address,),
            ),
            originating=Provider(name=row.name, lei=row.lei, country=row.jurisdiction),
            receiving=keys.ourselves(),
        )
    )
    if faulty:
        message["originator"]["originatorPerson"][0]["naturalPerson"]["countryOfResidence"] = "ZZ"
    return {
        "id": str(uuid.uuid4()),
        "revision": 1,
        "asset": ASSET,
        "network": NETWORK,
        "amount": amount,
        "address": address,
        "ivms101": message,
    }
