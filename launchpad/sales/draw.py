"""Who gets how much in a Holdfast sale: the whole of it, for anybody to run again.

    python3 draw.py inputs.csv --seed SEED --commitment HASH --block BLOCK > results.csv

needs nothing but Python and the files of the sale's page. It prints the results that the exchange
must have, and their digest. The exchange itself runs this very file.

`inputs.csv` names how the sale works and, one line each, who takes part: a code that only its owner
can recognise, the place in the order of arrival, the committed amount in the smallest units of the
money. Whoever added to their place in a queue has a line, and a place, for each addition. Its
SHA-256 is published when the sale closes, before anybody can know the seed of the draw:

    SHA-256("holdfast sale draw 1" LF secret LF digest of inputs.csv LF hash of the block LF)

The SHA-256 of the secret (its 32 bytes) is published before the sale opens, so the exchange can't
choose it to anybody's advantage; the block is mined after closing, so whoever knows the secret
can't choose the list to theirs.

tickets: every ticket's number is the SHA-256 of seed, code and the ticket's count; the lowest win.
pro_rata: everybody gets the same share, rounded down to whole lots; lots left over go one each to
the largest remainders, equal ones in the order of the SHA-256 of seed and code.
first_come: places are served in order until nothing is left.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from typing import NamedTuple

FORMAT = "holdfast sale inputs 1"
TICKETS, PRO_RATA, FIRST_COME = "tickets", "pro_rata", "first_come"
COLUMNS = "code,place,committed"


class Terms(NamedTuple):
    """What the sale's rules say, in whole numbers."""

    sale: int
    mode: str
    lots: int  # offered
    lot_price: int  # smallest units of the money
    ticket_lots: int


class Line(NamedTuple):
    """One who takes part, or what one added later."""

    code: str
    place: int
    committed: int  # smallest units


class Won(NamedTuple):
    """What came of it."""

    code: str
    lots: int
    spent: int
    refunded: int


def written(terms: Terms, lines: list[Line]) -> bytes:
    """The file of inputs. Lines stand in the order of their places."""
    head = [FORMAT, *(f"{name},{value}" for name, value in zip(terms._fields, terms, strict=True))]
    body = [f"{code},{place},{committed}" for code, place, committed in lines]
    return ("\n".join([*head, COLUMNS, *body]) + "\n").encode("ascii")


def read(data: bytes) -> tuple[Terms, list[Line]]:
    """The file of inputs back again. Raises ValueError when it is not one."""
    rows = data.decode("ascii").split("\n")
    names = Terms._fields
    if rows[0] != FORMAT or rows[len(names) + 1] != COLUMNS or rows[-1]:
        raise ValueError("this is no file of inputs")
    said = dict(row.split(",", 1) for row in rows[1 : len(names) + 1])
    terms = Terms(
        sale=int(said["sale"]),
        mode=said["mode"],
        lots=int(said["lots"]),
        lot_price=int(said["lot_price"]),
        ticket_lots=int(said["ticket_lots"]),
    )
    lines = []
    for row in rows[len(names) + 2 : -1]:
        code, place, committed = row.split(",")
        lines.append(Line(code, int(place), int(committed)))
    return terms, lines


def results(won: list[Won]) -> bytes:
    """The file of results, in the order of the inputs."""
    body = [f"{code},{lots},{spent},{refunded}" for code, lots, spent, refunded in won]
    return ("\n".join(["code,lots,spent,refunded", *body]) + "\n").encode("ascii")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def seed_of(*, secret: str, inputs_digest: str, block: str) -> bytes:
    """The draw's seed. `block` is empty where the sale's rules name none."""
    text = f"holdfast sale draw 1\n{secret}\n{inputs_digest}\n{block}\n"
    return hashlib.sha256(text.encode("ascii")).digest()


