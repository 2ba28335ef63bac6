"""The published file: anybody recounts it without us, and sees the slightest change of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from launchpad.governance import count, verify_vote
from launchpad.governance.check import recheck
from launchpad.governance.models import CountedVote, Vote
from tests.factories.launchpad import colours, counted, holder, opened, voted
from tests.factories.tampering import tamper

SCRIPT = Path(verify_vote.__file__)
UNIT = 10**18


@pytest.fixture
def closed(db):
    """Three people voted: 300 for, 200 and 50 against."""
    people = [holder("300"), holder("200"), holder("50")]
    proposal = opened()
    for person, choice in zip(people, ("yes", "no", "no"), strict=True):
        voted(proposal, person, choice)
    return counted(proposal)


def lines_of(proposal) -> list[str]:
    with transaction.atomic():
        return list(count.file_lines(proposal))


def run(tmp_path: Path, lines: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script as a stranger runs it: on its own, away from this project."""
    (tmp_path / "verify_vote.py").write_bytes(SCRIPT.read_bytes())
    (tmp_path / "vote.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify_vote.py", "vote.jsonl", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_stranger_recomputes_result_and_root_and_a_voter_finds_their_line(closed, tmp_path):
    vote = Vote.objects.order_by("pk").first()
    done = run(
        tmp_path,
        lines_of(closed),
        *("--root", closed.root, "--account", str(vote.customer_id), "--salt", vote.salt),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout[: done.stdout.index("\n}") + 2])
    assert (said["outcome"], said["winner"], said["root"]) == ("passed", "yes", closed.root)
    assert said["took_part"] == str(550 * UNIT)
    assert f'"power":"{300 * UNIT}"' in done.stdout.splitlines()[-2]


def test_the_file_gives_no_account_away_without_its_salt(closed, tmp_path):
    vote = Vote.objects.order_by("pk").first()
    text = "\n".join(lines_of(closed))
    assert vote.salt not in text
    done = run(tmp_path, lines_of(closed), "--account", str(vote.customer_id), "--salt", "0" * 32)
    assert done.returncode == 1
    assert "WRONG: no line is" in done.stdout


def _fewer(lines: list[str]) -> list[str]:
    head = json.loads(lines[0])
    head["lines"] -= 1
    return [json.dumps(head, separators=(",", ":"), sort_keys=True), *lines[1:-1]]


def _another_quorum(lines: list[str]) -> list[str]:
    return [lines[0].replace('"quorum":"', '"quorum":"9'), *lines[1:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], *(line.replace('["no"]', '["yes"]') for line in lines[1:])],
        lambda lines: [*lines[:-1], lines[-1].replace('"power":"', '"power":"1')],
        lambda lines: lines[:-1],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0], *reversed(lines[1:])],
        _fewer,
        _another_quorum,
    ],
)
def test_a_changed_file_is_seen(closed, tmp_path, change):
    lines = lines_of(closed)
    changed = change(lines)
    assert changed != lines
    done = run(tmp_path, changed, "--root", closed.root)
    assert done.returncode == 1
    assert "WRONG" in done.stdout


def test_a_path_of_the_tree_proves_a_line():
    for number in (1, 2, 3, 5, 8, 13):
        leaves = [verify_vote.leaf_of(f"line {n}") for n in range(number)]
        root = verify_vote.root_of(leaves)
        for index, leaf in enumerate(leaves):
            path = verify_vote.path_of(leaves, index)
            assert verify_vote.root_by_path(leaf, path) == root
            assert verify_vote.root_by_path(verify_vote.leaf_of("another"), path) != root


