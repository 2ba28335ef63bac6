"""Private keys: from seeds that age keeps sealed on the disk, or inside an HSM.

A seed key derives as BIP-84 (Bitcoin family) or BIP-44 (EVM) say: account 0, branch 0 to receive,
branch 1 for change. Both kinds sign a digest the same way: low s, and the recovery bit with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

import pyrage
from coincurve import PrivateKey, PublicKey
from Crypto.Hash import keccak
from embit import bip32
from embit.networks import NETWORKS

from wallets.signer.policy import Network, Policy, Role
from wallets.signer.refusals import Refusal, Unfit

SEED_BYTES = 32
MAX_INDEX = 10_000_000  # beyond it an address of ours would never be looked for
HARDENED = 0x8000_0000
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Signature(NamedTuple):
    r: int
    s: int
    odd: int  # the recovery bit

    def der(self) -> bytes:
        body = _der_integer(self.r) + _der_integer(self.s)
        return b"\x30" + bytes([len(body)]) + body


class PrivateHalf(Protocol):
    """What signs for one key of the policy."""

    def public(self, branch: int, index: int) -> bytes:
        """The compressed public key at a place. Raises Refusal where there is none."""
        ...

    def sign(self, branch: int, index: int, digest: bytes) -> Signature: ...

    def described(self, role: Role) -> dict[str, str]:
        """The public half as the web keeps it: scheme, and descriptor, xpub or address."""
        ...


class SeedKey:
    """A key derived from 32 random bytes."""

    def __init__(self, network: Network, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise Unfit("a seed has 32 bytes")
        self.network = network
        version = NETWORKS["regtest" if network.test else "main"]["xprv"]
        root = bip32.HDKey.from_seed(seed, version=version)
        self.fingerprint: bytes = root.my_fingerprint
        purpose = 84 if network.family == "bitcoin" else 44
        self.path = [purpose + HARDENED, network.coin_type + HARDENED, HARDENED]
        self.account = root.derive(self.path)
        self._branches = {branch: self.account.derive([branch]) for branch in (0, 1)}

    @property
    def origin(self) -> str:
        path = "/".join(f"{step - HARDENED}h" for step in self.path)
        return f"[{self.fingerprint.hex()}/{path}]"

    def secret(self, branch: int, index: int) -> PrivateKey:
        if branch not in self._branches or not 0 <= index <= MAX_INDEX:
            raise Refusal("derivation", f"There is no address {branch}/{index} of ours.")
        return PrivateKey(self._branches[branch].derive([index]).secret)

    def public(self, branch: int, index: int) -> bytes:
        return self.secret(branch, index).public_key.format(compressed=True)

    def sign(self, branch: int, index: int, digest: bytes) -> Signature:
        raw = self.secret(branch, index).sign_recoverable(digest, hasher=None)
        return Signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:64]), raw[64])

    def described(self, role: Role) -> dict[str, str]:
        xpub = self.account.to_public().to_base58()
        if self.network.family == "bitcoin":
            return {
                "scheme": "wpkh",
                "public": f"wpkh({self.origin}{xpub}/0/*)",
                "change": f"wpkh({self.origin}{xpub}/1/*)",
            }
        if role == "hot":
            return {"scheme": "evm_key", "public": evm_address(self.public(0, 0))}
        return {"scheme": "evm_xpub", "public": xpub}

    def private_descriptor(self, branch: int) -> str:
        """For bdkpython, inside this process only."""
        return f"wpkh({self.origin}{self.account.to_base58()}/{branch}/*)"


def load_all(policy: Policy, folder: Path, identity: Path, token: Path) -> dict[str, PrivateHalf]:
    """Every private half that the policy names. Raises Unfit when one is missing."""
    halves: dict[str, PrivateHalf] = {}
    for key in policy.keys.values():
        if key.backend == "pkcs11":
            from wallets.signer import hsm  # only where there is one

            halves[key.name] = hsm.open_key(key.network, key.name, token)
        else:
            halves[key.name] = SeedKey(key.network, unseal(folder / f"{key.name}.age", identity))
    return halves


def unseal(path: Path, identity: Path) -> bytes:
    """A seed out of its age file. Raises Unfit, saying nothing of what is inside."""
    try:
        opener = pyrage.x25519.Identity.from_str(identity.read_text("ascii").strip())
        return bytes(pyrage.decrypt(path.read_bytes(), [opener]))
    except (OSError, ValueError, pyrage.IdentityError, pyrage.DecryptError) as error:
        raise Unfit(f"{path.name} can't be opened: {type(error).__name__}") from None


def seal(seed: bytes, recipients: list[str]) -> bytes:
    """A seed for the signer's identity and for the backups'. Raises Unfit for no recipient."""
    try:
        return bytes(
            pyrage.encrypt(seed, [pyrage.x25519.Recipient.from_str(to) for to in recipients])
        )
    except (ValueError, pyrage.RecipientError) as error:
        raise Unfit(f"a recipient is not an age recipient: {error}") from None


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def evm_address(public: bytes) -> str:
    """The EIP-55 address of a public key."""
    return checksummed(keccak256(PublicKey(public).format(compressed=False)[1:])[-20:].hex())


def checksummed(address: str) -> str:
    """An address in the mixed case that catches a mistyped letter (EIP-55)."""
    plain = address.lower().removeprefix("0x")
    marks = keccak256(plain.encode("ascii")).hex()
    return "0x" + "".join(
        letter.upper() if int(mark, 16) >= 8 else letter
        for letter, mark in zip(plain, marks, strict=False)
    )


def recovered(public: bytes, digest: bytes, r: int, s: int) -> Signature:
    """A signature from elsewhere made canonical: low s, and the recovery bit found by trying."""
    s = min(s, ORDER - s)
    for odd in (0, 1):
        raw = r.to_bytes(32) + s.to_bytes(32) + bytes([odd])
        try:
            if PublicKey.from_signature_and_message(raw, digest, None).format() == public:
                return Signature(r, s, odd)
        except Exception:  # noqa: BLE001,S112  libsecp256k1 raises bare Exception: not this one
            continue
    raise Unfit("the HSM answered with a signature that is not of its key")


def _der_integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1)
    return b"\x02" + bytes([len(raw)]) + raw
