"""Ask the signer: a Unix socket to the process that holds the keys (adr/0007, runbooks/signer.md).

What is sent here is a wish. The signer decodes it again, judges it by its own policy, and its word
is final: a refusal is an answer, not a fault. Asking twice with the same id and contents gives the
same signature, so whoever is not sure asks again.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from wallets.addresses.models import Address
from wallets.sending.errors import SignerRefused, SignerUnavailable
from wallets.sending.models import ChainTransaction

MAX_ANSWER = 4 * 1024 * 1024
PATIENCE_SECONDS = 15.0
SHORT_PATH = 100

Approval = Mapping[str, str]  # {"operator": name, "signature": hex of Ed25519 over the contents}


class Signed(NamedTuple):
    """The whole transaction in hex, and its id."""

    signed: str
    txid: str


class Contents(NamedTuple):
    """What operators have to sign: these very bytes, as ASCII text."""

    text: str
    approvals_needed: int


_approvals: dict[str, Callable[[ChainTransaction], Sequence[Approval]]] = {}


def approvals_come_from(
    purpose: str, find: Callable[[ChainTransaction], Sequence[Approval]]
) -> None:
    """Say where the approvals of one purpose's transactions are kept. For rooms above."""
    _approvals[purpose] = find


def sign(row: ChainTransaction) -> Signed:
    """Have a prepared transaction signed, with the approvals that its purpose's room keeps.

    Raises SignerRefused, SignerUnavailable.
    """
    find = _approvals.get(row.purpose)
    answer = ask({"op": "sign", **request(row), "approvals": list(find(row)) if find else []})
    return Signed(str(answer["signed"]), str(answer["txid"]))


def contents(row: ChainTransaction) -> Contents:
    """The bytes that operators approve, as the signer itself decoded them, and how many operators
    it takes now. Raises SignerRefused where no number of approvals would do."""
    answer = ask({"op": "contents", **request(row)})
    return Contents(str(answer["contents"]), int(answer["approvals_needed"]))


def request(row: ChainTransaction) -> dict[str, Any]:
    """How a row is put to the signer. A bump comes under the id of the first of its family, so that
    the signer knows it for the same payment."""
    asked: dict[str, Any] = {
        "id": row.reference.partition("#")[0],
        "key": row.key_set.signer_key,
        "network": row.network.code,
    }
    if row.purpose in (ChainTransaction.Purpose.GAS, ChainTransaction.Purpose.SWEEP):
        asked["context"] = {"recipient": _own(row)}
    if row.network.family == "bitcoin":
        return {**asked, "psbt": row.unsigned}
    index = row.source.index if row.source is not None else 0
    return {**asked, "evm": {**json.loads(row.unsigned), "index": index}}


def public(key: str, *, index: int | None = None, branch: int = 0) -> dict[str, Any]:
    """The public half of a key: role, network, scheme, descriptor or xpub, cold address; with an
    index also `address_at`, as the signer itself derives it."""
    place = {} if index is None else {"index": index, "branch": branch}
    return ask({"op": "public", "key": key, **place})


def status() -> dict[str, Any]:
    """Frozen or not and why, the policy's serial and limits, what of them is used, the journal's
    head (worth noting elsewhere: a journal that was cut off no longer has it)."""
    return ask({"op": "status"})


def freeze(*, by: str, reason: str) -> dict[str, Any]:
    """Stop all signing at once. Freezing twice is one freeze."""
    return ask({"op": "freeze", "by": _one_line(by), "reason": _one_line(reason)})


def thaw_contents() -> Contents:
    """What operators sign to lift the freeze that stands. Raises SignerRefused when none does."""
    answer = ask({"op": "contents", "for": "thaw"})
    return Contents(str(answer["contents"]), int(answer["approvals_needed"]))


def thaw(approvals: Sequence[Approval]) -> dict[str, Any]:
    """Lift the freeze, with as many operators' signatures as the policy asks for."""
    return ask({"op": "thaw", "approvals": [dict(approval) for approval in approvals]})


def message(*, key: str, text: str, index: int = 0, branch: int = 0) -> tuple[str, str]:
    """(address, signature) of an ownership proof: BIP-322 in base64, EIP-191 in hex. Only texts
    that begin with the policy's prefix are signed."""
    asked = {"op": "message", "key": key, "text": text, "index": index, "branch": branch}
    answer = ask(asked)
    return str(answer["address"]), str(answer["signature"])


def ask(request: Mapping[str, Any]) -> dict[str, Any]:
    """One request, one answer. Raises SignerRefused, SignerUnavailable."""
    line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            _connect(connection, settings.SIGNER_SOCKET)
            connection.sendall(line)
            answer = json.loads(_line(connection, deadline))
    except (OSError, ValueError) as error:
        raise SignerUnavailable(f"the signer does not answer: {type(error).__name__}") from error
    if not isinstance(answer, dict) or "ok" not in answer:
        raise SignerUnavailable("the signer answers nonsense")
    if answer["ok"]:
        return answer
    code, said = str(answer.get("code", "")), str(answer.get("message", ""))
    if code in ("busy", "broken", "too_slow"):
        raise SignerUnavailable(f"the signer is {code}: {said}")
    raise SignerRefused(said, field="signer", limit=code)


def _connect(connection: socket.socket, path: str) -> None:
    """A socket's path has at most 107 bytes; a folder's descriptor stands for a longer one."""
    if len(os.fsencode(path)) < SHORT_PATH:
        connection.connect(path)
        return
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)


def _line(connection: socket.socket, deadline: float) -> bytes:
    got = bytearray()
    while not got.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or len(got) > MAX_ANSWER:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(65536)
        if not part:
            raise ConnectionResetError
        got += part
    return bytes(got)


def _own(row: ChainTransaction) -> dict[str, Any]:
    """Which own address is paid: the signer derives it again before it believes it."""
    addresses = [payment.address for payment in row.payments.all()[:2]]
    found = (
        Address.objects.select_related("key_set")
        .filter(
            network=row.network,
            key__in=[*addresses, *(each.lower() for each in addresses)],
            memo="",
        )
        .first()
    )
    if found is None or not found.key_set.signer_key:
        return {}  # a cold wallet's: the policy itself names it
    return {
        "key": found.key_set.signer_key,
        "branch": int(found.change),
        "index": found.index,
    }


def _one_line(text: str) -> str:
    """Printable, and short enough to be written down."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300] or "-"
