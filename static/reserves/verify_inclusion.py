#!/usr/bin/env python3
"""Check that your balance is counted in Holdfast's proof of reserves.

    python3 verify_inclusion.py proof.json
    python3 verify_inclusion.py proof.json --root 9f3c...

Needs Python 3.9 or newer and nothing else: read it, it is short. `proof.json` is your own file from
the page "My inclusion proof"; --root is the root as published, which you take from somewhere else
than the file (the public page, an archive, a friend). Exit code 0: everything agrees. The format
is described byte by byte in docs/proof-of-reserves.md.
"""

import argparse
import hashlib
import hmac
import json
import re
import sys

FORMAT = "holdfast-inclusion-1"
NUMBER = re.compile(r"0|[1-9][0-9]{0,38}")
LARGEST = 2**128 - 1
MOST_BYTES = 64 * 1024 * 1024


class Wrong(Exception):
    """The proof does not hold, and why, in plain words."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def number(text):
    """A whole number from 0 to 2^128 - 1, written plainly. A minus sign is no part of one."""
    if not isinstance(text, str) or not NUMBER.fullmatch(text) or int(text) > LARGEST:
        raise Wrong(f"{text!r} is not a whole number from 0 to 2^128 - 1")
    return int(text)


def count(value, most):
    if type(value) is not int or not 0 <= value <= most:
        raise Wrong(f"{value!r} is not a count")
    return value


def hexed(text):
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise Wrong(f"{text!r} is not 32 bytes in hex")
    return bytes.fromhex(text)


def words(value, most):
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= most
        or re.search("[\ud800-\udfff]", value)
    ):
        raise Wrong(f"{value!r} is not a short text")
    return value


def fields(value):
    if not isinstance(value, dict):
        raise Wrong(f"{value!r} is not an object")
    return value


def listed(value):
    if not isinstance(value, list):
        raise Wrong(f"{value!r} is not a list")
    return value


def depth(leaves):
    """How many levels stand above so many leaves."""
    return (leaves - 1).bit_length()


def snapshot_tag(proof):
    name, taken_at = words(proof.get("snapshot"), 40), words(proof.get("taken_at"), 40)
    return sha256(f"holdfast liabilities 1\n{name}\n{taken_at}\n".encode())


def asset_tag(tag, code, decimals):
    if not re.fullmatch("[A-Z0-9]{1,15}", code):
        raise Wrong(f"{code!r} is not the code of an asset")
    written = code.encode()
    return sha256(b"\x05", tag, bytes([len(written)]), written, bytes([count(decimals, 38)]))


def climb(hash, total, position, path):
    """From a leaf to the root: each step hashes both children's hashes and both their sums."""
    for step in listed(path):
        if len(listed(step)) != 2:
            raise Wrong("a step of a path is not a hash and a sum")
        beside, beside_sum = hexed(step[0]), number(step[1])
        mine = hash + total.to_bytes(16, "big")
        other = beside + beside_sum.to_bytes(16, "big")
        hash = sha256(b"\x01", *((other, mine) if position & 1 else (mine, other)))
        total += beside_sum
        if total > LARGEST:
            raise Wrong("a sum is beyond 2^128 - 1")
        position >>= 1
    return hash, total


