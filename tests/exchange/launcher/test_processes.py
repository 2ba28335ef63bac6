"""One table of processes: the launcher's, the Procfile's and the settings' agree."""

from __future__ import annotations

import shlex

import pytest
from django.conf import settings

from exchange.celery import app
from exchange.launcher import processes
from exchange.launcher.environment import ROOT

# What a place decides: which interpreter, which address, which ports.
OURS_ALONE = {"--host", "--port", "--schedule", "--directory", "--identity", "--administrator"}
FLAGS = {"--no-ws", "--without-gossip", "--without-mingle", "--without-heartbeat"}


def procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: shlex.split(rest) for name, _, rest in (line.partition(":") for line in lines)}


def options(words: list[str]) -> dict[str, str]:
    """Options with their values, and the bare words under themselves."""
    found, words = {}, list(words)
    while words:
        word = words.pop(0)
        takes = word.startswith("-") and "=" not in word and words and words[0][:1] != "-"
        found[word] = words.pop(0) if takes and word not in FLAGS else ""
    return {name: value for name, value in found.items() if name not in OURS_ALONE}


def queues(command: list[str]) -> set[str]:
    return set(command[command.index("-Q") + 1].split(","))


@pytest.mark.parametrize("name", processes.commands(1, 2))
def test_the_procfile_says_the_same(name):
    command = processes.commands(1, 2)[name]
    written = procfile()[name]
    words = written[2:] if written[:2] == ["python", "-m"] else written
    ours, theirs = options(command[2:]), options(words)
    if name == "worker-default":  # production has no demo
        ours["-Q"] = ours["-Q"].removesuffix(",demo")
    assert command[1] == "-m"
    assert ours == theirs


def test_the_procfile_names_no_other_process():
    assert set(procfile()) == set(processes.commands(1, 2))


def test_every_queue_has_a_worker_and_every_worker_a_queue():
    ours = processes.commands(1, 2)
    workers = [queues(command) for name, command in ours.items() if name.startswith("worker-")]
    assert set().union(*workers) == {queue.name for queue in app.conf.task_queues}
    assert sum(map(len, workers)) == len(app.conf.task_queues)


def test_matching_queues_are_as_many_as_the_settings_have_shards(tmp_path):
    shards = settings.MATCHING_SHARDS
    for number in (shards, 7):
        env = {"MATCHING_SHARDS": str(number)} if number != shards else {}
        started = processes.children(port=1, streams_at=2, env=env, var=tmp_path)
        (matching,) = (child for child in started if child.name == "worker-matching")
        assert queues(matching.command) == {f"matching.{shard}" for shard in range(number)}


def test_a_book_has_one_writer():
    command = processes.commands(1, 2)["worker-matching"]
    assert options(command)["--pool"] == "solo"
