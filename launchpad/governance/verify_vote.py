#!/usr/bin/env python3
"""Recount a vote of Holdfast from its published file. Needs Python 3.9 or newer, nothing else.

    python3 verify_vote.py vote-12.jsonl
    python3 verify_vote.py vote-12.jsonl --root 6b1f…      compare with the root that was announced
    python3 verify_vote.py vote-12.jsonl --account 1234 --salt 9c0e…      find your own vote

The file's first line says what was voted on and by which rules, each other line is one account:

    {"choices":["yes"],"power":"1500000000000000000","voter":"5f2a…"}

`power` is in the token's smallest units. `voter` is the SHA-256 of "salt:proposal:account"; only
who has the salt, which is their receipt, can tell whose line it is. `via` names the voter whose
answer counted for somebody who had delegated. Lines are ordered by `voter`.

The root is that of a Merkle tree over all lines as they stand in the file (without line ends): a
leaf is SHA-256(0x00, line), a node SHA-256(0x01, left, right); a last node without a sister goes up
as it is. One changed, added or missing line gives another root.

The rules. Who abstains counts for the quorum only. One choice: the option with the most power wins.
Approval: each approved option gets the voter's whole power. Ranked: while no option has more than
half of the power that still names one, the weakest leaves and its votes go to their next option.
The quorum is compared with all power that took part; the winner needs `threshold_bps` hundredths of
a percent of the power of all who did not abstain. Equal power: more accounts win, of those that
have power; then whatever refuses the proposal; then the smaller SHA-256 of "root:key". (When the
weakest of a ranked vote are equal, the one leaves that had less power as first choice, then as
above.)
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator

FORMAT = "holdfast-vote-1"
METHODS = ("single", "approval", "ranked")


class Wrong(Exception):
    """The file is not a vote that can be counted."""


def voter_of(salt: str, proposal: int, account: int) -> str:
    return hashlib.sha256(f"{salt}:{proposal}:{account}".encode()).hexdigest()


# -- The tree -----------------------------------------------------------------------------------


def leaf_of(line: str) -> bytes:
    return hashlib.sha256(b"\x00" + line.encode()).digest()


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [
        hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
        for i in range(0, len(level) - 1, 2)
    ]
    return pairs + level[len(level) - len(level) % 2 :]


def root_of(leaves: list[bytes]) -> str:
    level = leaves
    while len(level) > 1:
        level = _above(level)
    return level[0].hex()


def path_of(leaves: list[bytes], index: int) -> list[tuple[str, str]]:
    """From a leaf to the root: on which side the sister stands, and its hash."""
    path = []
    level = leaves
    while len(level) > 1:
        sister = index ^ 1
        if sister < len(level):
            path.append(("left" if sister < index else "right", level[sister].hex()))
        level, index = _above(level), index // 2
    return path


def root_by_path(leaf: bytes, path: Iterable[tuple[str, str]]) -> str:
    node = leaf
    for side, sister in path:
        other = bytes.fromhex(sister)
        both = other + node if side == "left" else node + other
        node = hashlib.sha256(b"\x01" + both).digest()
    return node.hex()


# -- The count ----------------------------------------------------------------------------------


class Option:
    def __init__(self, key: str, role: str) -> None:
        self.key, self.role = key, role


def groups_of(votes: Iterable[tuple[tuple[str, ...], int]]) -> dict[tuple[str, ...], list[int]]:
    """Equal answers together: their power, and how many accounts with power gave them."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for choices, power in votes:
        group = groups.setdefault(choices, [0, 0])
        group[0] += power
        group[1] += power > 0  # whoever has no power is no weight on any scale
    return groups


def refuse_choices(method: str, options: dict[str, Option], choices: tuple[str, ...]) -> None:
    """Raise Wrong unless this is an answer."""
    if not choices or len(set(choices)) < len(choices) or not set(choices) <= set(options):
        raise Wrong(f"{list(choices)} is not an answer")
    if method == "single" and len(choices) != 1:
        raise Wrong("one option only may be chosen")
    if len(choices) > 1 and any(options[key].role == "abstain" for key in choices):
        raise Wrong("who abstains chooses nothing else")


def tally(header: dict, groups: dict[tuple[str, ...], list[int]], root: str) -> dict:
    """What a vote came to. Powers are whole numbers of the smallest unit."""
    options = {each["key"]: Option(each["key"], each["role"]) for each in header["options"]}
    method = header["method"]
    for choices in groups:
        refuse_choices(method, options, choices)
    took_part = sum(power for power, _ in groups.values())
    accounts = sum(number for _, number in groups.values())
    abstained = {k: g for k, g in groups.items() if options[k[0]].role == "abstain"}
    spoke = {k: g for k, g in groups.items() if k not in abstained}
    counted = sum(power for power, _ in spoke.values())
    powers = {key: [0, 0] for key in options}
    for choices, (power, number) in groups.items():
        for key in choices[:1] if method == "ranked" else choices:
            powers[key][0] += power
            powers[key][1] += number
    running = [key for key, option in options.items() if option.role != "abstain"]
    rounds: list[dict] = []
    winner, power = "", 0
    if spoke and method == "ranked":
        winner, power = _ranked(options, spoke, running, powers, root, rounds)
    elif spoke:
        winner = max(running, key=lambda key: _strength(options[key], powers[key], root))
        power = powers[winner][0]
    if took_part == 0 or took_part < int(header["quorum"]):
        outcome = "no_quorum"
    elif (
        winner
        and options[winner].role == "for"
        and power * 10_000 >= int(header["threshold_bps"]) * counted
    ):
        outcome = "passed"
    else:
        outcome = "refused"
    return {
        "outcome": outcome,
        "winner": winner,
        "winner_power": str(power),
        "took_part": str(took_part),
        "accounts": accounts,
        "counted": str(counted),
        "options": [
            {"key": key, "power": str(power), "accounts": number}
            for key, (power, number) in powers.items()
        ],
        "rounds": rounds,
    }


