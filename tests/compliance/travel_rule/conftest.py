"""A peer provider that really answers over HTTPS, and customers whose names are known."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.demo.peer import folder as peer_files
from compliance.identity.models import Identity
from compliance.travel_rule import directory, incoming
from compliance.travel_rule.models import ProviderKey
from exchange.core import clock, vault
from tests import factories

PEER_LEI = "9845MERIDIANPEER0015"
THEIRS = "bc1qtheircustomer"
OURS = "bc1qourcustomer"
# One key for the whole run: the peer process learns it once.
OUR_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SYSTEM = factories.SYSTEM


class RunningPeer:
    """The process, its folder, and what its directory entry here says."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.config = peer_files.read(folder / "config.json")

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.port}/travel-rule/v1"

    def talks_to(self, url: str) -> None:
        peer_files.write(
            self.folder / "config.json",
            {**self.config, "holdfast": {**self.config["holdfast"], "url": url}},
        )

    def values(self, **other: str) -> dict[str, str]:
        return {
            "name": "Meridian",
            "lei": PEER_LEI,
            "jurisdiction": "CA",
            "endpoint": self.endpoint,
            "public_key": self.config["public_key"],
            "status": "active",
            **other,
        }


@pytest.fixture(scope="session")
def peer_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peer")
    ours = {
        "url": "http://127.0.0.1:1",
        "lei": "9845HOLDFASTEXCH0083",
        "public_key": OUR_KEY.public_key().public_bytes_raw().hex(),
    }
    peer_files.make(folder, name="Meridian", lei=PEER_LEI, jurisdiction="CA", ours=ours)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "compliance.demo.peer", "serve",
            "--folder", str(folder), "--port", str(port),
        ]
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield RunningPeer(folder, port)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def our_key(db):
    public = OUR_KEY.public_key().public_bytes_raw().hex()
    return ProviderKey.objects.create(
        public_key=public,
        sealed=vault.seal(OUR_KEY.private_bytes_raw(), context=f"provider-key:{public}"),
        made_at=clock.now(),
    )


@pytest.fixture
def peer(our_key, settings, peer_process):
    """The peer, in our directory, its certificate believed; it has one customer, Robert Barnes."""
    settings.TRAVEL_RULE_CA_FILE = str(peer_process.folder / "cert.pem")
    peer_files.write(peer_process.folder / "customers.json", {THEIRS: {"name": "Robert Barnes"}})
    peer_process.row = directory.enter(values=peer_process.values(), actor=SYSTEM)
    return peer_process


def known(country: str = "US", *, given: str = "Alice", family: str = "Smith"):
    """A customer whose identity is known."""
    who = factories.customer()
    Identity.objects.create(
        customer=who,
        given_names=given,
        family_name=family,
        country=country,
        street="24 Potential Street",
        city="Walnut",
        postal_code="91765",
        approved_at=clock.now(),
    )
    return who


@pytest.fixture
def alice(db):
    return known("US")


@pytest.fixture
def ours_is(monkeypatch):
    """Says whose the address OURS is."""

    def say(customer):
        def find(network, address, memo):
            return incoming.Ours(customer.pk, OURS) if address == OURS else None

        monkeypatch.setattr(incoming, "_finders", [find])

    return say
