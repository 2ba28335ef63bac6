"""Hot keys inside an HSM, over PKCS#11: secp256k1, never extractable, one key and no derivation.

`token.json` beside the policy says where: {"module": path of the PKCS#11 library, "token": label,
"pin_file": path}. A token answers with high s in half of all cases, which networks refuse, and
without the recovery bit, which EVM needs: both are put right with its public key at hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pkcs11
from coincurve import PublicKey
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_named_curve_parameters

from wallets.signer.keys import Signature, evm_address, recovered
from wallets.signer.policy import Network, Role
from wallets.signer.refusals import Refusal, Unfit

CURVE = encode_named_curve_parameters("secp256k1")


class Token(NamedTuple):
    """How a token is reached."""

    module: str
    label: str
    pin_file: str


_sessions: dict[Token, Any] = {}


class TokenKey:
    """A private key that stays in its HSM. It has one address only."""

    def __init__(self, network: Network, session: Any, label: str) -> None:
        self.network = network
        self._private = session.get_key(
            object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, label=label
        )
        if self._private[Attribute.EXTRACTABLE] or not self._private[Attribute.SENSITIVE]:
            raise Unfit(f"{label} could be taken out of the HSM: it must be made there")
        public = session.get_key(
            object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC, label=label
        )
        if public[Attribute.EC_PARAMS] != CURVE:
            raise Unfit(f"{label} is on another curve than secp256k1")
        self._public = PublicKey(b"\x04" + public[Attribute.EC_POINT][-64:]).format()

    def public(self, branch: int, index: int) -> bytes:
        if branch or index:
            raise Refusal("derivation", "A key in an HSM has one address only.")
        return self._public

    def sign(self, branch: int, index: int, digest: bytes) -> Signature:
        self.public(branch, index)
        raw = self._private.sign(digest, mechanism=Mechanism.ECDSA)
        return recovered(self._public, digest, int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))

    def described(self, role: Role) -> dict[str, str]:
        if self.network.family == "bitcoin":
            return {"scheme": "wpkh", "public": f"wpkh({self._public.hex()})"}
        return {"scheme": "evm_key", "public": evm_address(self._public)}


def open_key(network: Network, label: str, config: Path) -> TokenKey:
    """A key of the token, logged in for as long as the process lives. Raises Unfit."""
    try:
        token = _token(config)
        if token not in _sessions:  # a token lets a process log in once
            _sessions[token] = _session(token, rw=False)
        return TokenKey(network, _sessions[token], label)
    except PKCS11Error as error:
        raise Unfit(f"{label} can't be had from the HSM: {type(error).__name__}") from None


def make_key(label: str, config: Path) -> str:
    """Make a key inside the token. Returns its public half; raises Unfit when there is one."""
    try:
        with _session(_token(config), rw=True) as session:
            if list(session.get_objects({Attribute.LABEL: label})):
                raise Unfit(f"{label} exists, and keys are never overwritten")
            curve = session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: CURVE}, local=True
            )
            public, _ = curve.generate_keypair(
                store=True,
                label=label,
                private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            return PublicKey(b"\x04" + public[Attribute.EC_POINT][-64:]).format().hex()
    except PKCS11Error as error:
        raise Unfit(f"{label} can't be made in the HSM: {type(error).__name__}") from None


def _session(token: Token, *, rw: bool) -> Any:
    pin = Path(token.pin_file).read_text("ascii").strip()
    return pkcs11.lib(token.module).get_token(token_label=token.label).open(user_pin=pin, rw=rw)


def _token(config: Path) -> Token:
    try:
        content = json.loads(config.read_text("utf8"))
        return Token(content["module"], content["token"], content["pin_file"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unfit(f"{config.name} does not say where the HSM is: {error}") from None