def _lot(root: str, key: str) -> int:
    """The last word between equals: nobody could know it before the vote was closed."""
    return -int(hashlib.sha256(f"{root}:{key}".encode()).hexdigest(), 16)


def _strength(option: Option, got: list[int], root: str) -> tuple:
    return (got[0], got[1], option.role == "against", _lot(root, option.key))


def _ranked(
    options: dict[str, Option],
    spoke: dict[tuple[str, ...], list[int]],
    running: list[str],
    first: dict[str, list[int]],
    root: str,
    rounds: list[dict],
) -> tuple[str, int]:
    """Instant runoff. Fills `rounds`; returns the winner and its power in the last one."""
    running = list(running)
    while True:
        got = {key: [0, 0] for key in running}
        exhausted = 0
        for choices, (power, number) in spoke.items():
            key = next((each for each in choices if each in got), None)
            if key is None:
                exhausted += power
                continue
            got[key][0] += power
            got[key][1] += number
        strongest = max(running, key=lambda key: _strength(options[key], got[key], root))
        alive = sum(power for power, _ in got.values())
        this = {
            "powers": {key: str(power) for key, (power, _) in got.items()},
            "exhausted": str(exhausted),
            "leaves": "",
        }
        rounds.append(this)
        if got[strongest][0] * 2 > alive or len(running) == 1:
            return strongest, got[strongest][0]
        weakest = min(
            running,
            key=lambda key: (
                got[key][0],
                first[key][0],
                *_strength(options[key], got[key], root)[1:],
            ),
        )
        this["leaves"] = weakest
        running.remove(weakest)


# -- The file -----------------------------------------------------------------------------------


def header_of(line: str) -> dict:
    header = json.loads(line)
    if header.get("format") != FORMAT or header.get("method") not in METHODS:
        raise Wrong(f"this is not a file of the format {FORMAT}")
    return header


def votes_of(lines: Iterable[str]) -> Iterator[tuple[str, int, tuple[str, ...], str]]:
    """(voter, power, choices, via) of each line, in the order of voters, nobody twice."""
    last = ""
    for line in lines:
        row = json.loads(line)
        voter, power = row["voter"], int(row["power"])
        if power < 0 or voter <= last:
            raise Wrong(f"the line of {voter} stands in the wrong place, twice, or owes power")
        last = voter
        yield voter, power, tuple(row["choices"]), row.get("via", "")


def recount(lines: list[str]) -> tuple[dict, dict, str]:
    """(header, result, root) of a file's lines. Raises Wrong for what can't be counted."""
    if not lines:
        raise Wrong("the file is empty")
    header = header_of(lines[0])
    root = root_of([leaf_of(line) for line in lines])
    answers: dict[str, tuple[str, ...]] = {}
    through: list[tuple[str, str, tuple[str, ...]]] = []
    votes = []
    for voter, power, choices, via in votes_of(lines[1:]):
        votes.append((choices, power))
        if via:
            through.append((voter, via, choices))
        else:
            answers[voter] = choices
    for voter, via, choices in through:
        if answers.get(via) != choices:
            raise Wrong(f"{voter} has another answer than the delegate {via}")
    if len(votes) != int(header["lines"]):
        raise Wrong(f"the file has {len(votes)} lines and not {header['lines']}")
    return header, tally(header, groups_of(votes), root), root


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Recount a vote from its published file.")
    parser.add_argument("file")
    parser.add_argument("--root", help="the root that was announced")
    parser.add_argument("--account", type=int, help="the number of your account")
    parser.add_argument("--salt", help="the salt of your receipt")
    asked = parser.parse_args(arguments)
    with open(asked.file, encoding="utf-8", newline="\n") as opened:
        lines = opened.read().split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    try:
        header, result, root = recount(lines)
    except (Wrong, ValueError, KeyError, TypeError) as error:
        print(f"WRONG: {error}")
        return 1
    print(json.dumps({"proposal": header["proposal"], "root": root, **result}, indent=2))
    if asked.root and asked.root.strip().lower() != root:
        print(f"WRONG: the announced root is {asked.root}, the file's is {root}")
        return 1
    if asked.account is not None:
        voter = voter_of(asked.salt or "", header["proposal"], asked.account)
        mine = [line for line in lines[1:] if json.loads(line)["voter"] == voter]
        if not mine:
            print(f"WRONG: no line is {voter}'s, which is account {asked.account} with that salt")
            return 1
        print(f"your line: {mine[0]}")
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