def test_counted_lines_are_written_once(closed):
    for change in (
        lambda: CountedVote.objects.update(units=1),
        lambda: CountedVote.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_who_changes_our_tables_changes_the_root(closed):
    before = [verify_vote.leaf_of(line) for line in lines_of(closed)]
    assert verify_vote.root_of(before) == closed.root
    tamper("UPDATE launchpad_countedvote SET units = units + 1")
    after = [verify_vote.leaf_of(line) for line in lines_of(closed)]
    assert verify_vote.root_of(after) != closed.root


def test_we_recheck_a_vote_from_postings_and_answers(closed):
    out = io.StringIO()
    call_command("recheck_vote", closed.pk, stdout=out)
    assert out.getvalue() == f"vote {closed.pk}: as answered, as posted, as published\n"

    vote = Vote.objects.order_by("pk").first()
    tamper("UPDATE launchpad_vote SET choices = '[\"no\"]' WHERE id = %s", vote.pk)
    assert recheck(proposal_id=closed.pk) == [
        f"customer {vote.customer_id}: counted otherwise than answered"
    ]
    tamper("UPDATE launchpad_snapshotline SET power = power + 1")
    with pytest.raises(CommandError, match="snapshot: customer"):
        call_command("recheck_vote", closed.pk)


# -- The count itself, by hand ------------------------------------------------------------------


def head(method: str, roles: dict[str, str], **changed: object) -> dict:
    return {
        "method": method,
        "options": [{"key": key, "role": role} for key, role in roles.items()],
        "quorum": "0",
        "threshold_bps": 0,
        **changed,
    }


ABC = {"a": "for", "b": "for", "c": "for"}


def test_ranked_the_weakest_leaves_and_its_votes_go_on():
    groups = verify_vote.groups_of(
        [(("a",), 40), (("b", "c"), 35), (("c", "b"), 25), (("abstain",), 7)]
    )
    result = verify_vote.tally(head("ranked", {**ABC, "abstain": "abstain"}), groups, "r")
    assert (result["winner"], result["winner_power"], result["outcome"]) == ("b", "60", "passed")
    assert [(r["powers"], r["leaves"], r["exhausted"]) for r in result["rounds"]] == [
        ({"a": "40", "b": "35", "c": "25"}, "c", "0"),
        ({"a": "40", "b": "60"}, "", "0"),
    ]
    assert (result["took_part"], result["counted"]) == ("107", "100")


def test_ranked_a_vote_that_names_nobody_left_is_exhausted():
    groups = verify_vote.groups_of([(("a",), 40), (("b",), 35), (("c",), 25)])
    result = verify_vote.tally(head("ranked", ABC, threshold_bps=5000), groups, "r")
    assert (result["winner"], result["rounds"][-1]["exhausted"]) == ("a", "25")
    assert result["outcome"] == "refused"  # 40 of 100 is less than half of all who spoke


def test_approval_counts_the_whole_power_for_each():
    groups = verify_vote.groups_of([(("a", "b"), 10), (("b", "c"), 5), (("c",), 12)])
    result = verify_vote.tally(head("approval", ABC), groups, "r")
    assert {o["key"]: o["power"] for o in result["options"]} == {"a": "10", "b": "15", "c": "17"}
    assert result["winner"] == "c"


def test_equal_power_is_decided_by_accounts_then_refusal_then_the_root():
    by_accounts = verify_vote.groups_of([(("a",), 10), (("b",), 4), (("b",), 6)])
    assert verify_vote.tally(head("single", ABC), by_accounts, "r")["winner"] == "b"

    roles = {"a": "for", "no": "against"}
    refusal = verify_vote.groups_of([(("a",), 10), (("no",), 10)])
    assert verify_vote.tally(head("single", roles), refusal, "r")["winner"] == "no"

    by_lot = verify_vote.groups_of([(("a",), 10), (("b",), 10)])
    winners = {
        verify_vote.tally(head("single", ABC), by_lot, f"root {n}")["winner"] for n in range(20)
    }
    assert winners == {"a", "b"}


@pytest.mark.parametrize(("bps", "outcome"), [(6666, "passed"), (6667, "refused")])
def test_a_threshold_is_met_to_the_unit(bps, outcome):
    groups = verify_vote.groups_of([(("a",), 2 * UNIT), (("no",), 1 * UNIT)])
    header = head("single", {"a": "for", "no": "against"}, threshold_bps=bps)
    assert verify_vote.tally(header, groups, "r")["outcome"] == outcome


def test_a_ranked_vote_of_people_is_counted_like_one_by_hand(db):
    red, green, blue = holder("40"), holder("35"), holder("25")
    proposal = opened(kind="feature", method="ranked", options=colours())
    voted(proposal, red, "red")
    voted(proposal, green, "green")
    voted(proposal, blue, "blue", "green")
    counted(proposal)
    assert (proposal.outcome, proposal.winner) == ("passed", "green")
    lines = lines_of(proposal)
    _header, result, root = verify_vote.recount(lines)
    assert (result, root) == (proposal.result, proposal.root)
