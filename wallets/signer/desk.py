"""What may be asked of the signer, one request at a time.

Whatever is asked is decoded and judged here, by the policy and the journal alone. The caller's word
counts for nothing but the transaction itself, the operators' signatures, and which of our own
addresses to derive again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from wallets.signer import bitcoin, canonical, evm, messages, rules, vaults
from wallets.signer.approvals import approved_by
from wallets.signer.journal import Entry, Journal
from wallets.signer.keys import MAX_INDEX, PrivateHalf
from wallets.signer.policy import Key, Policy
from wallets.signer.proposal import Proposal
from wallets.signer.refusals import Refusal, Unfit

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,119}")
ASKED = {"op", "id", "key", "network", "psbt", "evm", "approvals", "context", "max_fee"}


class Desk:
    """The policy, the keys and the journal, behind one lock."""

    def __init__(self, policy: Policy, halves: Mapping[str, PrivateHalf], journal: Journal) -> None:
        self.policy, self.halves, self.journal = policy, dict(halves), journal
        self.lock = threading.Lock()
        self._note(policy)

    def renew(self, policy: Policy) -> bool:
        """Judge by a newer policy from the next request on; whether it was one.

        The keys stay: which there are, and what they are derived for, is read once at the start.
        What was spent counts on, because the journal keeps it by key and asset. Raises Unfit.
        """
        with self.lock:
            if policy.digest == self.policy.digest:
                return False
            _refuse_other_keys(self.policy, policy)
            self._note(policy)
            self.policy = policy
        return True

    def answer(self, request: Any, uid: int) -> dict[str, Any]:
        """The answer to one request. Raises Refusal."""
        verbs: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
            "sign": self._sign,
            "contents": self._contents,
            "public": self._public,
            "status": self._status,
            "freeze": self._freeze,
            "thaw": self._thaw,
            "message": self._message,
        }
        if not isinstance(request, dict) or request.get("op") not in verbs:
            raise Refusal("malformed", f"op is one of {', '.join(verbs)}.")
        with self.lock:
            return verbs[request["op"]](request, uid)

    def _sign(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        self._refuse_if_frozen()
        proposal = self._proposal(request)
        recorded = self.journal.version(proposal.id, proposal.fingerprint)
        if recorded is not None:
            if recorded.body["firm"] != canonical.digest(proposal.firm):
                raise Refusal("other_contents", "This id was signed with other contents.")
            return _signature(recorded)
        verdict = rules.weigh(proposal, self.journal)
        given = request.get("approvals") or []
        approvals = rules.demand_approvals(proposal, verdict, given, self.policy)
        signed, txid = proposal.sign()
        entry = self.journal.append(
            "signed",
            proposal.id,
            {
                "key": proposal.key.name,
                "network": proposal.key.network.code,
                "source": proposal.payer,
                "contents": proposal.contents,
                "firm": canonical.digest(proposal.firm),
                "fingerprint": proposal.fingerprint,
                "nonce": proposal.nonce,
                "prices": [str(price) for price in proposal.prices],
                "fee": str(proposal.fee),
                "spent": [[s.bucket, s.asset, str(s.units)] for s in verdict.spent],
                "coins": [[coin.outpoint, str(coin.units)] for coin in proposal.coins],
                "approvals": approvals,
                "replaces": verdict.replaces.n if verdict.replaces else None,
                "policy": self.policy.serial,
                "uid": uid,
                "signed": signed,
                "txid": txid,
            },
        )
        return _signature(entry)

    def _contents(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        """The exact bytes operators sign, and how many of them it takes."""
        if request.get("for") == "thaw":
            freeze = self._standing_freeze()
            if freeze is None:
                raise Refusal("not_frozen", "Nothing is frozen.")
            needed, contents = self.policy.thaw_approvals, _thaw_contents(freeze)
            return {"contents": canonical.encode(contents).decode(), "approvals_needed": needed}
        proposal = self._proposal(request, unnumbered=True)
        recorded = self.journal.version(proposal.id, proposal.fingerprint) is not None
        needed = 0 if recorded else rules.weigh(proposal, self.journal).approvals_needed
        return {
            "contents": proposal.approvable.decode(),
            "approvals_needed": needed,
            "fee": str(proposal.fee),
            "recorded": recorded,
        }

    def _public(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        key = self._key(request)
        half = self.halves[key.name]
        answer = {
            "key": key.name,
            "role": key.role,
            "network": key.network.code,
            "family": key.network.family,
            "chain": key.network.chain,
            "cold": key.cold,
            **half.described(key.role),
        }
        if "index" in request:
            branch, index = _place(request)
            public = half.public(branch, index)
            answer["address_at"] = self._address(key, public)
        return answer

    def _status(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        freeze = self._standing_freeze()
        n, head = self.journal.head()
        return {
            "frozen": freeze is not None,
            "reason": freeze.body["reason"] if freeze else "",
            "frozen_by": freeze.body["by"] if freeze else "",
            "frozen_at": freeze.at if freeze else None,
            "policy": {"serial": self.policy.serial, "digest": self.policy.digest},
            "journal": {"entries": n, "head": head},
            "operators": sorted(self.policy.operators),
            "thaw_approvals": self.policy.thaw_approvals,
            "message_prefix": self.policy.message_prefix,
            "keys": {key.name: self._limits(key) for key in self.policy.keys.values()},
        }

    def _limits(self, key: Key) -> dict[str, Any]:
        used, native = self.journal.spent_in_a_day, key.network.native
        return {
            "role": key.role,
            "network": key.network.code,
            "cold": key.cold,
            "fees_today": str(used(key.name, native, "fees")),
            "fees_per_day": str(key.fees.per_day),
            "max_fee": str(key.fees.per_transaction),
            "assets": {
                asset.code: {
                    "contract": asset.contract,
                    "decimals": asset.decimals,
                    "per_transaction": str(asset.per_transaction),
                    "per_day": str(asset.per_day),
                    "used": str(used(key.name, asset.code, "attended", "unattended")),
                    "unattended_per_day": str(asset.unattended_per_day),
                    "used_unattended": str(used(key.name, asset.code, "unattended")),
                    "tiers": [[str(t.above), t.approvals] for t in asset.tiers],
                }
                for asset in key.assets.values()
            },
            "vaults": vaults.told(key, self.journal),
        }

    def _freeze(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        """Stop all signing. Anyone may; freezing twice is one freeze."""
        by, reason = _line(request, "by"), _line(request, "reason")
        if self._standing_freeze() is None:
            self.journal.append("freeze", "", {"by": by, "reason": reason, "uid": uid})
        return self._status(request, uid)

    def _thaw(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        freeze = self._standing_freeze()
        if freeze is None:
            raise Refusal("not_frozen", "Nothing is frozen.")
        contents = canonical.encode(_thaw_contents(freeze))
        approvals = approved_by(self.policy.operators, request.get("approvals") or [], contents)
        if len(approvals) < self.policy.thaw_approvals:
            raise Refusal(
                "approvals",
                f"{len(approvals)} of {self.policy.thaw_approvals} approvals.",
            )
        self.journal.append("thaw", "", {"freeze": freeze.n, "approvals": approvals, "uid": uid})
        return self._status(request, uid)

    def _message(self, request: dict[str, Any], uid: int) -> dict[str, Any]:
        self._refuse_if_frozen()
        key = self._key(request)
        branch, index = _place(request)
        text = messages.refuse_unless_fit(request.get("text"), self.policy.message_prefix)
        address, signature = messages.sign(key, self.halves[key.name], branch, index, text)
        body = {"key": key.name, "address": address, "text": text, "signature": signature}
        self.journal.append("message", "", {**body, "uid": uid})
        return {"address": address, "signature": signature}

    def _proposal(self, request: dict[str, Any], *, unnumbered: bool = False) -> Proposal:
        if set(request) - ASKED:
            raise Refusal("malformed", f"Unknown: {', '.join(sorted(set(request) - ASKED))[:80]}.")
        id, key = request.get("id"), self._key(request)
        if not isinstance(id, str) or not ID.fullmatch(id):
            raise Refusal("malformed", "id is 1 to 120 letters, digits and :._/-")
        if request.get("network") != key.network.code:
            raise Refusal("wrong_network", f"{key.name} signs for {key.network.code} only.")
        context = request.get("context") or {}
        if not isinstance(context, dict):
            raise Refusal("malformed", "context is an object.")
        limit = _fee_limit(request.get("max_fee"))
        shape = {"bitcoin": "psbt", "evm": "evm"}[key.network.family]
        if {"psbt", "evm"} & set(request) != {shape}:
            raise Refusal("malformed", f"{key.network.code} takes {shape}, and nothing else.")
        if shape == "psbt":
            return bitcoin.propose(
                id=id,
                key=key,
                text=request["psbt"],
                halves=self.halves,
                keys=self.policy.keys,
                hint=context.get("recipient"),
                fee_limit=limit,
            )
        return evm.propose(
            id=id,
            key=key,
            fields=request["evm"],
            halves=self.halves,
            hint=context.get("recipient"),
            fee_limit=limit,
            unnumbered=unnumbered,
        )

    def _key(self, request: dict[str, Any]) -> Key:
        name = request.get("key")
        if not isinstance(name, str) or name not in self.policy.keys:
            raise Refusal("unknown_key", "There is no such key.")
        return self.policy.keys[name]

    def _address(self, key: Key, public: bytes) -> str:
        return (
            evm.evm_address(public)
            if key.network.family == "evm"
            else bitcoin.own_address(public, key.network)
        )

    def _standing_freeze(self) -> Entry | None:
        last = self.journal.newest("freeze", "thaw")
        return last if last is not None and last.kind == "freeze" else None

    def _refuse_if_frozen(self) -> None:
        if self._standing_freeze() is not None:
            raise Refusal("frozen", "Signing is frozen.")

    def _note(self, policy: Policy) -> None:
        """Write down a policy that is new here. Raises Unfit for one that was replaced already."""
        last = self.journal.newest("policy")
        now = {"serial": policy.serial, "digest": policy.digest}
        if last is not None and last.body == now:
            return
        if last is not None and last.body["serial"] >= policy.serial:
            raise Unfit(
                f"policy {policy.serial} comes after {last.body['serial']}: serials only grow"
            )
        self.journal.append("policy", "", now)


def _refuse_other_keys(before: Policy, after: Policy) -> None:
    """Raise Unfit where a running signer would need keys that it has not opened."""
    was, is_now = (
        {key.name: (key.role, key.network, key.backend) for key in each.keys.values()}
        for each in (before, after)
    )
    if was != is_now:
        raise Unfit("it names other keys or networks than were opened: start the signer anew")


def _signature(entry: Entry) -> dict[str, Any]:
    return {"signed": entry.body["signed"], "txid": entry.body["txid"]}


def _thaw_contents(freeze: Entry) -> dict[str, Any]:
    """Bound to this one freeze: the approvals are worth nothing for the next."""
    return {
        "type": "holdfast.thaw.v1",
        "entry": freeze.n,
        "hash": freeze.hash,
        "by": freeze.body["by"],
        "reason": freeze.body["reason"],
    }


def _place(request: dict[str, Any]) -> tuple[int, int]:
    branch, index = request.get("branch", 0), request.get("index", 0)
    for value in (branch, index):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INDEX:
            raise Refusal("derivation", "branch and index are whole numbers.")
    return branch, index


def _fee_limit(given: Any) -> int | None:
    if given is None:
        return None
    if not isinstance(given, str) or not re.fullmatch(r"\d{1,78}", given, re.ASCII):
        raise Refusal("malformed", "max_fee is in base units, as a string of digits.")
    return int(given)


def _line(request: dict[str, Any], name: str) -> str:
    text = request.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 300 or not text.isprintable():
        raise Refusal("malformed", f"{name} is one line of text.")
    return text