def allocate(terms: Terms, lines: list[Line], seed: bytes) -> list[Won]:
    """What everybody gets, in the order of their first lines; checked before it is returned."""
    wanted = [wanted_lots(terms, line.committed) for line in lines]
    if terms.mode == FIRST_COME:
        given = _first_come(terms, lines, wanted)
    elif sum(wanted) <= terms.lots:
        given = wanted
    elif terms.mode == TICKETS:
        given = _tickets(terms, lines, wanted, seed)
    elif terms.mode == PRO_RATA:
        given = _pro_rata(terms, lines, wanted, seed)
    else:
        raise ValueError(f"no mode is called {terms.mode}")
    won: dict[str, Won] = {}
    for line, lots in zip(lines, given, strict=True):
        spent = lots * terms.lot_price
        before = won.get(line.code, Won(line.code, 0, 0, 0))
        won[line.code] = Won(
            line.code,
            before.lots + lots,
            before.spent + spent,
            before.refunded + line.committed - spent,
        )
    _check(terms, lines, wanted, given)
    return list(won.values())


def wanted_lots(terms: Terms, committed: int) -> int:
    """How many lots an amount asks for."""
    if terms.mode == TICKETS:
        return committed // (terms.lot_price * terms.ticket_lots) * terms.ticket_lots
    return committed // terms.lot_price


def _tickets(terms: Terms, lines: list[Line], wanted: list[int], seed: bytes) -> list[int]:
    numbers: list[bytes] = []
    for index, (line, lots) in enumerate(zip(lines, wanted, strict=True)):
        begun = hashlib.sha256(seed + bytes.fromhex(line.code))
        mark = index.to_bytes(4, "big")
        for count in range(lots // terms.ticket_lots):
            ticket = begun.copy()
            ticket.update(count.to_bytes(4, "big"))
            numbers.append(ticket.digest() + mark)
    numbers.sort()
    given = [0] * len(lines)
    for number in numbers[: terms.lots // terms.ticket_lots]:
        given[int.from_bytes(number[32:], "big")] += terms.ticket_lots
    return given


def _pro_rata(terms: Terms, lines: list[Line], wanted: list[int], seed: bytes) -> list[int]:
    total = sum(wanted)
    given = [lots * terms.lots // total for lots in wanted]
    left = terms.lots - sum(given)

    def order(index: int) -> tuple[int, bytes, int]:
        code = bytes.fromhex(lines[index].code)
        remainder = wanted[index] * terms.lots % total
        return -remainder, hashlib.sha256(seed + code).digest(), index

    for index in sorted(range(len(lines)), key=order)[:left]:
        given[index] += 1
    return given


def _first_come(terms: Terms, lines: list[Line], wanted: list[int]) -> list[int]:
    left = terms.lots
    given = [0] * len(lines)
    for index in sorted(range(len(lines)), key=lambda each: lines[each].place):
        given[index] = min(wanted[index], left)
        left -= given[index]
    return given


def _check(terms: Terms, lines: list[Line], wanted: list[int], given: list[int]) -> None:
    """Nothing is lost and nothing made up; raises ArithmeticError when something is."""
    whole = terms.lots
    if terms.mode == TICKETS:
        whole -= whole % terms.ticket_lots
    if sum(given) != min(whole, sum(wanted)):
        raise ArithmeticError("the lots do not add up")
    for line, most, lots in zip(lines, wanted, given, strict=True):
        if not 0 <= lots <= most or lots * terms.lot_price > line.committed:
            raise ArithmeticError(f"{line.code} gets what nobody asked for")


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("inputs", help="the file of inputs from the sale's page")
    asked.add_argument("--seed", default="", help="the secret that was revealed, as hex")
    asked.add_argument("--commitment", default="", help="its hash, published before the sale")
    asked.add_argument("--block", default="", help="hash of the block that the sale's page names")
    asked.add_argument("--code", default="", help="your own code: prints your line alone")
    given = asked.parse_args()
    with open(given.inputs, "rb") as file:
        data = file.read()
    if given.commitment and digest(bytes.fromhex(given.seed)) != given.commitment:
        sys.exit("the seed is not the one that was promised")
    terms, lines = read(data)
    seed = seed_of(secret=given.seed, inputs_digest=digest(data), block=given.block)
    won = allocate(terms, lines, seed)
    file_of_results = results(won)
    if given.code:
        won = [each for each in won if each.code == given.code]
        if not won:
            sys.exit("no line has this code")
    sys.stdout.write((results(won) if given.code else file_of_results).decode("ascii"))
    sys.stderr.write(f"inputs  {digest(data)}\nresults {digest(file_of_results)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
