"""The draw: pure, exact, the same for everybody who runs it."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys

import pytest

from launchpad.sales import draw
from launchpad.sales.draw import Line, Terms

SEED = bytes(32)


def code(n: int) -> str:
    return hashlib.sha256(f"person {n}".encode()).hexdigest()


def lines(*amounts: int) -> list[Line]:
    return [Line(code(n), n + 1, amount) for n, amount in enumerate(amounts)]


def terms(mode: str, lots: int, *, price: int = 25, ticket_lots: int = 1) -> Terms:
    return Terms(1, mode, lots, price, ticket_lots)


def test_everybody_gets_what_they_asked_for_when_there_is_enough():
    won = draw.allocate(terms("pro_rata", 100), lines(250, 99, 24), SEED)

    assert [(w.lots, w.spent, w.refunded) for w in won] == [(10, 250, 0), (3, 75, 24), (0, 0, 24)]


def test_in_proportion_the_rest_goes_to_the_largest_remainders():
    won = draw.allocate(terms("pro_rata", 10, price=1), lines(10, 6, 5), SEED)

    # Of 21 lots asked for 10 are there: 4.76, 2.86, 2.38.
    assert [w.lots for w in won] == [5, 3, 2]


def test_equal_remainders_are_drawn_by_the_seed_and_not_by_arrival():
    people = lines(*[3] * 40)
    winners = set()
    for n in range(30):
        seed = hashlib.sha256(bytes([n])).digest()
        won = draw.allocate(terms("pro_rata", 41, price=1), people, seed)
        assert sorted(w.lots for w in won) == [1] * 39 + [2]
        winners.add(next(w.code for w in won if w.lots == 2))
    assert len(winners) > 10


def test_the_lowest_ticket_numbers_win():
    people = lines(2, 1)
    numbers = {
        (n, t): hashlib.sha256(SEED + bytes.fromhex(code(n)) + t.to_bytes(4, "big")).digest()
        for n, t in [(0, 0), (0, 1), (1, 0)]
    }
    lowest = min(numbers, key=numbers.__getitem__)

    won = draw.allocate(terms("tickets", 1, price=1), people, SEED)

    assert [w.lots for w in won] == [int(lowest[0] == 0), int(lowest[0] == 1)]


def test_every_ticket_has_the_same_chance():
    people = lines(*[100] * 60)
    wins = [0] * 60
    for n in range(40):
        seed = hashlib.sha256(n.to_bytes(2, "big")).digest()
        won = draw.allocate(terms("tickets", 3000, price=1), people, seed)
        wins = [a + w.lots for a, w in zip(wins, won, strict=True)]
    # 4,000 tickets each at one half: four standard deviations are 126.
    assert sum(wins) == 120_000
    assert all(1850 < each < 2150 for each in wins)


def test_first_come_is_served_in_order_until_nothing_is_left():
    people = [Line(code(1), 2, 60), Line(code(2), 1, 70), Line(code(3), 3, 10)]

    won = draw.allocate(terms("first_come", 10, price=10), people, SEED)

    assert [w.lots for w in won] == [3, 7, 0]


@pytest.mark.parametrize("mode", ["tickets", "pro_rata", "first_come"])
def test_sums_are_exact_whatever_is_asked_for(mode):
    pick = random.Random(5)
    for _ in range(300):
        each = pick.choice([1, 1, 3])
        asked = terms(
            mode, each * pick.randint(1, 400), price=pick.randint(1, 50), ticket_lots=each
        )
        people = lines(*(pick.randint(0, 3000) for _ in range(pick.randint(0, 40))))
        seed = pick.randbytes(32)

        won = draw.allocate(asked, people, seed)

        wanted = sum(draw.wanted_lots(asked, line.committed) for line in people)
        assert sum(w.lots for w in won) == min(asked.lots, wanted)
        assert sum(w.spent for w in won) == sum(w.lots for w in won) * asked.lot_price
        assert sum(w.spent + w.refunded for w in won) == sum(line.committed for line in people)
        assert all(w.refunded >= 0 for w in won)
        assert won == draw.allocate(asked, people, seed)


def test_a_made_up_result_is_refused():
    with pytest.raises(ArithmeticError):
        draw._check(terms("pro_rata", 10), lines(125, 125), [5, 5], [6, 4])


def test_the_file_says_all_that_the_draw_needs():
    asked, people = terms("tickets", 90, ticket_lots=3), lines(500, 7)

    assert draw.read(draw.written(asked, people)) == (asked, people)


@pytest.mark.parametrize("data", [b"", b"holdfast sale inputs 1\n", b"no\nfile\n"])
def test_what_is_no_file_of_inputs_is_refused(data):
    with pytest.raises((ValueError, IndexError)):
        draw.read(data)


def test_a_stranger_runs_the_script_alone_and_comes_to_the_same(tmp_path):
    asked, people = terms("tickets", 20, ticket_lots=2), lines(*range(50, 1050, 25))
    secret, block = "ab" * 32, "00" * 31 + "07"
    data = draw.written(asked, people)
    seed = draw.seed_of(secret=secret, inputs_digest=draw.digest(data), block=block)
    ours = draw.results(draw.allocate(asked, people, seed))
    (tmp_path / "inputs.csv").write_bytes(data)
    (tmp_path / "draw.py").write_bytes(open(draw.__file__, "rb").read())
    command = [
        sys.executable, "-I", "draw.py", "inputs.csv", "--seed", secret, "--block", block,
    ]  # fmt: skip
    promised = ["--commitment", draw.digest(bytes.fromhex(secret))]

    said = subprocess.run([*command, *promised], cwd=tmp_path, capture_output=True, check=True)
    lied = subprocess.run([*command, "--commitment", "00"], cwd=tmp_path, capture_output=True)

    assert said.stdout == ours
    assert draw.digest(ours) in said.stderr.decode()
    assert lied.returncode != 0
