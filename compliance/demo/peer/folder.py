"""What a peer keeps in its folder: its name and key, its certificate, its customers, its letters.

config.json      name, LEI, private key, and whom it talks to
cert.pem key.pem the certificate of its endpoint, good for this machine
customers.json   address -> {"name": …, "slow": true when answered later}
payments.json    txid -> the message that it has for coins that it sent
outbox/*.json    {"what": "transfers", "body": {…}}: sent as soon as they lie there
sent/*.json      the same with the answer
inbox.jsonl      what it was asked and what it answered
"""

from __future__ import annotations

import ipaddress
import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from compliance.travel_rule.wire import public_of


def make(folder: Path, *, name: str, lei: str, jurisdiction: str, ours: dict[str, str]) -> None:
    """A new peer; one that is there already only learns anew whom it talks to."""
    for part in ("outbox", "sent"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    if not (folder / "config.json").exists():
        _certificate(folder)
        key = Ed25519PrivateKey.generate()
        write(
            folder / "config.json",
            {
                "name": name,
                "lei": lei,
                "jurisdiction": jurisdiction,
                "private_key": key.private_bytes_raw().hex(),
                "public_key": public_of(key),
            },
        )
    write(folder / "config.json", {**read(folder / "config.json"), "holdfast": ours})


def read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, value: dict[str, Any]) -> None:
    """Whole or not at all, for its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf8") as file:
        json.dump(value, file, indent=1, sort_keys=True)
    draft.replace(path)


def post(folder: Path, what: str, body: dict[str, Any]) -> None:
    """Lay a letter into the outbox."""
    (folder / "outbox").mkdir(parents=True, exist_ok=True)
    write(folder / "outbox" / f"{uuid.uuid4().hex}.json", {"what": what, "body": body})


def add_customer(folder: Path, address: str, name: str, **more: Any) -> None:
    customers = read(folder / "customers.json")
    write(folder / "customers.json", {**customers, address: {"name": name, **more}})


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "travel-rule peer")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("localhost"),
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    raw = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(folder / "key.pem", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
