#!/usr/bin/env python3
"""Check the auditor's archive of a proof of reserves from Holdfast: all of it, from its own bytes.

    python3 verify_archive.py holdfast-reserves-2026-11-26-1.zip
    python3 verify_archive.py holdfast-reserves-2026-11-26-1.zip --root 9f3c...

Needs Python 3.9 or newer, the file secp256k1.py beside it, and nothing else. Recomputes every tree
from its anonymous leaves and compares sums and roots, finds leaves that stand there twice, checks
that each ownership proof is of this very snapshot, time and block, and verifies its signature. Exit
code 0: everything agrees. What it can't know is whether a customer was left out: that is what each
customer checks with their own inclusion proof.
"""

import argparse
import hashlib
import json
import re
import sys
import zipfile

import secp256k1

RECORD, LARGEST = 48, 2**128 - 1
EMPTY = bytes(RECORD)
NUMBER = re.compile(r"0|[1-9][0-9]{0,77}")


class Wrong(Exception):
    """The archive does not hold, and why."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def demand(truth, why):
    if not truth:
        raise Wrong(why)


def number(text, most=LARGEST):
    demand(isinstance(text, str) and NUMBER.fullmatch(text), f"{text!r} is not a whole number")
    demand(int(text) <= most, f"{text} is too large")
    return int(text)


def parent(left, right):
    total = int.from_bytes(left[32:], "big") + int.from_bytes(right[32:], "big")
    demand(total <= LARGEST, "a sum is beyond 2^128 - 1")
    return sha256(b"\x01", left, right) + total.to_bytes(16, "big")


class Tree:
    """Takes leaves one by one and keeps one waiting node a level: memory does not grow."""

    def __init__(self):
        self.waiting, self.leaves = [], 0

    def add(self, record):
        self.leaves += 1
        level = 0
        while level < len(self.waiting) and self.waiting[level] is not None:
            record, self.waiting[level] = parent(self.waiting[level], record), None
            level += 1
        if level == len(self.waiting):
            self.waiting.append(None)
        self.waiting[level] = record

    def root(self):
        """What waits is completed with empty records, level by level."""
        carried = None
        for level, waits in enumerate(self.waiting):
            top = level == len(self.waiting) - 1
            if waits is not None and carried is not None:
                carried = parent(waits, carried)
            elif waits is not None and not top:
                carried = parent(waits, EMPTY)
            elif carried is not None:
                carried = parent(carried, EMPTY)
            else:
                carried = waits
        return carried or EMPTY


def check_sums(packed):
    """Every member is listed once, with its own checksum."""
    listed = {}
    for line in packed.read("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        demand(name not in listed, f"{name} is listed twice")
        listed[name] = digest
    names = packed.namelist()
    demand(len(names) == len(set(names)), "a file is in the archive twice")
    demand(set(names) - {"SHA256SUMS"} == set(listed), "the list of checksums is of other files")
    for name, digest in listed.items():
        found = hashlib.sha256()
        with packed.open(name) as member:
            while piece := member.read(1 << 20):
                found.update(piece)
        demand(found.hexdigest() == digest, f"{name} is not what its checksum says")


def check_tree(packed, asset, tag):
    """One asset: its leaves against what the manifest says. Returns its place under the root."""
    code, decimals = asset["asset"], asset["decimals"]
    demand(re.fullmatch("[A-Z0-9]{1,15}", code), f"{code!r} is not the code of an asset")
    bound = sha256(b"\x05", tag, bytes([len(code)]), code.encode(), bytes([decimals]))
    tree, seen = Tree(), set()
    with packed.open(f"liabilities/{code}.bin") as member:
        while record := member.read(RECORD):
            demand(len(record) == RECORD, f"{code}: the last leaf is cut off")
            demand(record[:32] not in seen, f"{code}: leaf {record[:8].hex()}... is there twice")
            seen.add(record[:32])
            tree.add(record)
    found = tree.root()
    owed = number(asset["liabilities"])
    demand(tree.leaves == asset["leaves"], f"{code}: there are {tree.leaves} leaves")
    demand(
        int.from_bytes(found[32:], "big") == owed,
        f"{code}: the leaves sum to {int.from_bytes(found[32:], 'big')}, not to {owed}",
    )
    demand(found[:32].hex() == asset["root"], f"{code}: the leaves come to another root")
    counted = tree.leaves.to_bytes(8, "big") + owed.to_bytes(16, "big")
    return sha256(b"\x02", bound, counted, found[:32])


def check_liabilities(packed, manifest):
    """Every tree, and the root above them. Returns what is owed by asset: (units, decimals)."""
    demand(manifest.get("format") == "holdfast-snapshot-1", "this is another format")
    name, taken_at = manifest["snapshot"], manifest["taken_at"]
    tag = sha256(f"holdfast liabilities 1\n{name}\n{taken_at}\n".encode())
    assets = manifest["assets"]
    codes = [asset["asset"] for asset in assets]
    demand(codes == sorted(set(codes)), "assets are not in order, or one is there twice")
    files = {n for n in packed.namelist() if n.startswith("liabilities/")}
    demand(files == {f"liabilities/{code}.bin" for code in codes}, "the trees are of other assets")
    level = [check_tree(packed, asset, tag) for asset in assets] or [bytes(32)]
    while len(level) > 1:
        level += [bytes(32)] if len(level) % 2 else []
        level = [sha256(b"\x03", level[n], level[n + 1]) for n in range(0, len(level), 2)]
    root = sha256(b"\x04", tag, len(assets).to_bytes(4, "big"), level[0])
    demand(root.hex() == manifest["root"], "the trees come to another root than the snapshot's")
    return {a["asset"]: (number(a["liabilities"]), a["decimals"]) for a in assets}


def expected_message(manifest, proof):
    return (
        f"Holdfast proof of reserves {manifest['snapshot']}: at {manifest['taken_at']} Holdfast "
        f"controls {proof['address']} on {proof['network']}, "
        f"block {proof['block_height']} {proof['block_hash']}"
    )


def check_signature(proof):
    message, signature = proof["message"], proof["signature"]
    if proof["scheme"] in ("wpkh", "wsh_multi"):
        secp256k1.check_bip322(proof["address"], message, signature)
        return "signed"
    if proof["scheme"] == "safe":
        signers = {secp256k1.eip191_signer(message, each) for each in json.loads(signature)}
        return f"signed by {len(signers)}: compare with the Safe's owners on the chain"
    signer = secp256k1.eip191_signer(message, signature)
    demand(signer == proof["address"].lower(), f"the signature is of {signer}")
    return "signed"


def check_ownership(packed, manifest, say):
    """Every proof. Returns (units, decimals) of each holding, by asset, and the blocks."""
    proved, blocks, seen = {}, {}, set()
    for proof in json.loads(packed.read("ownership.json")):
        label = f"{proof['network']} {proof['address']}"
        demand(label.lower() not in seen, f"{label} is there twice")
        seen.add(label.lower())
        block = (proof["block_height"], proof["block_hash"])
        demand(blocks.setdefault(proof["network"], block) == block, f"{label}: of another block")
        demand(
            proof["message"] == expected_message(manifest, proof),
            f"{label}: the text that was signed is not of this snapshot, time and block",
        )
        try:
            how = check_signature(proof)
        except (secp256k1.BadSignature, ValueError, IndexError) as error:
            raise Wrong(f"{label}: {error}") from error
        for held in proof["holdings"]:
            units = number(held["units"], 2**256)
            proved.setdefault(held["asset"], []).append((units, held["decimals"]))
        say(f"  {label}: {how}")
    return proved, blocks


def shown(units, decimals):
    """Units as people write the amount."""
    digits = str(units).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return whole + ("." + fraction.rstrip("0") if fraction.rstrip("0") else "")


def check(path, root=None, say=print):
    """Everything. Raises Wrong."""
    with zipfile.ZipFile(path) as packed:
        check_sums(packed)
        manifest = json.loads(packed.read("snapshot.json"))
        demand(root in (None, manifest["root"]), "the root is not the published one")
        say(f"Snapshot {manifest['snapshot']}, taken at {manifest['taken_at']}")
        owed = check_liabilities(packed, manifest)
        say(f"Liabilities: {len(owed)} trees add up and come to the root {manifest['root']}")
        say("Ownership:")
        proved, blocks = check_ownership(packed, manifest, say)
    for network, (height, block) in sorted(blocks.items()):
        say(f"Look up on {network} yourself: block {height} is {block}")
    say("Owed, and proved:")
    for code in sorted(owed.keys() | proved.keys()):
        units, decimals = owed.get(code, (0, 0))
        held = proved.get(code, [])
        most = max([decimals, *(digits for _units, digits in held)])
        total = sum(each * 10 ** (most - digits) for each, digits in held)
        due = units * 10 ** (most - decimals)
        ratio = f"{total * 10000 // due / 100:.2f} %" if due else "nothing owed"
        say(f"  {code}: {shown(due, most)} owed, {shown(total, most)} proved, {ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive")
    parser.add_argument("--root", help="the published root, 64 hex digits")
    options = parser.parse_args()
    try:
        check(options.archive, options.root)
    except (Wrong, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        print(f"NOT VERIFIED: {error}")
        return 1
    except zipfile.BadZipFile as error:
        print(f"NOT VERIFIED: {error}")
        return 1
    print("VERIFIED: the archive is what it says.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