def check_asset(asset, tag, holder, asset_count, snapshot_root):
    """One asset's chunks, its tree, and its place under the root. Returns what is yours in it."""
    code = words(fields(asset).get("asset"), 15)
    bound = asset_tag(tag, code, asset.get("decimals"))
    leaves, owed = count(asset.get("leaves"), 2**48), number(asset.get("liabilities"))
    root = hexed(asset.get("root"))
    key = hmac.new(hexed(asset.get("key")), holder.encode(), "sha256").digest()
    chunks = listed(asset.get("chunks"))
    if not 0 < len(chunks) < 256:
        raise Wrong(f"{code}: there are no chunks")
    seen, mine = set(), 0
    for order, chunk in enumerate(chunks):
        position = count(fields(chunk).get("position"), leaves - 1)
        amount = number(chunk.get("amount"))
        if position in seen:
            raise Wrong(f"{code}: the leaf at position {position} is counted twice")
        seen.add(position)
        place = order.to_bytes(2, "big") + len(chunks).to_bytes(2, "big")
        nonce = hmac.new(key, bound + place, "sha256").digest()
        leaf = sha256(
            b"\x00", bound, nonce, position.to_bytes(8, "big"), amount.to_bytes(16, "big")
        )
        path = listed(chunk.get("path"))
        if len(path) != depth(leaves):
            raise Wrong(f"{code}: a path has not as many steps as the tree has levels")
        if climb(leaf, amount, position, path) != (root, owed):
            raise Wrong(f"{code}: the chunk at position {position} does not lead to the root")
        mine += amount
    if mine != number(asset.get("balance")):
        raise Wrong(f"{code}: the chunks sum to {mine}, the balance is {asset.get('balance')}")
    place = count(asset.get("place"), asset_count - 1)
    above = sha256(b"\x02", bound, leaves.to_bytes(8, "big"), owed.to_bytes(16, "big"), root)
    steps = listed(asset.get("path"))
    if len(steps) != depth(asset_count):
        raise Wrong(f"{code}: the asset's path has not as many steps as there are levels")
    for bit, step in enumerate(steps):
        beside = hexed(step)
        above = sha256(b"\x03", *((beside, above) if place >> bit & 1 else (above, beside)))
    if sha256(b"\x04", tag, asset_count.to_bytes(4, "big"), above) != snapshot_root:
        raise Wrong(f"{code}: its tree does not lead to the root of the snapshot")
    return code, place, mine, owed


def check(proof, published_root=None):
    """Every step. Returns (code, yours, owed to all, decimals) of each asset. Raises Wrong."""
    if fields(proof).get("format") != FORMAT:
        raise Wrong("this is not an inclusion proof of the format " + FORMAT)
    root = hexed(proof.get("root"))
    if published_root is not None and root != hexed(published_root):
        raise Wrong("the root in the file is not the published one: it is of another snapshot")
    tag, holder = snapshot_tag(proof), words(proof.get("holder"), 300)
    asset_count = count(proof.get("asset_count"), 2**32 - 1)
    found, before = [], None
    for asset in listed(proof.get("assets")):
        code, place, mine, owed = check_asset(asset, tag, holder, asset_count, root)
        if before is not None and not (before[0] < code and before[1] < place):
            raise Wrong(f"{code}: assets are not in order, or one is there twice")
        before = (code, place)
        found.append((code, mine, owed, asset["decimals"]))
    if not found:
        raise Wrong("the proof has no asset")
    return found


def shown(units, decimals):
    """Units as people write the amount."""
    digits = str(units).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return whole + ("." + fraction.rstrip("0") if fraction.rstrip("0") else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("proof", help="your file, or - for standard input")
    parser.add_argument("--root", help="the published root, 64 hex digits")
    options = parser.parse_args()
    try:
        file = sys.stdin if options.proof == "-" else open(options.proof, encoding="utf-8")
        with file:
            proof = json.loads(file.read(MOST_BYTES))
        found = check(proof, options.root)
    except (Wrong, ValueError, OSError) as error:
        print(f"NOT VERIFIED: {error}")
        return 1
    print(f"Snapshot {proof['snapshot']}, taken at {proof['taken_at']}")
    print(f"Account  {proof['holder']}  <- this must be you, and nobody else's proof may say it")
    for code, mine, owed, decimals in found:
        yours, all_of_it = shown(mine, decimals), shown(owed, decimals)
        print(f"  {yours} {code} of yours are counted in {all_of_it} {code} owed")
    if options.root is None:
        print(f"Compare the root with the published one yourself: {proof['root']}")
    print("VERIFIED: your balances are counted in full.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
